using System.Net;
using System.Text;
using System.Text.Json;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Admin;

/// <summary>One port that is open.</summary>
internal sealed record OpenPort(string Name, string Address, int Port, string Security);

/// <summary>What a started server says, once.</summary>
/// <param name="Ready">Always true: the ports are open.</param>
/// <param name="ProcessId">For scripts that stop or kill it.</param>
/// <param name="Data">The data directory.</param>
/// <param name="Ports">Every open port.</param>
/// <param name="Accounts">How many accounts there are.</param>
/// <param name="Hostname">The name that clients use for the server.</param>
/// <param name="CertificateFile">The certificate that was given; null: a self-made one.</param>
/// <param name="Made">The account that this start made; its words and password are shown here and never again.</param>
internal sealed record StartReport(
    bool Ready,
    int ProcessId,
    string Data,
    IReadOnlyList<OpenPort> Ports,
    long Accounts,
    string Hostname,
    string? CertificateFile,
    string? KeyFile,
    MadeAccount? Made);

/// <summary>Prints <see cref="StartReport"/> in a form that a person, or a script, can use.</summary>
internal static class Banner
{
    public static string Json(StartReport report) => JsonSerializer.Serialize(report, AdminJson.Default.StartReport);

    public static string Text(StartReport report, ServeOptions options)
    {
        var text = new StringBuilder();
        text.Append("CompatBot is ready. Ctrl-C stops it.\n\n");
        foreach (var port in report.Ports)
        {
            text.Append($"  {Purpose(port.Name),-22}{Endpoint(port),-24}{port.Security}\n");
        }

        text.Append($"\n  {"store",-22}{report.Data}\n");
        text.Append($"  {"certificate",-22}{options.TlsCertificateFile ?? "self-made: clients ask once whether to trust it"}\n");
        if (report.Made is { } made)
        {
            text.Append($"\n  {"account",-22}{made.Address}\n");
            foreach (var device in made.Devices) text.Append($"  {"app password",-22}{device.Password}   (device \"{device.Label}\")\n");
            text.Append($"\n  The 24 words bring this account back, and nothing else does. Write them down; they are not shown again:\n");
            foreach (var row in made.Words.Split(' ').Chunk(8)) text.Append($"    {string.Join(' ', row)}\n");
        }
        else if (report.Accounts > 0)
        {
            text.Append($"\n  {"accounts",-22}{report.Accounts}   (`./compatbot account list --data {report.Data}` names them)\n");
            text.Append("  An app password is shown once. Lost all of them? `./compatbot account recover ADDRESS` takes the 24 words.\n");
        }
        else
        {
            text.Append("\n  There is no account yet: `./compatbot account add you@example.org` makes one.\n");
        }

        return text.Append("\n  Log in with the full address and an app password.\n").ToString();
    }

    private static string Endpoint(OpenPort port) =>
        new IPEndPoint(IPAddress.Parse(port.Address), port.Port).ToString();

    private static string Purpose(string name) => name switch
    {
        "imap" => "IMAP",
        "imaps" => "IMAP over TLS",
        "pop3" => "POP3",
        "pop3s" => "POP3 over TLS",
        "smtp" => "SMTP (incoming mail)",
        "lmtp" => "LMTP",
        "submission" => "SMTP submission",
        "submissions" => "SMTP over TLS",
        "http" => "Web-, Cal-, CardDAV",
        "https" => "the same over TLS",
        "ftp" => "FTP",
        "ftps" => "FTP over TLS",
        "sieve" => "ManageSieve (filters)",
        "admin" => "metrics and health",
        _ => name,
    };
}
