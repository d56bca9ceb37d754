using CompatBot.Core.Content;
using CompatBot.Protocols.Imap.Searching;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>What an extended SEARCH returns (RFC 4731 section 3.1, RFC 5182 section 2.1).</summary>
[Flags]
public enum SearchReturn { None = 0, Min = 1, Max = 2, All = 4, Count = 8, Save = 16 }

/// <summary>SEARCH: the numbers of the messages that match (RFC 3501 section 6.4.4, RFC 4731).</summary>
/// <param name="Return">Null: the numbers, as ever.</param>
public sealed record Search(SearchKey Key, string? Charset, bool ByUid, SearchReturn? Return = null) : IImapCommand
{
    public static IImapCommand? Parse(ref ImapLexer lexer) => Parse(ref lexer, byUid: false);

    public static IImapCommand? ParseUid(ref ImapLexer lexer) => Parse(ref lexer, byUid: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var view = session.View!;
        var saves = ((Return ?? SearchReturn.None) & SearchReturn.Save) != 0;
        if (Charset is not null && !IsKnown(Charset))
        {
            if (saves) view.Saved = []; // RFC 5182 section 2.1: a NO empties it.
            return ImapReply.No("BADCHARSET (US-ASCII UTF-8)", "US-ASCII or UTF-8, please");
        }

        var searcher = new Searcher(session, view);
        if (!searcher.IsWithin(Key)) return ImapReply.Bad("Expected numbers of messages that exist");
        session.IsCondStore |= SearchKey.Has<SearchKey.ModSeq>(Key);

        // Found first and written then: nothing else may stand inside of the line.
        var (rows, unreadable) = (new List<int>(), 0);
        for (var row = 0; row < view.Messages.Count; row++)
        {
            try
            {
                if (await searcher.MatchesAsync(Key, row, cancellation)) rows.Add(row);
            }
            catch (ContentException)
            {
                unreadable++;
            }

            cancellation.ThrowIfCancellationRequested();
        }

        if (saves) view.Saved = unreadable > 0 ? [] : [.. SavedOf(rows).Select(view.Messages.UidAt)];
        if (Return is { } wanted) WriteExtended(session, view, rows, wanted);
        else await WriteAsync(session, rows.ConvertAll(row => NumberOf(view, row)), HighestOf(view, rows));
        return unreadable == 0
            ? ImapReply.Ok("SEARCH completed")
            : ImapReply.No("CORRUPTION", $"{unreadable} messages could not be read");
    }

    private uint NumberOf(MailboxView view, int row) => ByUid ? view.Messages.UidAt(row) : (uint)row + 1;

    /// <summary>RFC 7162 section 3.1.5: the greatest mod-sequence of what was found, where the search asked for such; 0: untold.</summary>
    private ulong HighestOf(MailboxView view, List<int> rows) =>
        rows.Count > 0 && SearchKey.Has<SearchKey.ModSeq>(Key) ? rows.Max(view.ModSeqAt) : 0;

    /// <summary>RFC 5182 section 2.1: with MIN or MAX and without ALL and COUNT only those are kept.</summary>
    private IEnumerable<int> SavedOf(List<int> rows)
    {
        if ((Return & (SearchReturn.All | SearchReturn.Count)) != 0 || (Return & (SearchReturn.Min | SearchReturn.Max)) == 0) return rows;
        List<int> ends = [];
        if (rows.Count > 0 && (Return & SearchReturn.Min) != 0) ends.Add(rows[0]);
        if (rows.Count > 0 && (Return & SearchReturn.Max) != 0) ends.Add(rows[^1]);
        return ends.Distinct();
    }

    /// <summary>esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)</summary>
    private void WriteExtended(ImapSession session, MailboxView view, List<int> rows, SearchReturn wanted)
    {
        if (wanted == SearchReturn.Save) return;
        var writer = new WireWriter(session.Output);
        writer.Raw("* ESEARCH (TAG "u8);
        writer.String(System.Text.Encoding.ASCII.GetBytes(session.Tag));
        writer.Raw(ByUid ? ") UID"u8 : ")"u8);
        if (rows.Count > 0)
        {
            if ((wanted & SearchReturn.Min) != 0) writer.Text($" MIN {NumberOf(view, rows[0])}");
            if ((wanted & SearchReturn.Max) != 0) writer.Text($" MAX {NumberOf(view, rows[^1])}");
            if ((wanted & SearchReturn.All) != 0)
            {
                writer.Raw(" ALL "u8);
                writer.UidSet(rows.ConvertAll(row => NumberOf(view, row)));
            }
        }

        if ((wanted & SearchReturn.Count) != 0) writer.Text($" COUNT {rows.Count}");
        if (HighestOf(view, [.. SavedOf(rows)]) is var highest and > 0) writer.Text($" MODSEQ {highest}");
        writer.CrLf();
        writer.Commit();
    }

    private static bool IsKnown(string charset) =>
        charset.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("US-ASCII", StringComparison.OrdinalIgnoreCase);

    private static async ValueTask WriteAsync(ImapSession session, List<uint> found, ulong highest)
    {
        const int Batch = 4096;
        for (var at = 0; at == 0 || at < found.Count; at += Batch)
        {
            WriteBatch(session, found, at, Math.Min(found.Count, at + Batch), highest);
            await session.FlushIfLargeAsync();
        }
    }

    private static void WriteBatch(ImapSession session, List<uint> found, int from, int below, ulong highest)
    {
        var writer = new WireWriter(session.Output);
        if (from == 0) writer.Raw("* SEARCH"u8);
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
        SearchReturn? wanted = null;
        if (!lexer.Space()) return null;
        if (lexer.TakeWord("RETURN"u8))
        {
            if (!lexer.Space() || Options(ref lexer) is not { } options || !lexer.Space()) return null;
            wanted = options;
        }

        return SearchGrammar.Program(ref lexer, out var key, out var charset) && lexer.End()
            ? new Search(key, charset, byUid, wanted)
            : null;
    }

    /// <summary>"(" [search-return-opt *(SP search-return-opt)] ")"; nothing between them is ALL (RFC 4731 section 3.1).</summary>
    private static SearchReturn? Options(ref ImapLexer lexer)
    {
        if (!lexer.Open()) return null;
        var wanted = SearchReturn.None;
        for (var first = true; !lexer.Take((byte)')'); first = false)
        {
            if ((!first && !lexer.Space()) || !lexer.Word(out var word)) return null;
            SearchReturn? option = word switch
            {
                "MIN" => SearchReturn.Min,
                "MAX" => SearchReturn.Max,
                "ALL" => SearchReturn.All,
                "COUNT" => SearchReturn.Count,
                "SAVE" => SearchReturn.Save,
                _ => null,
            };
            if (option is null)
            {
                lexer.Expected("MIN, MAX, ALL, COUNT or SAVE");
                return null;
            }

            wanted |= option.Value;
        }

        return wanted == SearchReturn.None ? SearchReturn.All : wanted;
    }
}
