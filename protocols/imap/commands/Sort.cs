using CompatBot.Core.Content;
using CompatBot.Protocols.Imap.Searching;
using CompatBot.Protocols.Imap.Sorting;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>SORT: SEARCH with an order (RFC 5256 section 3; RETURN by RFC 5267, DISPLAYFROM and DISPLAYTO by RFC 5957).</summary>
public sealed record Sort(IReadOnlyList<SortKey> Keys, SearchRun Run) : IImapCommand
{
    public bool KeepsNumbers => SearchKey.HasNumbers(Run.Key);

    public static IImapCommand? Parse(ref ImapLexer lexer) => Parse(ref lexer, byUid: false);

    public static IImapCommand? ParseUid(ref ImapLexer lexer) => Parse(ref lexer, byUid: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var view = session.View!;
        if (await Run.FindAsync(session, view, isWhole: true, cancellation) is { } why) return why;
        if (await ReadAsync(session, view, Run.Rows, cancellation) is not { } messages) return ImapReply.No(Core.Store.Refusal.Damaged);
        messages.Sort(new Sorter(Keys));
        var rows = messages.ConvertAll(message => message.Row);
        Run.Save(view, rows);
        if (Run.Return is not null) Run.WriteExtended(session, view, rows);
        else await Search.WriteAsync(session, "* SORT", rows.ConvertAll(row => Run.NumberOf(view, row)), Run.HighestOf(view, rows));
        Run.Keep(session, view, rows, new Sorter(Keys));
        return Run.Reply("SORT");
    }

    /// <returns>Null when a message does not read.</returns>
    internal static async ValueTask<List<SortedMessage>?> ReadAsync(
        ImapSession session, MailboxView view, List<int> rows, CancellationToken cancellation)
    {
        var messages = new List<SortedMessage>(rows.Count);
        try
        {
            foreach (var row in rows) messages.Add(await SortedMessage.ReadAsync(session, view, row, cancellation));
        }
        catch (ContentException)
        {
            return null;
        }

        return messages;
    }

    /// <summary>sort = ["UID" SP] "SORT" SP [return-opts SP] sort-criteria SP search-criteria, which begin with a charset.</summary>
    private static Sort? Parse(ref ImapLexer lexer, bool byUid)
    {
        if (!lexer.Space() || !SearchRun.TakeReturn(ref lexer, out var wanted) || SortKey.Parse(ref lexer) is not { } keys) return null;
        return lexer.Space() && SearchGrammar.Criteria(ref lexer, out var key, out var charset) && lexer.End()
            ? new Sort(keys, new SearchRun(key, charset, byUid, wanted))
            : null;
    }
}
