using System.Globalization;

namespace CompatBot.MailLoad;

/// <summary>Many connections that idle in INBOX, and what they cost the server in memory.</summary>
internal static class IdleLoad
{
    private const int SettleMs = 3000;

    public static string Run(Options options)
    {
        var connections = options.Number("connections", 1000);
        var addresses = options.Number("addresses", 50);
        var tls = options.Has("tls");
        var pids = options.Pids();
        // The first ones make the server load, and compile, what it does once: what is asked for is what each further one costs.
        var first = new List<LineClient>();
        for (var index = 0; index < options.Number("warm", 200); index++) first.Add(Open(options, tls, 1 + (index % addresses)));
        Task.Delay(SettleMs).Wait();
        var before = ServerProcesses.Read(pids);
        var clients = new List<LineClient>();
        for (var index = 0; index < connections; index++) clients.Add(Open(options, tls, 1 + (index % addresses)));
        Task.Delay(SettleMs).Wait();
        var after = ServerProcesses.Read(pids);
        foreach (var client in clients) client.Dispose();
        foreach (var client in first) client.Dispose();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"connections={connections} before_kb={before.PssKb} after_kb={after.PssKb} " +
            $"kb_per_connection={(after.PssKb - before.PssKb) / (double)connections:F1} processes={after.Count}");
    }

    private static LineClient Open(Options options, bool tls, int source) => options.Has("logged-out")
        ? ImapLogin.Connect(options, tls, source, 4096)
        : ImapLogin.Idle(options, "INBOX", tls, source);
}
