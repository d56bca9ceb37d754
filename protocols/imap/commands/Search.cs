using CompatBot.Core.Content;
using CompatBot.Protocols.Imap.Searching;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>SEARCH: the numbers of the messages that match (RFC 3501 section 6.4.4).</summary>
public sealed record Search(SearchKey Key, string? Charset, bool ByUid) : IImapCommand
{
    public static IImapCommand? Parse(ref ImapLexer lexer) => Parse(ref lexer, byUid: false);

    public static IImapCommand? ParseUid(ref ImapLexer lexer) => Parse(ref lexer, byUid: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Charset is not null && !IsKnown(Charset)) return ImapReply.No("BADCHARSET (US-ASCII UTF-8)", "US-ASCII or UTF-8, please");
        var view = session.View!;
        var searcher = new Searcher(session, view);
        if (!searcher.IsWithin(Key)) return ImapReply.Bad("Expected numbers of messages that exist");

        // Found first and written then: nothing else may stand inside of the line.
        var (found, unreadable) = (new List<uint>(), 0);
        for (var row = 0; row < view.Messages.Count; row++)
        {
            try
            {
                if (await searcher.MatchesAsync(Key, row, cancellation)) found.Add(ByUid ? view.Messages.UidAt(row) : (uint)row + 1);
            }
            catch (ContentException)
            {
                unreadable++;
            }

            cancellation.ThrowIfCancellationRequested();
        }

        await WriteAsync(session, found);
        return unreadable == 0
            ? ImapReply.Ok("SEARCH completed")
            : ImapReply.No("CORRUPTION", $"{unreadable} messages could not be read");
    }

    private static bool IsKnown(string charset) =>
        charset.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("US-ASCII", StringComparison.OrdinalIgnoreCase);

    private static async ValueTask WriteAsync(ImapSession session, List<uint> found)
    {
        const int Batch = 4096;
        for (var at = 0; at == 0 || at < found.Count; at += Batch)
        {
            WriteBatch(session, found, at, Math.Min(found.Count, at + Batch));
            await session.FlushIfLargeAsync();
        }
    }

    private static void WriteBatch(ImapSession session, List<uint> found, int from, int below)
    {
        var writer = new WireWriter(session.Output);
        if (from == 0) writer.Raw("* SEARCH"u8);
        for (var at = from; at < below; at++)
        {
            writer.Byte((byte)' ');
            writer.Number(found[at]);
        }

        if (below == found.Count) writer.CrLf();
        writer.Commit();
    }

    private static Search? Parse(ref ImapLexer lexer, bool byUid) =>
        SearchGrammar.Program(ref lexer, out var key, out var charset) && lexer.End() ? new Search(key, charset, byUid) : null;
}
