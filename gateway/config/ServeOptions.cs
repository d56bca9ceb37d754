using System.Net;
using System.Text;
using CompatBot.Core.Mail.History;

namespace CompatBot.Gateway.Config;

/// <summary>Everything that `compatbot serve` can be told. Checked once, at start, by <see cref="Mistakes"/>.</summary>
public sealed record ServeOptions
{
    /// <summary>Where the store lies; made (mode 0700) when missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Added to every standard port, so that the server needs no root.</summary>
    public int PortOffset { get; init; } = 10000;

    /// <summary>Every listener takes a port that the system picks; the banner says which. For tests and trial runs.</summary>
    public bool FreePorts { get; init; }

    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>Where /metrics, /healthz and /readyz are served, without TLS or login.</summary>
    public IPAddress AdminBind { get; init; } = IPAddress.Loopback;

    /// <summary>OTLP/HTTP collector that metrics are sent to; null: none.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>Ports of FTP's passive data connections, "50000-50100" as typed, for a firewall or a container; null: any.</summary>
    public string? FtpPorts { get; init; }

    /// <summary>The name in greetings, trace headers and the self-made certificate.</summary>
    public string Hostname { get; init; } = "localhost";

    /// <summary>Proxies in front, "192.0.2.0/24" or "192.0.2.1": they say by the PROXY protocol for whom they speak.</summary>
    public IReadOnlyList<string> ProxiesFrom { get; init; } = [];

    /// <summary>The same, once <see cref="Mistakes"/> has nothing to say.</summary>
    public IReadOnlyList<IPNetwork> Proxies => [.. ProxiesFrom.Select(text => MailOptions.Network(text)!.Value)];

    /// <summary>Capabilities of IMAP that are not told.</summary>
    public IReadOnlyList<string> ImapWithout { get; init; } = [];

    /// <summary>Messages that one command of IMAP works on (RFC 9738); null: any number.</summary>
    public int? ImapMessagesMax { get; init; }

    /// <summary>Least that <see cref="ImapMessagesMax"/> can be: "SHOULD NOT be lower than 1000 messages" (RFC 9738 section 3).</summary>
    public const int ImapMessagesMin = 1000;

    /// <summary>Calendars that accounts subscribe to, and push services, may lie at addresses that are not public.</summary>
    public bool PrivateSources { get; init; }

    /// <summary>About mail between servers.</summary>
    public MailOptions Mail { get; init; } = new();

    /// <summary>PEM chain and key of a real certificate; both or neither. Read again when the files change.</summary>
    public string? TlsCertificateFile { get; init; }

    public string? TlsKeyFile { get; init; }

    /// <summary>A second place, best on another disk, for signed heads: by them an older copy of the store is known.</summary>
    public string? HeadsFolder { get; init; }

    /// <summary>File with the host key, which signs heads; null: a systemd credential, or one in the data directory.</summary>
    public string? HostKeyFile { get; init; }

    /// <summary>How long an account's keys stay in memory after its last session ended.</summary>
    public TimeSpan VaultGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many days what was deleted is kept in accounts that chose no horizon; null: as it was last said, at first 30.</summary>
    public int? HistoryDays { get; init; }

    /// <summary>How much content an account may have that has no quota of its own, as typed; null: any.</summary>
    public string? Quota { get; init; }

    /// <summary>
    /// How much memory open accounts may take before unused ones are closed early, as typed; null: a quarter of the machine's.
    /// </summary>
    public string? Memory { get; init; }

    /// <summary>The same in bytes, once <see cref="Mistakes"/> has nothing to say.</summary>
    public long MemoryBytes => Memory is { } size ? DataSize.Parse(size)!.Value : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;

    /// <summary>How long a stop waits for sessions to finish what they are doing.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public LogLevel LogLevel { get; init; } = LogLevel.Warning;

    /// <summary>Made, with one app password, when the store holds no account at all.</summary>
    public string? FirstAccount { get; init; }

    /// <summary>The banner as one line of JSON instead of text.</summary>
    public bool Json { get; init; }

    /// <summary>Longest path of a Unix socket, in bytes (sun_path without its ending zero).</summary>
    public const int SocketPathBytesMax = 107;

    /// <summary>The control socket's name in the data directory.</summary>
    public const string SocketName = "control.sock";

    /// <summary>Reads "FIRST-LAST"; null when it is not that.</summary>
    public static (int First, int Last)? PassivePorts(string text) =>
        text.Split('-') is [var from, var to] && ushort.TryParse(from, out var first) && ushort.TryParse(to, out var last)
            && first >= 1 && first <= last ? (first, last) : null;

    /// <summary>What is wrong with these options, in words that say what to do; empty when they can be served.</summary>
    public IEnumerable<string> Mistakes()
    {
        foreach (var port in Ports.All)
        {
            var number = port.StandardPort + PortOffset;
            if (!FreePorts && number is < 1 or > IPEndPoint.MaxPort)
            {
                yield return $"--port-offset {PortOffset} puts {port.Name} on port {number}: ports end at {IPEndPoint.MaxPort}";
            }
        }

        var socketBytes = Encoding.UTF8.GetByteCount(Path.Combine(DataDirectory, SocketName));
        if (socketBytes > SocketPathBytesMax)
        {
            var excess = socketBytes - SocketPathBytesMax;
            yield return $"--data {DataDirectory} is {excess} bytes too long: its control socket needs a short path";
        }

        if (FtpPorts is not null && PassivePorts(FtpPorts) is null)
        {
            yield return $"--ftp-ports {FtpPorts}: two ports, the first not behind the last, as in 50000-50100";
        }

        if ((TlsCertificateFile is null) != (TlsKeyFile is null)) yield return "--tls-cert and --tls-key are given together or not at all";
        if (TlsCertificateFile is { } certificate && !File.Exists(certificate)) yield return $"--tls-cert: there is no file {certificate}";
        if (TlsKeyFile is { } key && !File.Exists(key)) yield return $"--tls-key: there is no file {key}";
        if (OtlpEndpoint is { } otlp && (!otlp.IsAbsoluteUri || otlp.Scheme is not ("http" or "https")))
        {
            yield return $"--otlp {otlp} is no http or https URL";
        }

        foreach (var network in ProxiesFrom.Where(text => MailOptions.Network(text) is null))
        {
            yield return $"--proxy-from {network} is no address and no network";
        }

        foreach (var mistake in Mail.Mistakes()) yield return mistake;
        if (HostKeyFile is { } host && !File.Exists(host)) yield return $"--host-key: there is no file {host}";
        if (VaultGrace < TimeSpan.Zero || VaultGrace > TimeSpan.FromDays(1)) yield return "--vault-grace is between 0 and 86400 seconds";
        if (HistoryDays is < 0 or > MailHistory.HorizonDaysMax)
        {
            yield return $"--history-days is between 0 and {MailHistory.HorizonDaysMax}";
        }

        if (Memory is { } memory && DataSize.Parse(memory) is null) yield return $"--memory {memory} is no size: write 500M, 2G";
        if (ImapMessagesMax < ImapMessagesMin) yield return $"--imap-messages-max is {ImapMessagesMin} or more";
        if (Quota is { } quota && DataSize.Parse(quota) is null) yield return $"--quota {quota} is no size: write octets, or 500M, 10G";
        if (Uri.CheckHostName(Hostname) == UriHostNameType.Unknown) yield return $"--hostname {Hostname} is no host name";
    }
}
