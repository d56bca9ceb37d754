using System.Diagnostics;
using System.Globalization;

namespace CompatBot.MailLoad;

/// <summary>LOGIN, one after the other: its latency, and the server's CPU beyond what the same connection without LOGIN costs.</summary>
internal static class LoginLoad
{
    public static string Run(Options options)
    {
        var count = options.Number("count", 2000);
        var pids = options.Pids();
        Round(options, Math.Min(count, 200), login: true); // warm up
        var start = ServerProcesses.Read(pids);
        Round(options, count, login: false);
        var between = ServerProcesses.Read(pids);
        var latencies = Round(options, count, login: true);
        var end = ServerProcesses.Read(pids);
        var without = (between.CpuMs - start.CpuMs) / count;
        var with = (end.CpuMs - between.CpuMs) / count;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"logins={count} cpu_ms_per_login={with - without:F3} cpu_ms_per_connection={without:F3} {latencies}");
    }

    private static Latencies Round(Options options, int count, bool login)
    {
        var latencies = new Latencies();
        for (var index = 0; index < count; index++)
        {
            using var client = ImapLogin.Connect(options, source: 1 + (index % 50), bufferBytes: 4096);
            var start = Stopwatch.GetTimestamp();
            client.Command("l", login ? $"LOGIN {options.Text("account")} {options.Text("password")}" : "CAPABILITY");
            latencies.Add(start);
            client.Send("q LOGOUT\r\n");
            ImapLogin.SkipTagged(client, "q");
        }

        return latencies;
    }
}
