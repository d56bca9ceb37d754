using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace CompatBot.MailLoad;

/// <summary>
/// What clients ask of a mailbox, timed: the whole answer is read and thrown away. Every server gets the same commands in the same order.
/// </summary>
internal static class CommandLoad
{
    private const string ThunderbirdList = "UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS "
        + "(From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To)])";

    private const string AppleList = "UID FETCH 1:* (INTERNALDATE UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (date subject from to cc "
        + "message-id in-reply-to references content-type x-priority x-uniform-type-identifier x-universally-unique-identifier)])";

    public static string Run(Options options)
    {
        using var client = ImapLogin.Open(options);
        client.Command("e", $"SELECT {options.Text("mailbox", "INBOX")}");
        var (repeat, singles, text) = (options.Number("repeat", 3), options.Number("singles", 200), new StringBuilder());
        Best("flags", "UID FETCH 1:* (FLAGS)");
        Best("envelopes", "UID FETCH 1:* (ENVELOPE BODYSTRUCTURE)");
        Best("thunderbird", ThunderbirdList);
        Best("apple", AppleList);
        Best("search_header", "UID SEARCH HEADER X-Nothing nothing");
        Best("search_subject", "UID SEARCH SUBJECT nowhere");
        Once("search_body_first", "UID SEARCH BODY never-looked-for-before");
        Best("search_body", "UID SEARCH BODY nowhere-to-be-found");
        Singles("store_single", number => $"STORE {(number % 100) + 1} {(number / 100 % 2 == 0 ? "+" : "-")}FLAGS (\\Flagged)");
        Best("store_all", "STORE 1:* +FLAGS.SILENT (\\Answered)", undo: "STORE 1:* -FLAGS.SILENT (\\Answered)");
        client.Command("c", "CREATE Copies");
        Best("copy_1000", "COPY 1:1000 Copies");
        client.Command("s", "SELECT Copies");
        client.Command("m", "CREATE Moved");
        Once("move_1000", "MOVE 1:1000 Moved");
        client.Command("d", "STORE 1:1000 +FLAGS.SILENT (\\Deleted)");
        Once("expunge_1000", "EXPUNGE");
        var message = new TestMessage(4096);
        Singles("append", _ => $"APPEND Moved {{{message.Length}+}}\r\n{Encoding.ASCII.GetString(message.Next())}");
        client.Command("s", $"SELECT {options.Text("mailbox", "INBOX")}");
        client.Command("x", "DELETE Copies");
        client.Command("y", "DELETE Moved");
        return text.ToString().TrimEnd();

        void Best(string name, string command, string? undo = null)
        {
            var best = double.MaxValue;
            for (var round = 0; round < repeat; round++)
            {
                best = Math.Min(best, Timed(command));
                if (undo is not null) client.Command("u", undo);
            }

            text.Append(CultureInfo.InvariantCulture, $"{name}_ms={best:F2} ");
        }

        void Once(string name, string command) => text.Append(CultureInfo.InvariantCulture, $"{name}_ms={Timed(command):F2} ");

        void Singles(string name, Func<int, string> command)
        {
            var start = Stopwatch.GetTimestamp();
            for (var number = 0; number < singles; number++) client.Command("t", command(number));
            var rate = singles / Stopwatch.GetElapsedTime(start).TotalSeconds;
            text.Append(CultureInfo.InvariantCulture, $"{name}_per_s={rate:F1} ");
        }

        double Timed(string command)
        {
            var start = Stopwatch.GetTimestamp();
            client.Send($"t {command}\r\n");
            client.Discard("t");
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }
}
