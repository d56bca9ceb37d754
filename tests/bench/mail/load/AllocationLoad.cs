using System.Globalization;
using System.Text;

namespace CompatBot.MailLoad;

/// <summary>
/// Memory that CompatBot takes for an answer, by its own counter (process_allocated_bytes_total): for each message of a FETCH, and for a
/// large body; how far its resident memory grows meanwhile says whether that is ever in memory as a whole. Needs root.
/// </summary>
internal static class AllocationLoad
{
    /// <summary>What resets VmHWM (proc(5), clear_refs).</summary>
    private const string ForgetPeak = "5";

    private const string Counter = "process_allocated_bytes_total ";

    public static string Run(Options options)
    {
        using var http = new HttpClient();
        var metrics = new Uri($"http://{options.Text("host", "127.0.0.1")}:{options.Number("admin", 0)}/metrics");
        using var client = ImapLogin.Open(options);
        var messages = options.Number("messages", 0);
        var large = options.Number("large", 64 << 20);
        var pid = options.Number("pid");
        client.Command("c", "CREATE Large");
        client.Command("a", $"APPEND Large {{{large}+}}\r\n{Body(large)}");
        client.Command("e", $"EXAMINE {options.Text("mailbox", "INBOX")}");
        var text = new StringBuilder();
        PerMessage("flags", "FETCH 1:* (FLAGS)");
        PerMessage("list", "FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE)");
        PerMessage("envelopes", "FETCH 1:* (ENVELOPE BODYSTRUCTURE)");
        PerMessage("bodies", "FETCH 1:* (BODY.PEEK[])");
        client.Command("e", "EXAMINE Large");
        File.WriteAllText($"/proc/{pid}/clear_refs", ForgetPeak);
        var before = ResidentKb("VmRSS:");
        var taken = Taken("FETCH 1 BODY.PEEK[]");
        var peak = ResidentKb("VmHWM:") - before;
        text.Append(
            CultureInfo.InvariantCulture, $"large_mb={taken / 1e6:F2} large_peak_mb={peak / 1024:F1} large_sent_mb={large / 1e6:F1}");
        client.Command("d", "DELETE Large");
        return text.ToString();

        void PerMessage(string name, string command) =>
            text.Append(CultureInfo.InvariantCulture, $"{name}_bytes={Math.Max(0, Taken(command)) / (double)messages:F2} ");

        // The least of several rounds, less what asking for the counter takes: the rest is somebody else's.
        double Taken(string command)
        {
            var least = double.MaxValue;
            for (var round = 0; round < options.Number("repeat", 5); round++)
            {
                var first = Read();
                var second = Read();
                client.Send($"t {command}\r\n");
                client.Discard("t");
                least = Math.Min(least, Read() - second - (second - first));
            }

            return least;
        }

        double ResidentKb(string field)
        {
            var line = File.ReadLines($"/proc/{pid}/status").First(one => one.StartsWith(field, StringComparison.Ordinal));
            return double.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }

        double Read()
        {
            using var answer = http.Send(new HttpRequestMessage(HttpMethod.Get, metrics));
            using var reader = new StreamReader(answer.Content.ReadAsStream());
            while (reader.ReadLine() is { } line)
            {
                if (line.StartsWith(Counter, StringComparison.Ordinal))
                {
                    return double.Parse(line.AsSpan(Counter.Length), NumberStyles.Float, CultureInfo.InvariantCulture);
                }
            }

            throw new LoadException($"the server does not tell {Counter.Trim()}");
        }
    }

    private static string Body(int bytes)
    {
        var line = new string('x', 76) + "\r\n";
        var body = new StringBuilder("Subject: large\r\n\r\n", bytes);
        while (body.Length < bytes) body.Append(line, 0, Math.Min(line.Length, bytes - body.Length));
        return body.ToString();
    }
}
