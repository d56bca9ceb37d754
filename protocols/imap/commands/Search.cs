using CompatBot.Protocols.Imap.Searching;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>SEARCH: the numbers of the messages that match (RFC 3501 section 6.4.4, RFC 4731).</summary>
public sealed record Search(SearchKey Key, string? Charset, bool ByUid, SearchReturn? Return = null) : IImapCommand
{
    public bool KeepsNumbers => SearchKey.HasNumbers(Key);

    public static IImapCommand? Parse(ref ImapLexer lexer) => Parse(ref lexer, byUid: false);

    public static IImapCommand? ParseUid(ref ImapLexer lexer) => Parse(ref lexer, byUid: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var view = session.View!;
        var wanted = Return ?? (session.IsRev2 || session.IsUidOnly ? new SearchReturn(SearchData.All) : null);
        var run = new SearchRun(Key, Charset, ByUid, wanted);
        if (await run.FindAsync(session, view, isWhole: false, cancellation) is { } why) return why;

        // Found first and written then: nothing else may stand inside of the line.
        run.Save(view, run.Rows);
        if (wanted is null) await WriteAsync(
            session, "* SEARCH", run.Rows.ConvertAll(row => run.NumberOf(view, row)), run.HighestOf(view, run.Rows));
        else run.WriteExtended(session, view, run.Rows);
        run.Keep(session, view, run.Rows);
        return MessageLimit.Tell(session, run.Reply("SEARCH"), run.Left);
    }

    /// <summary>"SEARCH" or "SORT" with numbers, and the highest mod-sequence where that is not 0.</summary>
    internal static async ValueTask WriteAsync(ImapSession session, string head, List<uint> found, ulong highest)
    {
        const int Batch = 4096;
        for (var at = 0; at == 0 || at < found.Count; at += Batch)
        {
            WriteBatch(session, at == 0 ? head : "", found, at, Math.Min(found.Count, at + Batch), highest);
            await session.FlushIfLargeAsync();
        }
    }

    private static void WriteBatch(ImapSession session, string head, List<uint> found, int from, int below, ulong highest)
    {
        var writer = new WireWriter(session.Output);
        writer.Text(head);
        for (var at = from; at < below; at++)
        {
            writer.Byte((byte)' ');
            writer.Number(found[at]);
        }

        if (below == found.Count && highest > 0) writer.Text($" (MODSEQ {highest})");
        if (below == found.Count) writer.CrLf();
        writer.Commit();
    }

    private static Search? Parse(ref ImapLexer lexer, bool byUid)
    {
        if (!lexer.Space() || !SearchRun.TakeReturn(ref lexer, out var wanted)) return null;
        return SearchGrammar.Program(ref lexer, out var key, out var charset) && lexer.End()
            ? new Search(key, charset, byUid, wanted)
            : null;
    }
}
