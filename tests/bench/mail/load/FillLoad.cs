using System.Globalization;

namespace CompatBot.MailLoad;

/// <summary>Fills one mailbox by APPEND from several sessions, with literals that do not wait where the server allows it.</summary>
internal static class FillLoad
{
    private const int Window = 16;

    public static string Run(Options options)
    {
        var sessions = options.Number("sessions", 4);
        var messages = options.Number("messages");
        var bytes = options.Number("bytes", 4096);
        var mailbox = options.Text("mailbox", "INBOX");
        var clients = new LineClient[sessions];
        var taken = 0;
        var elapsed = Together.Run(
            sessions,
            number =>
            {
                clients[number] = ImapLogin.Open(options);
                if (number == 0 && mailbox != "INBOX") clients[number].Send($"c CREATE {mailbox}\r\n");
                if (number == 0 && mailbox != "INBOX") ImapLogin.SkipTagged(clients[number], "c");
            },
            number =>
            {
                var client = clients[number];
                var message = new TestMessage(bytes);
                var open = 0;
                while (Interlocked.Increment(ref taken) <= messages)
                {
                    client.Send($"a APPEND {mailbox} {{{message.Length}+}}\r\n");
                    client.Send(message.Next());
                    client.Send("\r\n"u8);
                    if (++open < Window) continue;
                    client.Tagged("a");
                    open--;
                }

                for (; open > 0; open--) client.Tagged("a");
                client.Dispose();
            });
        return string.Create(CultureInfo.InvariantCulture, $"appended={messages} seconds={elapsed:F3} rate={messages / elapsed:F1}");
    }
}
