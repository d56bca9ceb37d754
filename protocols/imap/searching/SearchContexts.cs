using CompatBot.Core.Content;
using CompatBot.Protocols.Imap.Fetching;
using CompatBot.Protocols.Imap.Sorting;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Searching;

/// <summary>Searches and sorts whose results are kept up to date for the client (RFC 5267 section 4.3), of one selected mailbox.</summary>
public sealed class SearchContexts
{
    /// <summary>Of one mailbox; a further one is answered with NOUPDATE.</summary>
    public const int Most = 20;

    private readonly Dictionary<string, IKeptResult> _byTag = new(StringComparer.Ordinal);

    /// <summary>Keeps a result.</summary>
    /// <param name="rows">In its order.</param>
    /// <param name="order">Of a SORT; null: as in the mailbox.</param>
    /// <returns>False: this one cannot be kept (section 4.3.1).</returns>
    public bool TryAdd(string tag, SearchRun run, MailboxView view, IReadOnlyList<int> rows, Sorter? order)
    {
        if (_byTag.Count >= Most || !IsSteady(run.Key)) return false;
        var uids = rows.Select(view.Messages.UidAt);
        return _byTag.TryAdd(tag, order is null ? new KeptSearch(uids) { Run = run } : new KeptSort(order, uids) { Run = run });
    }

    /// <summary>A tag names one result (section 4.3).</summary>
    public bool Has(string tag) => _byTag.ContainsKey(tag);

    public void Remove(string tag) => _byTag.Remove(tag);

    /// <summary>Tells which messages came into results and which fell out of them.</summary>
    /// <param name="view">Has moved on already.</param>
    /// <param name="changed">Rows of it that are new or changed.</param>
    /// <param name="newFrom">From this row on they are new.</param>
    public async ValueTask TellAsync(
        ImapSession session, MailboxView view, IReadOnlyList<int> changed, int newFrom, CancellationToken cancellation)
    {
        if (_byTag.Count == 0 || changed.Count == 0) return;
        foreach (var (tag, kept) in _byTag)
        {
            var searcher = new Searcher(session, view);
            kept.Forget(view);
            List<(int Place, uint Number)> added = [], removed = [];
            List<int> arrived = [];
            foreach (var row in changed)
            {
                var number = kept.Run.NumberOf(view, row);
                try
                {
                    var matches = await searcher.MatchesAsync(kept.Run.Key, row, cancellation);
                    var place = matches ? await kept.AddAsync(session, view, row, cancellation) : kept.Remove(view.Messages.UidAt(row));
                    if (place is { } at) (matches ? added : removed).Add((at, number));
                    if (place is not null && matches && row >= newFrom) arrived.Add(row);
                }
                catch (ContentException)
                {
                    // What does not read is in no result; FETCH says so.
                    if (kept.Remove(view.Messages.UidAt(row)) is { } at) removed.Add((at, number));
                }
            }

            if (kept.Run.Return?.NewItems is { } items) await NewMessages.TellAsync(session, view, items, arrived, cancellation);
            if (removed.Count > 0) Write(session, tag, kept.Run, " REMOVEFROM ("u8, removed);
            if (added.Count > 0) Write(session, tag, kept.Run, " ADDTO ("u8, added);
        }
    }

    /// <summary>Tells what falls out of results because it is expunged, while its number still counts (section 4.3.4).</summary>
    /// <param name="view">Has not moved on yet.</param>
    /// <param name="rows">Of it, ascending.</param>
    public void TellRemoved(ImapSession session, MailboxView view, IReadOnlyList<int> rows)
    {
        if (rows.Count == 0) return;
        foreach (var (tag, kept) in _byTag)
        {
            List<(int Place, uint Number)> removed = [];
            foreach (var row in rows)
            {
                if (kept.Remove(view.Messages.UidAt(row)) is { } at) removed.Add((at, kept.Run.NumberOf(view, row)));
            }

            if (removed.Count > 0) Write(session, tag, kept.Run, " REMOVEFROM ("u8, removed);
        }
    }

    /// <summary>What numbers and "$" mean changes under it; so does what is younger than a time.</summary>
    private static bool IsSteady(SearchKey key) => key switch
    {
        SearchKey.Sequence sequence => sequence is { ByUid: true, Set.IsSaved: false },
        SearchKey.Within => false,
        SearchKey.Not not => IsSteady(not.Key),
        SearchKey.Or or => IsSteady(or.Left) && IsSteady(or.Right),
        SearchKey.And and => and.Keys.All(IsSteady),
        _ => true,
    };

    /// <summary>context-position SP sequence-set, one after the other; those of one place together.</summary>
    private static void Write(
        ImapSession session, string tag, SearchRun run, ReadOnlySpan<byte> what, List<(int Place, uint Number)> changes)
    {
        var writer = new WireWriter(session.Output);
        SearchRun.WriteHead(ref writer, tag, run.ByUid, mailbox: null, session.IsUtf8);
        writer.Raw(what);
        for (var at = 0; at < changes.Count;)
        {
            var place = changes[at].Place;
            var together = place == 0 ? changes.Count : at + 1;
            writer.Text(at == 0 ? $"{place} " : $" {place} ");
            writer.UidSet([.. changes[at..together].Select(change => change.Number)]);
            at = together;
        }

        writer.Raw(")\r\n"u8);
        writer.Commit();
    }
}
