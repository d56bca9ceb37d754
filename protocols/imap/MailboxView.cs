using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Searching;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap;

/// <summary>
/// The selected mailbox as the client knows it: one immutable version of its messages. Sequence number n is row n - 1 of it,
/// whatever others do meanwhile, until <see cref="SyncAsync"/> has told the client what changed (RFC 3501 section 5.2).
/// </summary>
public sealed class MailboxView
{
    private readonly List<(uint From, uint Below)> _recent = [];
    private SearchContexts? _contexts;

    /// <summary>This version with its messages; null once they are here.</summary>
    private Task<MailboxState>? _reading;

    /// <summary>Flags that the client knows although the rows here still have older ones, and their mod-sequences.</summary>
    private Dictionary<uint, (MessageFlags Flags, ulong ModSeq)>? _told;

    /// <summary>The client was told to remember an older mod-sequence, because of what is gone and was not told yet.</summary>
    private bool _isBehind;

    /// <param name="state">As the client is told of it.</param>
    /// <param name="reading">The same with its messages.</param>
    /// <param name="isReadOnly">EXAMINE, or a device that may only read.</param>
    /// <param name="hidesRecent">Nothing is \Recent (RFC 9051 appendix E).</param>
    public MailboxView(MailboxState state, Task<MailboxState> reading, bool isReadOnly, bool hidesRecent) =>
        (State, _reading, IsReadOnly, HidesRecent) = (state, reading, isReadOnly, hidesRecent);

    /// <summary>The messages are not here yet: until <see cref="ReadAsync"/>, only numbers may be told.</summary>
    public bool IsReading => _reading is not null;

    public bool HidesRecent { get; }

    /// <summary>The version that the client knows.</summary>
    public MailboxState State { get; private set; }

    public bool IsReadOnly { get; }

    public MessageTable Messages => State.Messages;

    public MessageFlags FlagsAt(int index)
    {
        return _told is not null && _told.TryGetValue(Messages.UidAt(index), out var told) ? told.Flags : Messages.FlagsAt(index);
    }

    /// <summary>Remembers flags that the client was told of, or reckons itself after STORE .SILENT.</summary>
    public void Told(uint uid, MessageFlags flags, ulong modSeq) => (_told ??= [])[uid] = (flags, modSeq);

    /// <summary>\Recent: this session was the first to be told of the message (RFC 3501 section 2.3.2).</summary>
    public bool IsRecent(uint uid)
    {
        foreach (var (from, below) in _recent)
        {
            if (uid >= from && uid < below) return true;
        }

        return false;
    }

    public int RecentCount
    {
        get
        {
            var count = 0;
            foreach (var (from, below) in _recent) count += Place(below) - Place(from);
            return count;
        }
    }

    /// <summary>UIDs that the last SEARCH with SAVE found, ascending: what "$" stands for (RFC 5182).</summary>
    public IReadOnlyList<uint> Saved { get; set; } = [];

    /// <summary>Searches whose results the client is kept up to date with.</summary>
    public SearchContexts Contexts => _contexts ??= new();

    public ulong ModSeqAt(int index) =>
        _told is not null && _told.TryGetValue(Messages.UidAt(index), out var told) ? told.ModSeq : Messages.ModSeqAt(index);

    /// <summary>The UIDs that are not here any more, of those that a client may know.</summary>
    /// <param name="known">Which it says it knows; null: every one that was ever given.</param>
    /// <param name="through">Up to this UID it knows what is gone.</param>
    public List<(uint From, uint To)> Vanished(SequenceSet? known, uint through)
    {
        var gone = new List<(uint From, uint To)>();
        if (State.UidNext <= 1) return gone;
        var row = 0;
        foreach (var (first, last) in (known ?? SequenceSet.Of(1, State.UidNext - 1)).Resolve(State.UidNext - 1))
        {
            var from = Math.Max(first, through + 1);
            var to = Math.Min(last, State.UidNext - 1);
            for (row = Place(from); from <= to; row++)
            {
                var next = row < Messages.Count ? Messages.UidAt(row) : uint.MaxValue;
                if (next > from) gone.Add((from, Math.Min(to, next - 1)));
                if (next >= to) break;
                from = next + 1;
            }
        }

        return gone;
    }

    /// <summary>Waits for the messages.</summary>
    /// <exception cref="Core.Journal.JournalException">They cannot be read.</exception>
    public async ValueTask ReadAsync()
    {
        if (_reading is null) return;
        State = await _reading;
        _reading = null;
    }

    /// <summary>Waits until nothing is being read any more, whether or not it could be.</summary>
    public async ValueTask SettleAsync()
    {
        if (_reading is not null) await ((Task)_reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The rows that a set names, ascending; null when it names a message number that does not exist.</summary>
    public List<int>? Resolve(SequenceSet set, bool byUid) =>
        RowRanges.Of(this, set, byUid) is { } ranges ? RowRanges.Rows(ranges) : null;

    /// <summary>The row of a UID, or of the next one after it.</summary>
    public int Place(uint uid)
    {
        var found = Messages.IndexOf(uid);
        return found < 0 ? ~found : found;
    }

    /// <summary>Makes what nobody has seen yet \Recent here and nowhere after; only looks where nothing may change.</summary>
    /// <param name="newest">The version that is about to be shown.</param>
    /// <returns>A version that is at least as new.</returns>
    public async ValueTask<MailboxState> ClaimRecentAsync(MailStore mail, MailboxState newest, CancellationToken cancellation)
    {
        if (HidesRecent || newest.RecentFromUid >= newest.UidNext) return newest;
        if (IsReadOnly)
        {
            Recent(newest.RecentFromUid, newest.UidNext);
            return newest;
        }

        var claimed = await mail.ClaimRecentAsync(newest.Id, cancellation);
        if (claimed.Declined) return newest; // The messages stay unclaimed: a later session will show them as \Recent.
        var after = await mail.RefreshAsync(newest.Id, cancellation) ?? newest;
        Recent(claimed.Value, after.RecentFromUid);
        return after;
    }

    /// <summary>Moves to a newer version without a word: while the client knows nothing yet, or once it was told all.</summary>
    public void Start(MailboxState state) => (State, _told) = (state, null);

    /// <summary>Rows whose flags changed between this version and a newer one; null: messages came or went as well.</summary>
    public IReadOnlyList<int>? FlagsChangedOnly(MailboxState newest)
    {
        var diff = TableDiff.Between(Messages, newest.Messages);
        return diff.Removed.Count == 0 && diff.AddedFrom == newest.Count ? diff.Changed : null;
    }

    /// <summary>Tells how results that are kept up to date changed.</summary>
    public ValueTask TellContextsAsync(ImapSession session, IReadOnlyList<int> changed, CancellationToken cancellation) =>
        _contexts?.TellAsync(session, this, changed, newFrom: int.MaxValue, cancellation) ?? default;

    /// <summary>Tells the client what has changed since its version (RFC 3501 section 7), and moves on to the newest.</summary>
    /// <param name="mayExpunge">False while message numbers must keep their meaning (section 7.4.1).</param>
    /// <returns>False when the mailbox is gone.</returns>
    public async ValueTask<bool> SyncAsync(ImapSession session, bool mayExpunge, CancellationToken cancellation)
    {
        if (await session.Mail.RefreshAsync(State.Id, cancellation) is not { } newest) return false;
        if (ReferenceEquals(newest.Table, State.Table))
        {
            State = newest;
            _told = null;
            return true;
        }

        var diff = TableDiff.Between(Messages, newest.Messages);
        if (diff.AddedFrom < newest.Count && (mayExpunge || diff.Removed.Count == 0))
        {
            var claimed = await ClaimRecentAsync(session.Mail, newest, cancellation);
            if (!ReferenceEquals(claimed.Table, newest.Table)) diff = TableDiff.Between(Messages, claimed.Messages);
            newest = claimed;
        }

        LearnKeywords(session, newest);
        if (diff.Removed.Count > 0 && !mayExpunge)
        {
            await WriteChangedAsync(session, newest, diff.Changed, inOlder: true);

            // A client that took the greatest mod-sequence it saw for what it knows would miss what is gone (RFC 7162 section 3.2).
            if (session.IsCondStore) WriteHighest(session, State.HighestModSeq);
            _isBehind = session.IsCondStore;
            return true;
        }

        _contexts?.TellRemoved(session, this, diff.Removed);
        await WriteRemovedAsync(session, diff.Removed);
        await WriteChangedAsync(session, newest, diff.Changed, inOlder: false);
        State = newest;
        _told = null;
        if (diff.AddedFrom < newest.Count) WriteCounts(session);
        if (_isBehind) WriteHighest(session, newest.HighestModSeq);
        _isBehind = false;
        if (_contexts is null) return true;
        List<int> changed = [.. diff.Changed, .. Enumerable.Range(diff.AddedFrom, newest.Count - diff.AddedFrom)];
        await _contexts.TellAsync(session, this, changed, diff.AddedFrom, cancellation);
        return true;
    }

    /// <summary>Shows keywords that the client has not heard of, before flags name them.</summary>
    public void LearnKeywords(ImapSession session, MailboxState newest)
    {
        if (newest.Keywords.Length <= State.Keywords.Length) return;
        WriteFlagLists(session, newest);
        State = State with { Keywords = newest.Keywords };
    }

    /// <summary>EXISTS and RECENT.</summary>
    public void WriteCounts(ImapSession session)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("* "u8);
        writer.Number(State.Count);
        writer.Raw(" EXISTS\r\n"u8);
        if (!HidesRecent)
        {
            writer.Raw("* "u8);
            writer.Number(RecentCount);
            writer.Raw(" RECENT\r\n"u8);
        }

        writer.Commit();
    }

    /// <summary>FLAGS and PERMANENTFLAGS; \* unless no keyword can be added.</summary>
    public void WriteFlagLists(ImapSession session, MailboxState state)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("* FLAGS ("u8);
        WriteFlagNames(ref writer, state);
        writer.Raw(")\r\n* OK [PERMANENTFLAGS ("u8);
        if (!IsReadOnly)
        {
            WriteFlagNames(ref writer, state);
            if (state.Keywords.Length < MailboxState.KeywordsMax) writer.Raw(" \\*"u8);
        }

        writer.Raw(IsReadOnly ? ")] No flag can be changed\r\n"u8 : ")] These flags are kept\r\n"u8);
        writer.Commit();
    }

    private static void WriteFlagNames(ref WireWriter writer, MailboxState state)
    {
        writer.Raw(ImapFlags.SystemList);
        foreach (var keyword in state.Keywords)
        {
            writer.Byte((byte)' ');
            writer.Text(keyword);
        }
    }

    /// <summary>From the last to the first, so that each number is still right when it is read.</summary>
    private async ValueTask WriteRemovedAsync(ImapSession session, IReadOnlyList<int> removed)
    {
        if ((session.IsQresync || session.IsUidOnly) && removed.Count > 0)
        {
            WriteVanished(session, Ranges(removed), isEarlier: false);
            return;
        }

        for (var at = removed.Count - 1; at >= 0; at--)
        {
            WriteExpunge(session, removed[at] + 1);
            await session.FlushIfLargeAsync();
        }
    }

    private List<(uint From, uint To)> Ranges(IReadOnlyList<int> rows)
    {
        var ranges = new List<(uint From, uint To)>();
        foreach (var row in rows)
        {
            var uid = Messages.UidAt(row);
            if (ranges.Count > 0 && ranges[^1].To + 1 == uid) ranges[^1] = (ranges[^1].From, uid);
            else ranges.Add((uid, uid));
        }

        return ranges;
    }

    /// <summary>* VANISHED [(EARLIER)] uid-set (RFC 7162 section 3.2.10).</summary>
    public static void WriteVanished(ImapSession session, List<(uint From, uint To)> uids, bool isEarlier)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw(isEarlier ? "* VANISHED (EARLIER) "u8 : "* VANISHED "u8);
        writer.Ranges(uids);
        writer.CrLf();
        writer.Commit();
    }

    private static void WriteExpunge(ImapSession session, int number)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("* "u8);
        writer.Number(number);
        writer.Raw(" EXPUNGE\r\n"u8);
        writer.Commit();
    }

    private async ValueTask WriteChangedAsync(ImapSession session, MailboxState newest, IReadOnlyList<int> changed, bool inOlder)
    {
        foreach (var row in changed)
        {
            var (uid, flags) = (newest.Messages.UidAt(row), newest.Messages.FlagsAt(row));
            if (FlagsAt(Messages.IndexOf(uid)) == flags) continue;
            if (inOlder) Told(uid, flags, newest.Messages.ModSeqAt(row));
            WriteFlags(session, newest, (inOlder ? Messages.IndexOf(uid) : row) + 1, uid, flags, withUid: session.TellsUids);
            await session.FlushIfLargeAsync();
        }
    }

    /// <summary>* OK [HIGHESTMODSEQ n]: what the client may remember (RFC 7162 sections 3.1 and 6).</summary>
    public static void WriteHighest(ImapSession session, ulong modSeq)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("* OK [HIGHESTMODSEQ "u8);
        writer.Number(modSeq);
        writer.Raw("] Highest\r\n"u8);
        writer.Commit();
    }

    /// <summary>* n FETCH (FLAGS (...)), with the UID where the command was a UID command.</summary>
    public void WriteFlags(ImapSession session, MailboxState names, int number, uint uid, MessageFlags flags, bool withUid)
    {
        var writer = new WireWriter(session.Output);
        if (Start(session, ref writer, number, uid) && withUid)
        {
            writer.Raw("UID "u8);
            writer.Number(uid);
            writer.Byte((byte)' ');
        }

        writer.Raw("FLAGS "u8);
        writer.Flags((ulong)flags, IsRecent(uid), names.Keywords.AsSpan());
        if (session.IsCondStore) writer.Byte((byte)' ');
        WriteModSeqItem(session, ref writer, names, uid);
        writer.Raw(")\r\n"u8);
        writer.Commit();
    }

    /// <summary>* n FETCH (UID n MODSEQ (n)): what a silent STORE tells who knows mod-sequences (RFC 7162 section 3.1.3).</summary>
    public static void WriteModSeq(ImapSession session, MailboxState names, int number, uint uid)
    {
        var writer = new WireWriter(session.Output);
        if (Start(session, ref writer, number, uid))
        {
            writer.Raw("UID "u8);
            writer.Number(uid);
            writer.Byte((byte)' ');
        }

        WriteModSeqItem(session, ref writer, names, uid);
        writer.Raw(")\r\n"u8);
        writer.Commit();
    }

    /// <summary>"* number FETCH (", or "* uid UIDFETCH (" where numbers are not told (RFC 9586 section 3.3).</summary>
    /// <returns>False: the UID is told already.</returns>
    public static bool Start(ImapSession session, ref WireWriter writer, int number, uint uid)
    {
        writer.Raw("* "u8);
        writer.Number(session.IsUidOnly ? uid : (uint)number);
        writer.Raw(session.IsUidOnly ? " UIDFETCH ("u8 : " FETCH ("u8);
        return !session.IsUidOnly;
    }

    private static void WriteModSeqItem(ImapSession session, ref WireWriter writer, MailboxState names, uint uid)
    {
        if (!session.IsCondStore) return;
        writer.Raw("MODSEQ ("u8);
        writer.Number(names.Messages.IndexOf(uid) is var row and >= 0 ? names.Messages.ModSeqAt(row) : names.HighestModSeq);
        writer.Byte((byte)')');
    }

    private void Recent(uint from, uint below)
    {
        if (below <= from) return;
        if (_recent.Count > 0 && _recent[^1].Below >= from) _recent[^1] = (_recent[^1].From, Math.Max(_recent[^1].Below, below));
        else _recent.Add((from, below));
    }
}
