using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace CompatBot.MailLoad;

/// <summary>
/// How long after a message was committed connections that idle in its mailbox are told of it, while a crowd of others idles too.
/// </summary>
internal static class PushLoad
{
    private const int SettleMs = 1000;

    public static string Run(Options options)
    {
        var (watchers, crowd) = (options.Number("connections", 200), options.Number("crowd", 0));
        var (rounds, addresses) = (options.Number("rounds", 30), options.Number("addresses", 50));
        var others = new List<LineClient>();
        for (var index = 0; index < crowd; index++) others.Add(ImapLogin.Idle(options, "Drafts", tls: false, 1 + (index % addresses)));
        var arrived = new long[rounds, watchers];
        using var all = new CountdownEvent(1);
        var threads = new List<Thread>();
        for (var index = 0; index < watchers; index++)
        {
            var (client, column) = (ImapLogin.Idle(options, "INBOX", tls: false, 1 + (index % addresses)), index);
            var thread = new Thread(() => Watch(client, column), maxStackSize: 256 * 1024) { IsBackground = true };
            thread.Start();
            threads.Add(thread);
        }

        Task.Delay(SettleMs).Wait();
        using var writer = ImapLogin.Open(options);
        var message = new TestMessage(4096);
        var (sinceSent, sinceCommitted) = (new Latencies(), new Latencies());
        for (var round = 0; round < rounds; round++)
        {
            all.Reset(watchers + 1);
            var text = $"a APPEND INBOX {{{message.Length}+}}\r\n{Encoding.ASCII.GetString(message.Next())}\r\n";
            var sent = Stopwatch.GetTimestamp();
            writer.Send(text);
            writer.Tagged("a");
            var committed = Stopwatch.GetTimestamp();
            all.Signal();
            if (!all.Wait(TimeSpan.FromSeconds(30))) throw new LoadException($"{all.CurrentCount} connections were not told within 30 s");
            for (var column = 0; column < watchers; column++)
            {
                sinceSent.Add(sent, arrived[round, column]);
                sinceCommitted.Add(Math.Min(committed, arrived[round, column]), arrived[round, column]);
            }

            Task.Delay(20).Wait(); // What else is told of it, such as RECENT, is over.
        }

        foreach (var client in others) client.Dispose();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"connections={watchers} crowd={crowd} " +
            $"sent_p50_ms={sinceSent.Percentile(0.5):F2} sent_p99_ms={sinceSent.Percentile(0.99):F2} " +
            $"push_p50_ms={sinceCommitted.Percentile(0.5):F2} push_p99_ms={sinceCommitted.Percentile(0.99):F2} " +
            $"push_max_ms={sinceCommitted.Percentile(1):F2}");

        void Watch(LineClient client, int column)
        {
            for (var round = 0; round < rounds;)
            {
                if (!client.LineText().EndsWith(" EXISTS", StringComparison.OrdinalIgnoreCase)) continue;
                arrived[round++, column] = Stopwatch.GetTimestamp();
                all.Signal();
            }

            client.Dispose();
        }
    }
}
