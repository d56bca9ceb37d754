using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;

namespace CompatBot.MailLoad;

/// <summary>All bodies of a mailbox in one FETCH, thrown away as they come.</summary>
internal static class FetchLoad
{
    public static string Run(Options options)
    {
        using var client = ImapLogin.Open(options);
        client.Command("e", $"EXAMINE {options.Text("mailbox", "INBOX")}");
        var rates = new List<double>();
        var (messages, bytes) = (0L, 0L);
        for (var round = 0; round < options.Number("repeat", 3); round++)
        {
            var start = Stopwatch.GetTimestamp();
            client.Send("f UID FETCH 1:* (UID BODY.PEEK[])\r\n");
            (messages, bytes) = Count(client);
            rates.Add(bytes / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e6);
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"messages={messages} bytes={bytes} first_mb_per_s={rates[0]:F1} best_mb_per_s={rates.Max():F1}");
    }

    private static (long Messages, long Bytes) Count(LineClient client)
    {
        var (messages, bytes) = (0L, 0L);
        while (true)
        {
            var line = client.Line();
            if (line is [.., (byte)'}'])
            {
                var open = line.LastIndexOf((byte)'{');
                if (open < 0 || !Utf8Parser.TryParse(line[(open + 1)..], out long length, out _))
                {
                    throw new LoadException("a strange literal");
                }

                client.Skip(length);
                messages++;
                bytes += length;
            }
            else if (line.StartsWith("f "u8))
            {
                return line.StartsWith("f OK"u8) ? (messages, bytes) : throw new LoadException("FETCH was refused");
            }
        }
    }
}
