using System.Text;

namespace CompatBot.CrashTests;

/// <summary>Just enough SMTP to deliver: one message at a time on one connection.</summary>
internal sealed class SmtpClient : IDisposable
{
    private readonly WireClient _wire;

    private SmtpClient(WireClient wire) => _wire = wire;

    /// <summary>Connects; with credentials, logs in (submission).</summary>
    public static async Task<SmtpClient> ConnectAsync(int port, (string Address, string Password)? login)
    {
        var client = new SmtpClient(await WireClient.ConnectAsync(port));
        await MustAsync(await client.ReplyAsync());
        await MustAsync(await client.RunAsync("EHLO crash.test"));
        if (login is { } given)
        {
            var plain = Convert.ToBase64String(Encoding.ASCII.GetBytes($"\0{given.Address}\0{given.Password}"));
            await MustAsync(await client.RunAsync($"AUTH PLAIN {plain}"));
        }

        return client;
    }

    /// <summary>One transaction.</summary>
    /// <exception cref="IOException">The connection ended before the reply, or the reply was 4xx: nobody knows.</exception>
    public async Task SendAsync(string from, IEnumerable<string> recipients, byte[] message)
    {
        await MustAsync(await RunAsync($"MAIL FROM:<{from}>"));
        foreach (var recipient in recipients) await MustAsync(await RunAsync($"RCPT TO:<{recipient}>"));
        await MustAsync(await RunAsync("DATA"));
        await _wire.WriteAsync((byte[])[.. message, .. ".\r\n"u8]); // Our letters end with CRLF and have no line that begins with a dot.
        await MustAsync(await ReplyAsync());
    }

    public void Dispose() => _wire.Dispose();

    private async Task<string> RunAsync(string line)
    {
        await _wire.WriteLineAsync(line);
        return await ReplyAsync();
    }

    private async Task<string> ReplyAsync()
    {
        while (true)
        {
            var line = await _wire.ReadLineAsync();
            if (line.Length < 4 || line[3] == ' ') return line;
        }
    }

    private static Task MustAsync(string reply) => reply.Length == 0 ? throw new IOException("an empty reply") : reply[0] switch
    {
        '2' or '3' => Task.CompletedTask,
        '4' => throw new IOException(reply),
        _ => throw new CrashException($"SMTP said {reply}"),
    };
}
