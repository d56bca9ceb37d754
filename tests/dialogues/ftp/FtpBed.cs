using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using CompatBot.DialogueTests.Imap;
using CompatBot.Protocols.Ftp;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.DialogueTests.Ftp;

/// <summary>FTP in front of ann's account: dialogues on the control connection, and files over data connections.</summary>
internal static partial class FtpBed
{
    /// <summary>Put before a dialogue, logs ann in.</summary>
    public const string LogIn = $"""
        S: 220 CompatBot ready
        C: USER {ImapBed.Address}
        S: 331 Send the app password
        C: PASS {ImapBed.Password}
        S: 230 Logged in

        """;

    [GeneratedRegex(@"\|\|\|([0-9]+)\|")]
    private static partial Regex Port();

    public static async Task PlayAsync(string dialogue, IPAddress? address = null)
    {
        await using var bed = await ImapBed.MakeAsync();
        var text = dialogue.Replace("u\\u0308", "u\u0308", StringComparison.Ordinal);
        await Dialogue.PlayAsync(Handler(bed, new FtpLimits()), text, bed.Time, address);
    }

    private static FtpHandler Handler(ImapBed bed, FtpLimits limits) => new(
        new FtpServices(bed.Lines, bed.Services.Logins, bed.Accounts, bed.Quotas, limits, bed.Time, NullLogger<FtpHandler>.Instance),
        implicitTls: false);

    public static async Task<DialogueClient> LogInAsync(ImapBed bed, FtpLimits? limits = null)
    {
        return await LogInAsync(Handler(bed, limits ?? new FtpLimits()), ImapBed.Address, ImapBed.Password);
    }

    public static async Task<DialogueClient> LogInAsync(FtpHandler handler, string address, string password)
    {
        var client = new DialogueClient(handler);
        await client.ExpectAsync("220 CompatBot ready");
        await client.SendAsync($"USER {address}\r\nPASS {password}\r\n");
        await client.ExpectAsync("331 Send the app password");
        await client.ExpectAsync("230 Logged in");
        return client;
    }

    /// <summary>Logs in a device that may only upload.</summary>
    public static async Task<DialogueClient> LogInUploadOnlyAsync(FtpHandler handler, string address, string password)
    {
        var client = new DialogueClient(handler);
        await client.ExpectAsync("220 CompatBot ready");
        await client.SendAsync($"USER {address}\r\nPASS {password}\r\n");
        await client.ExpectAsync("331 Send the app password");
        await client.ExpectAsync("230 Logged in, to upload only");
        return client;
    }

    public static async Task<int> PassiveAsync(DialogueClient client)
    {
        await client.SendAsync("EPSV\r\n");
        return PortOf(await client.ReadLineAsync());
    }

    private static int PortOf(string? reply) => int.Parse(Port().Match(reply!).Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>A command, and the reply that it must have.</summary>
    public static async Task DoAsync(DialogueClient client, string command, string reply)
    {
        await client.SendAsync(command + "\r\n");
        await client.ExpectAsync(reply);
    }

    /// <summary>Sends what there is to send, or brings what comes.</summary>
    public static async Task<string> TransferAsync(DialogueClient client, string command, string? sent, string reply) =>
        Encoding.UTF8.GetString(await TransferAsync(client, command, sent is null ? null : Encoding.UTF8.GetBytes(sent), reply));

    /// <summary>The same with octets.</summary>
    public static async Task<byte[]> TransferAsync(DialogueClient client, string command, byte[]? sent, string reply)
    {
        using var data = new TcpClient();
        await client.SendAsync("EPSV\r\n" + command + "\r\n");
        var port = PortOf(await client.ReadLineAsync());
        await data.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        await client.ExpectAsync("150 <*>");
        var stream = data.GetStream();
        if (sent is not null)
        {
            await stream.WriteAsync(sent, TestContext.Current.CancellationToken);
            data.Client.Shutdown(SocketShutdown.Send);
        }

        using var got = new MemoryStream();
        await stream.CopyToAsync(got, TestContext.Current.CancellationToken);
        await client.ExpectAsync(reply);
        return got.ToArray();
    }

    public static byte[] Deflate(byte[] octets)
    {
        using var output = new MemoryStream();
        using (var zlib = new ZLibStream(output, CompressionLevel.Optimal)) zlib.Write(octets);
        return output.ToArray();
    }

    public static byte[] Inflate(byte[] octets)
    {
        using var zlib = new ZLibStream(new MemoryStream(octets), CompressionMode.Decompress);
        using var output = new MemoryStream();
        zlib.CopyTo(output);
        return output.ToArray();
    }
}
