using CompatBot.Core.Content;
using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Sorting;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Searching;

/// <summary>What an extended SEARCH or SORT returns (RFC 4731 section 3.1, RFC 5182 section 2.1, RFC 6203, RFC 9394).</summary>
[Flags]
public enum SearchData { None = 0, Min = 1, Max = 2, All = 4, Count = 8, Save = 16, Relevancy = 32, Update = 64 }

/// <param name="Partial">PARTIAL; null: not asked for.</param>
/// <param name="NewItems">What is fetched of new messages that come into a kept result (RFC 5465 section 7); null: nothing.</param>
public sealed record SearchReturn(SearchData Data, PartialRange? Partial = null, IReadOnlyList<FetchItem>? NewItems = null)
{
    public bool Has(SearchData data) => (Data & data) != 0;
}

/// <summary>One look through the selected mailbox, for SEARCH, SORT and THREAD.</summary>
/// <param name="Key">What is looked for.</param>
/// <param name="Charset">Of its texts; null: ASCII.</param>
/// <param name="ByUid">Answers with UIDs.</param>
/// <param name="Return">What is returned; null: the plain response.</param>
public sealed record SearchRun(SearchKey Key, string? Charset, bool ByUid, SearchReturn? Return)
{
    /// <summary>Rows that are looked at between two looks at the clock.</summary>
    private const int StepRows = 256;

    private int _unreadable;

    /// <summary>Rows that match, ascending.</summary>
    public List<int> Rows { get; } = [];

    /// <summary>Messages that could not be read.</summary>
    public int Unreadable => _unreadable;

    /// <summary>The reply to a run that came to its end.</summary>
    public ImapReply Reply(string command) => Unreadable == 0
        ? ImapReply.Ok($"{command} completed")
        : ImapReply.No("CORRUPTION", $"{Unreadable} messages could not be read");

    /// <summary>The response code of a search that did not look at all messages (RFC 9738); null: it did.</summary>
    public string? Left { get; private set; }

    /// <param name="session">Whose search it is.</param>
    /// <param name="view">Where.</param>
    /// <param name="isWhole">It is no use to look at some of the messages.</param>
    /// <param name="cancellation">Of the connection.</param>
    /// <returns>Why it cannot run; null when it has run.</returns>
    public async ValueTask<ImapReply?> FindAsync(
        ImapSession session, MailboxView view, bool isWhole, CancellationToken cancellation)
    {
        var saves = Return?.Has(SearchData.Save) == true;
        if (Charset is not null && !IsKnown(Charset))
        {
            if (saves) view.Saved = []; // RFC 5182 section 2.1: a NO empties it.
            return ImapReply.No("BADCHARSET (US-ASCII UTF-8)", "US-ASCII or UTF-8, please");
        }

        var isTaken = Return?.Has(SearchData.Update) == true && view.Contexts.Has(session.Tag);
        if (isTaken) return ImapReply.Bad("Expected a tag that keeps no result yet");
        var searcher = new Searcher(session, view);
        if (!searcher.IsWithin(Key)) return ImapReply.Bad("Expected numbers of messages that exist");
        if (SearchKey.Has<SearchKey.ModSeq>(Key)) session.EnableCondStore();
        var first = searcher.LowestOf(Key, session.Limits.CommandMessagesMax);
        if (first > 0 && isWhole) return MessageLimit.Refused(session);
        if (first > 0) Left = MessageLimit.Code(session, view, first);
        var (time, told) = (session.Services.Time, session.Services.Time.GetTimestamp());
        for (var from = first; from < view.Messages.Count; from += StepRows)
        {
            if (time.GetElapsedTime(told) is var elapsed && elapsed > session.Limits.ProgressEvery)
            {
                told = time.GetTimestamp();
                await TellProgressAsync(session, from, view.Messages.Count);
            }

            var below = Math.Min(view.Messages.Count, from + StepRows);
            if (Key.Cost > 1) await LookTogetherAsync(searcher, from, below, cancellation);
            else await LookAsync(searcher, from, below, cancellation);
        }

        return null;
    }

    private async ValueTask LookAsync(Searcher searcher, int from, int below, CancellationToken cancellation)
    {
        for (var row = from; row < below; row++)
        {
            if (await IsFoundAsync(searcher, row, cancellation)) Rows.Add(row);
        }

        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Bodies are read and decoded by all processors.</summary>
    private async ValueTask LookTogetherAsync(Searcher searcher, int from, int below, CancellationToken cancellation)
    {
        var found = new bool[below - from];
        await Parallel.ForAsync(
            from, below, cancellation, async (row, stop) => found[row - from] = await IsFoundAsync(searcher, row, stop));
        for (var row = from; row < below; row++)
        {
            if (found[row - from]) Rows.Add(row);
        }
    }

    private async ValueTask<bool> IsFoundAsync(Searcher searcher, int row, CancellationToken cancellation)
    {
        try
        {
            return await searcher.MatchesAsync(Key, row, cancellation);
        }
        catch (ContentException)
        {
            Interlocked.Increment(ref _unreadable);
            return false;
        }
    }

    /// <summary>inprogress = "INPROGRESS" SP "(" tag SP progress SP goal ")" (RFC 9585 section 4)</summary>
    private static async ValueTask TellProgressAsync(ImapSession session, int done, int all)
    {
        Write();
        await session.FlushAsync();

        void Write()
        {
            var writer = new WireWriter(session.Output);
            writer.Text($"* OK [INPROGRESS (\"{session.Tag}\" {done} {all})] Looked through {done} of {all} messages\r\n");
            writer.Commit();
        }
    }

    /// <summary>Keeps what was found for "$", where SAVE was asked for.</summary>
    /// <param name="rows">In the order of the response.</param>
    public void Save(MailboxView view, IReadOnlyList<int> rows)
    {
        if (Return?.Has(SearchData.Save) != true) return;
        view.Saved = Unreadable > 0 ? [] : [.. Told(rows).Order().Select(view.Messages.UidAt)];
    }

    /// <summary>Keeps the result up to date for the client from now on, where UPDATE was asked for (RFC 5267 section 4.3).</summary>
    /// <param name="rows">In the order of the response.</param>
    /// <param name="order">Of a SORT; null: as in the mailbox.</param>
    public void Keep(ImapSession session, MailboxView view, IReadOnlyList<int> rows, Sorter? order = null)
    {
        if (Return?.Has(SearchData.Update) != true || view.Contexts.TryAdd(session.Tag, this, view, rows, order)) return;
        var writer = new WireWriter(session.Output);
        writer.Text($"* NO [NOUPDATE \"{session.Tag}\"] This result is not kept up to date\r\n");
        writer.Commit();
    }

    public uint NumberOf(MailboxView view, int row) => ByUid ? view.Messages.UidAt(row) : (uint)row + 1;

    /// <summary>RFC 7162 section 3.1.5: the greatest mod-sequence of what was found, where the search asked for such; 0: untold.</summary>
    public ulong HighestOf(MailboxView view, IReadOnlyList<int> rows) =>
        rows.Count > 0 && SearchKey.Has<SearchKey.ModSeq>(Key) ? rows.Max(view.ModSeqAt) : 0;

    /// <summary>esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)</summary>
    /// <param name="rows">In the order of the response: MIN is the first, MAX the last.</param>
    /// <param name="mailbox">Named in the response (RFC 7377 section 2.1); null: the selected one.</param>
    public void WriteExtended(ImapSession session, MailboxView view, IReadOnlyList<int> rows, MailboxState? mailbox = null)
    {
        if (Return is not { } wanted || wanted is { Data: SearchData.Save, Partial: null }) return;
        var writer = new WireWriter(session.Output);
        WriteHead(ref writer, session.Tag, ByUid, mailbox, session.IsUtf8);
        if (rows.Count > 0)
        {
            if (wanted.Has(SearchData.Min)) writer.Text($" MIN {NumberOf(view, rows[0])}");
            if (wanted.Has(SearchData.Max)) writer.Text($" MAX {NumberOf(view, rows[^1])}");
            if (wanted.Has(SearchData.All))
            {
                writer.Raw(" ALL "u8);
                writer.UidSet([.. rows.Select(row => NumberOf(view, row))]);
            }

            // Every match is as good as any (RFC 6203 section 4).
            if (wanted.Has(SearchData.Relevancy)) writer.Text($" RELEVANCY ({string.Join(' ', rows.Select(_ => 100))})");
        }

        if (wanted.Has(SearchData.Count)) writer.Text($" COUNT {rows.Count}");
        if (wanted.Partial is { } range)
        {
            writer.Text($" PARTIAL ({range} ");
            if (range.Of(rows) is { Count: > 0 } part) writer.UidSet([.. part.Select(row => NumberOf(view, row))]);
            else writer.Nil();
            writer.Byte((byte)')');
        }

        if (HighestOf(view, Told(rows)) is var highest and > 0) writer.Text($" MODSEQ {highest}");
        writer.CrLf();
        writer.Commit();
    }

    /// <summary>"* ESEARCH" search-correlator ["UID"]</summary>
    public static void WriteHead(ref WireWriter writer, string tag, bool byUid, MailboxState? mailbox, bool isUtf8)
    {
        writer.Raw("* ESEARCH (TAG "u8);
        writer.String(System.Text.Encoding.ASCII.GetBytes(tag));
        if (mailbox is not null)
        {
            writer.Raw(" MAILBOX "u8);
            writer.Mailbox(mailbox.Name, isUtf8);
            writer.Text($" UIDVALIDITY {mailbox.UidValidity}");
        }

        writer.Raw(byUid ? ") UID"u8 : ")"u8);
    }

    /// <summary>"RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")" SP; "()" is ALL (RFC 4731 section 3.1).</summary>
    /// <returns>False when it is malformed.</returns>
    public static bool TakeReturn(ref ImapLexer lexer, out SearchReturn? wanted)
    {
        wanted = null;
        if (!lexer.TakeWord("RETURN"u8)) return true;
        if (!lexer.Space() || !lexer.Open()) return false;
        var data = SearchData.None;
        PartialRange? partial = null;
        IReadOnlyList<FetchItem>? newItems = null;
        for (var first = true; !lexer.Take((byte)')'); first = false)
        {
            if ((!first && !lexer.Space()) || !lexer.Word(out var word)) return false;
            switch (word)
            {
                case "MIN": data |= SearchData.Min; break;
                case "MAX": data |= SearchData.Max; break;
                case "ALL": data |= SearchData.All; break;
                case "COUNT": data |= SearchData.Count; break;
                case "SAVE": data |= SearchData.Save; break;
                case "RELEVANCY": data |= SearchData.Relevancy; break;
                case "UPDATE":
                    data |= SearchData.Update;
                    if (lexer.TakeText(" ("u8) && !FetchGrammar.List(ref lexer, out newItems)) return false;
                    break;
                case "CONTEXT": break; // A hint (RFC 5267 section 4.2).
                case "PARTIAL":
                    if (!lexer.Space() || !PartialRange.TryParse(ref lexer, out var range)) return false;
                    partial = range;
                    break;
                default: return lexer.Expected("MIN, MAX, ALL, COUNT, SAVE, RELEVANCY, PARTIAL, CONTEXT or UPDATE");
            }
        }

        if (partial is not null && (data & SearchData.All) != 0) return lexer.Expected("ALL or PARTIAL, not both"); // RFC 9394 section 3.1
        if ((data & ~SearchData.Update) == SearchData.None && partial is null) data |= SearchData.All;
        wanted = new SearchReturn(data, partial, newItems);
        return lexer.Space();
    }

    /// <summary>RFC 5182 section 2.1: with MIN or MAX and without ALL and COUNT only those count.</summary>
    private IReadOnlyList<int> Told(IReadOnlyList<int> rows)
    {
        const SearchData Ends = SearchData.Min | SearchData.Max;
        if (Return is null || Return.Has(SearchData.All | SearchData.Count)) return rows;
        if (!Return.Has(Ends) && Return.Partial is null) return rows;
        List<int> told = Return.Partial?.Of(rows) ?? [];
        if (rows.Count > 0 && Return.Has(SearchData.Min)) told.Add(rows[0]);
        if (rows.Count > 0 && Return.Has(SearchData.Max)) told.Add(rows[^1]);
        return [.. told.Distinct()];
    }

    private static bool IsKnown(string charset) =>
        charset.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("US-ASCII", StringComparison.OrdinalIgnoreCase);
}
