using System.Globalization;
using System.Text;
using CompatBot.Protocols.Imap.Searching;
using CompatBot.Protocols.Imap.Sorting;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>THREAD: messages by conversations (RFC 5256 section 3).</summary>
/// <param name="ByReferences">REFERENCES; else ORDEREDSUBJECT.</param>
public sealed record Threads(bool ByReferences, SearchRun Run) : IImapCommand
{
    public bool KeepsNumbers => SearchKey.HasNumbers(Run.Key);

    public static IImapCommand? Parse(ref ImapLexer lexer) => Parse(ref lexer, byUid: false);

    public static IImapCommand? ParseUid(ref ImapLexer lexer) => Parse(ref lexer, byUid: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (!session.Speaks(ByReferences ? "THREAD=REFERENCES" : "THREAD=ORDEREDSUBJECT")) return ImapReply.Bad("No such algorithm");
        var view = session.View!;
        if (await Run.FindAsync(session, view, isWhole: true, cancellation) is { } why) return why;
        if (await Sort.ReadAsync(session, view, Run.Rows, cancellation) is not { } messages) return ImapReply.No(
            Core.Store.Refusal.Damaged);
        var threads = ByReferences ? Threader.ByReferences(messages) : Threader.BySubject(messages);
        var text = new StringBuilder("* THREAD ");
        foreach (var thread in threads) Append(text, thread, view);
        var writer = new WireWriter(session.Output);
        writer.Text(threads.Count == 0 ? "* THREAD" : text.ToString());
        writer.CrLf();
        writer.Commit();
        return Run.Reply("THREAD");
    }

    /// <summary>
    /// thread-list = "(" (thread-members / thread-nested) ")": a line of only answers is a row of numbers, a fork opens brackets. Without
    /// recursion, for a thread may be as deep as a mailbox is long.
    /// </summary>
    private void Append(StringBuilder text, ThreadNode thread, MailboxView view)
    {
        var rest = new Stack<ThreadNode?>(); // Null: a bracket closes.
        rest.Push(thread);
        while (rest.TryPop(out var next))
        {
            if (next is not { } node)
            {
                text.Append(')');
                continue;
            }

            text.Append('(');
            rest.Push(null);
            while (true)
            {
                if (node.Message is { } message) text.Append(Run.NumberOf(view, message.Row).ToString(CultureInfo.InvariantCulture));
                if (node.Children.Count > 0 && node.Message is not null) text.Append(' ');
                if (node.Children.Count != 1) break;
                node = node.Children[0];
            }

            for (var at = node.Children.Count - 1; at >= 0; at--) rest.Push(node.Children[at]);
        }
    }

    /// <summary>thread = ["UID" SP] "THREAD" SP thread-alg SP search-criteria</summary>
    private static Threads? Parse(ref ImapLexer lexer, bool byUid)
    {
        if (!lexer.Space() || !lexer.Word(out var algorithm) || !lexer.Space()) return null;
        if (algorithm is not ("REFERENCES" or "ORDEREDSUBJECT"))
        {
            lexer.Expected("REFERENCES or ORDEREDSUBJECT");
            return null;
        }

        return SearchGrammar.Criteria(ref lexer, out var key, out var charset) && lexer.End()
            ? new Threads(algorithm == "REFERENCES", new SearchRun(key, charset, byUid, Return: null))
            : null;
    }
}
