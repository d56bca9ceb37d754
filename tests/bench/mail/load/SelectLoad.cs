using System.Diagnostics;
using System.Globalization;

namespace CompatBot.MailLoad;

/// <summary>SELECT of a mailbox: the first since the login, a FETCH behind it, then again and again, another mailbox in between.</summary>
internal static class SelectLoad
{
    public static string Run(Options options)
    {
        var mailbox = options.Text("mailbox", "INBOX");
        var other = options.Text("other", "Drafts");
        var repeat = options.Number("repeat", 200);
        var opened = Stopwatch.GetTimestamp();
        using var client = ImapLogin.Open(options);
        var loginMs = Stopwatch.GetElapsedTime(opened).TotalMilliseconds;
        var start = Stopwatch.GetTimestamp();
        client.Command("s", $"SELECT {mailbox}");
        var firstMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        client.Command("f", "UID FETCH 1 (FLAGS)");
        var fetchMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var warm = new Latencies();
        for (var round = 0; round < repeat; round++)
        {
            client.Command("o", $"SELECT {other}");
            start = Stopwatch.GetTimestamp();
            client.Command("s", $"SELECT {mailbox}");
            warm.Add(start);
        }

        return string.Create(CultureInfo.InvariantCulture, $"login_ms={loginMs:F2} first_ms={firstMs:F2} fetch_ms={fetchMs:F2} {warm}");
    }
}
