using System.Globalization;

namespace CompatBot.MailLoad;

/// <summary>Fills a mailbox with copies of the messages that it has, for a server whose deliveries are too slow to wait for.</summary>
internal static class GrowLoad
{
    public static string Run(Options options)
    {
        using var client = ImapLogin.Open(options);
        var mailbox = options.Text("mailbox", "INBOX");
        var (count, wanted) = (options.Number("have"), options.Number("messages"));
        client.Command("s", $"SELECT {mailbox}");
        while (count < wanted)
        {
            var more = Math.Min(count, wanted - count);
            client.Command("c", $"COPY 1:{more} {mailbox}");
            count += more;
        }

        return string.Create(CultureInfo.InvariantCulture, $"messages={count}");
    }
}
