using CompatBot.Core.Content;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Searching;

/// <summary>What an extended SEARCH or SORT returns (RFC 4731 section 3.1, RFC 5182 section 2.1, RFC 5267 section 3).</summary>
[Flags]
public enum SearchReturn { None = 0, Min = 1, Max = 2, All = 4, Count = 8, Save = 16 }

/// <summary>One look through the selected mailbox, for SEARCH, SORT and THREAD.</summary>
/// <param name="Key">What is looked for.</param>
/// <param name="Charset">Of its texts; null: ASCII.</param>
/// <param name="ByUid">Answers with UIDs.</param>
/// <param name="Return">What is returned; null: the plain response.</param>
public sealed record SearchRun(SearchKey Key, string? Charset, bool ByUid, SearchReturn? Return)
{
    /// <summary>Rows that match, ascending.</summary>
    public List<int> Rows { get; } = [];

    /// <summary>Messages that could not be read.</summary>
    public int Unreadable { get; private set; }

    /// <summary>The reply to a run that came to its end.</summary>
    public ImapReply Reply(string command) => Unreadable == 0
        ? ImapReply.Ok($"{command} completed")
        : ImapReply.No("CORRUPTION", $"{Unreadable} messages could not be read");

    /// <returns>Why it cannot run; null when it has run.</returns>
    public async ValueTask<ImapReply?> FindAsync(ImapSession session, MailboxView view, CancellationToken cancellation)
    {
        var saves = ((Return ?? SearchReturn.None) & SearchReturn.Save) != 0;
        if (Charset is not null && !IsKnown(Charset))
        {
            if (saves) view.Saved = []; // RFC 5182 section 2.1: a NO empties it.
            return ImapReply.No("BADCHARSET (US-ASCII UTF-8)", "US-ASCII or UTF-8, please");
        }

        var searcher = new Searcher(session, view);
        if (!searcher.IsWithin(Key)) return ImapReply.Bad("Expected numbers of messages that exist");
        session.IsCondStore |= SearchKey.Has<SearchKey.ModSeq>(Key);
        for (var row = 0; row < view.Messages.Count; row++)
        {
            try
            {
                if (await searcher.MatchesAsync(Key, row, cancellation)) Rows.Add(row);
            }
            catch (ContentException)
            {
                Unreadable++;
            }

            cancellation.ThrowIfCancellationRequested();
        }

        return null;
    }

    /// <summary>Keeps what was found for "$", where SAVE was asked for.</summary>
    /// <param name="rows">In the order of the response.</param>
    public void Save(MailboxView view, IReadOnlyList<int> rows)
    {
        if (((Return ?? SearchReturn.None) & SearchReturn.Save) == 0) return;
        view.Saved = Unreadable > 0 ? [] : [.. Told(rows).Order().Select(view.Messages.UidAt)];
    }

    public uint NumberOf(MailboxView view, int row) => ByUid ? view.Messages.UidAt(row) : (uint)row + 1;

    /// <summary>RFC 7162 section 3.1.5: the greatest mod-sequence of what was found, where the search asked for such; 0: untold.</summary>
    public ulong HighestOf(MailboxView view, IReadOnlyList<int> rows) =>
        rows.Count > 0 && SearchKey.Has<SearchKey.ModSeq>(Key) ? rows.Max(view.ModSeqAt) : 0;

    /// <summary>esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)</summary>
    /// <param name="rows">In the order of the response: MIN is the first, MAX the last.</param>
    public void WriteExtended(ImapSession session, MailboxView view, IReadOnlyList<int> rows)
    {
        var wanted = Return ?? SearchReturn.None;
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
                writer.UidSet([.. rows.Select(row => NumberOf(view, row))]);
            }
        }

        if ((wanted & SearchReturn.Count) != 0) writer.Text($" COUNT {rows.Count}");
        if (HighestOf(view, Told(rows)) is var highest and > 0) writer.Text($" MODSEQ {highest}");
        writer.CrLf();
        writer.Commit();
    }

    /// <summary>"RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")" SP; "()" is ALL (RFC 4731 section 3.1).</summary>
    /// <returns>False when it is malformed.</returns>
    public static bool TakeReturn(ref ImapLexer lexer, out SearchReturn? wanted)
    {
        wanted = null;
        if (!lexer.TakeWord("RETURN"u8)) return true;
        if (!lexer.Space() || !lexer.Open()) return false;
        var options = SearchReturn.None;
        for (var first = true; !lexer.Take((byte)')'); first = false)
        {
            if ((!first && !lexer.Space()) || !lexer.Word(out var word)) return false;
            SearchReturn? option = word switch
            {
                "MIN" => SearchReturn.Min,
                "MAX" => SearchReturn.Max,
                "ALL" => SearchReturn.All,
                "COUNT" => SearchReturn.Count,
                "SAVE" => SearchReturn.Save,
                _ => null,
            };
            if (option is null) return lexer.Expected("MIN, MAX, ALL, COUNT or SAVE");
            options |= option.Value;
        }

        wanted = options == SearchReturn.None ? SearchReturn.All : options;
        return lexer.Space();
    }

    /// <summary>RFC 5182 section 2.1: with MIN or MAX and without ALL and COUNT only those count.</summary>
    private IReadOnlyList<int> Told(IReadOnlyList<int> rows)
    {
        if ((Return & (SearchReturn.All | SearchReturn.Count)) != 0 || (Return & (SearchReturn.Min | SearchReturn.Max)) == 0) return rows;
        List<int> ends = [];
        if (rows.Count > 0 && (Return & SearchReturn.Min) != 0) ends.Add(rows[0]);
        if (rows.Count > 0 && (Return & SearchReturn.Max) != 0) ends.Add(rows[^1]);
        return [.. ends.Distinct()];
    }

    private static bool IsKnown(string charset) =>
        charset.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("US-ASCII", StringComparison.OrdinalIgnoreCase);
}
