using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Xunit;

namespace CompatBot.DialogueTests;

/// <summary>
/// Plays a dialogue written as in the RFCs against a connection handler, in memory. Each line has a speaker:
/// <code>
/// C: text      the client sends a line, one byte a packet
/// P: text      the client sends a line in the same packet as the P: lines next to it (pipelining)
/// R: bytes     raw bytes, nothing added; \r \n \t \0 \\ and \xHH are escapes
/// S: text      the server's next line, exactly; &lt;*> in it stands for anything
/// S: &lt;closed>  the server has hung up
/// S: &lt;skip>    any one line; &lt;skip 9>: any nine
/// TLS:         the client's side of a TLS handshake
/// Z:           from here on both sides compress (RFC 4978)
/// T: 00:05:00  the clock moves (needs a DialogueTime)
/// H:           the client hangs up
/// #            a remark
/// </code>
/// C2: and S2: speak on a second connection, opened when first named; so do all other speakers with any number.
/// </summary>
public static partial class Dialogue
{
    public static async Task PlayAsync(
        ConnectionHandler server, string dialogue, DialogueTime? time = null, IPAddress? address = null)
    {
        var clients = new Dictionary<string, DialogueClient>();
        var packets = new Dictionary<string, StringBuilder>();
        try
        {
            foreach (var line in dialogue.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (line.StartsWith('#')) continue;
                var step = Step().Match(line);
                Assert.True(step.Success, $"Not a step of a dialogue: {line}");
                var (speaker, which, text) = (step.Groups[1].Value, step.Groups[2].Value, step.Groups[3].Value);
                if (speaker == "T")
                {
                    Assert.NotNull(time);
                    foreach (var (name, packet) in packets) await clients[name].SendAsync(packet.ToString());
                    packets.Clear();
                    foreach (var each in clients.Values) await each.UntilServerWaitsAsync();
                    time.Advance(TimeSpan.Parse(text, CultureInfo.InvariantCulture));
                    continue;
                }

                if (!clients.TryGetValue(which, out var client)) clients[which] = client = new DialogueClient(server, address);
                if (speaker == "P")
                {
                    if (!packets.TryGetValue(which, out var packet)) packets[which] = packet = new StringBuilder();
                    packet.Append(text).Append("\r\n");
                    continue;
                }

                if (packets.Remove(which, out var waiting)) await client.SendAsync(waiting.ToString());
                await PlayAsync(client, speaker, text);
            }

            foreach (var (which, packet) in packets) await clients[which].SendAsync(packet.ToString());
        }
        finally
        {
            foreach (var client in clients.Values) await client.DisposeAsync();
        }
    }

    /// <summary>With a client that is connected already: lines that start with "C: " are sent, those with "S: " expected.</summary>
    public static async Task PlayAsync(this DialogueClient client, string dialogue)
    {
        foreach (var line in dialogue.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line[0] == 'C') await client.SendSlowlyAsync(line[3..] + "\r\n");
            else await client.ExpectAsync(line[3..]);
        }
    }

    /// <summary>The server's next line must be this; &lt;*> stands for anything.</summary>
    public static async Task ExpectAsync(this DialogueClient client, string expected)
    {
        if (Skip().Match(expected) is { Success: true } skip)
        {
            var count = skip.Groups[1].Success ? int.Parse(skip.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 1;
            for (var line = 0; line < count; line++) Assert.NotNull(await client.ReadLineAsync());
            return;
        }

        var reply = await client.ReadLineAsync();
        if (expected == "<closed>")
        {
            Assert.Null(reply);
            return;
        }

        if (reply is null || !expected.Contains("<*>", StringComparison.Ordinal))
        {
            Assert.Equal(expected, reply);
            return;
        }

        var pattern = "^" + string.Join(".*", expected.Split("<*>").Select(Regex.Escape)) + "$";
        Assert.Matches(new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Singleline), reply);
    }

    /// <summary>\r \n \t \0 \\ and \xHH become the bytes that they name; all else is UTF-8.</summary>
    public static byte[] Raw(string escaped)
    {
        var bytes = new List<byte>();
        for (var at = 0; at < escaped.Length; at++)
        {
            if (escaped[at] != '\\')
            {
                var rune = Rune.GetRuneAt(escaped, at);
                bytes.AddRange(Encoding.UTF8.GetBytes(rune.ToString()));
                at += rune.Utf16SequenceLength - 1;
                continue;
            }

            at++;
            bytes.Add(escaped[at] switch
            {
                'r' => (byte)'\r',
                'n' => (byte)'\n',
                't' => (byte)'\t',
                '0' => 0,
                '\\' => (byte)'\\',
                'x' => byte.Parse(escaped.AsSpan(at + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                _ => throw new FormatException($"\\{escaped[at]} is no escape"),
            });
            if (escaped[at] == 'x') at += 2;
        }

        return [.. bytes];
    }

    [GeneratedRegex("^<skip(?: ([0-9]+))?>$")]
    private static partial Regex Skip();

    private static Task PlayAsync(DialogueClient client, string speaker, string text) => speaker switch
    {
        "C" => client.SendSlowlyAsync(text + "\r\n"),
        "R" => client.SendAsync(Raw(text)),
        "S" => client.ExpectAsync(text),
        "TLS" => client.StartTlsAsync(),
        "Z" => client.StartDeflate(),
        "H" => client.HangUpAsync(),
        _ => throw new FormatException($"{speaker}: is no speaker"),
    };

    [GeneratedRegex(@"^(TLS|[CPRSTHZ])(\d*):(?: (.*))?$", RegexOptions.Singleline)]
    private static partial Regex Step();
}
