using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace CompatBot.DialogueTests.Smtp.Relay;

/// <summary>A message that the other side took.</summary>
internal sealed record TakenMail(string From, IReadOnlyList<string> To, string Data, bool WasSecure);

/// <summary>
/// The other side: a mail server on a loopback address that does as a test says. It answers properly where the test is silent.
/// </summary>
internal sealed class RemoteServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public RemoteServer(IPAddress address, int port)
    {
        _listener = new TcpListener(address, port);
        _listener.Start();
        _loop = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ConcurrentQueue<TakenMail> Taken { get; } = new();

    /// <summary>Every command line of every connection.</summary>
    public ConcurrentQueue<string> Heard { get; } = new();

    public int Connections { get; private set; }

    public string Greeting { get; set; } = "220 remote.example ESMTP";

    public string[] Extensions { get; set; } = ["PIPELINING", "8BITMIME", "SIZE 10000000", "SMTPUTF8"];

    /// <summary>Answers a command line; null: as usual. "" hangs up; "hush" says nothing for ever.</summary>
    public Func<string, string?> Answer { get; set; } = _ => null;

    /// <summary>Answers the end of a message.</summary>
    public Func<string?> AnswerEnd { get; set; } = () => null;

    /// <summary>Takes part in STARTTLS, which is then among the extensions; null: no TLS.</summary>
    public X509Certificate2? Certificate { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
                _ = ServeAsync(client);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client) await TalkAsync(client.GetStream());
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The sender hung up.
        }
    }

    private async Task TalkAsync(Stream stream)
    {
        var (from, to) = ("", new List<string>());
        if (!await SayAsync(stream, Greeting)) return;
        while (await ReadLineAsync(stream) is { } line)
        {
            Heard.Enqueue(line);
            var verb = line.Split(' ', ':')[0].ToUpperInvariant();
            if (verb == "MAIL") (from, to) = (line, []);
            var reply = Answer(line) ?? verb switch
            {
                "EHLO" => "250-" + string.Join("\r\n250-", Offers(stream).Prepend("remote.example")) + "\r\n250 HELP",
                "STARTTLS" => "220 go",
                "DATA" => to.Count > 0 ? "354 go on" : "554 no valid recipients",
                "QUIT" => "221 bye",
                _ => "250 2.0.0 fine",
            };
            if (verb == "RCPT" && reply[0] == '2') to.Add(line);
            if (!await SayAsync(stream, reply)) return;
            if (verb == "QUIT") return;
            if (verb == "STARTTLS" && reply[0] == '2')
            {
                var secure = new SslStream(stream);
                await secure.AuthenticateAsServerAsync(Certificate!);
                stream = secure;
            }

            if (verb != "DATA" || reply[0] != '3') continue;
            var data = await ReadDataAsync(stream);
            var end = AnswerEnd() ?? "250 2.0.0 taken";
            if (end.StartsWith('2')) Taken.Enqueue(new TakenMail(from, to, data, stream is SslStream));
            if (!await SayAsync(stream, end)) return;
        }
    }

    private IEnumerable<string> Offers(Stream stream) =>
        Certificate is not null && stream is not SslStream ? Extensions.Append("STARTTLS") : Extensions;

    private async Task<bool> SayAsync(Stream stream, string text)
    {
        if (text.Length == 0) return false;
        if (text == "hush") await Task.Delay(Timeout.Infinite, _stop.Token);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text + "\r\n"), _stop.Token);
        return true;
    }

    private async Task<string> ReadDataAsync(Stream stream)
    {
        var data = new StringBuilder();
        while (await ReadLineAsync(stream) is { } line and not ".") data.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        return data.ToString();
    }

    private async Task<string?> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        var octet = new byte[1];
        while (await stream.ReadAsync(octet, _stop.Token) == 1)
        {
            line.Append((char)octet[0]);
            if (line.Length >= 2 && line[^2] == '\r' && line[^1] == '\n') return line.ToString(0, line.Length - 2);
        }

        return null;
    }
}
