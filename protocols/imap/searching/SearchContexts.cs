using CompatBot.Core.Content;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Searching;

/// <summary>Searches whose results are kept up to date for the client (RFC 5267 section 4.3), of one selected mailbox.</summary>
public sealed class SearchContexts
{
    /// <summary>Of one mailbox; a further one is answered with NOUPDATE.</summary>
    public const int Most = 20;

    private readonly Dictionary<string, (SearchRun Run, HashSet<uint> Uids)> _byTag = new(StringComparer.Ordinal);

    /// <summary>Keeps a result.</summary>
    /// <returns>False: this one cannot be kept (section 4.3.1).</returns>
    public bool TryAdd(string tag, SearchRun run, MailboxView view)
    {
        if (_byTag.Count >= Most || !IsSteady(run.Key)) return false;
        return _byTag.TryAdd(tag, (run, [.. run.Rows.Select(view.Messages.UidAt)]));
    }

    public void Remove(string tag) => _byTag.Remove(tag);

    /// <summary>Tells which messages came into results and which fell out of them; what was expunged fell out without a word.</summary>
    /// <param name="view">Has moved on already.</param>
    /// <param name="changed">Rows of it that are new or changed.</param>
    public async ValueTask TellAsync(
        ImapSession session, MailboxView view, IReadOnlyList<int> changed, CancellationToken cancellation)
    {
        if (_byTag.Count == 0 || changed.Count == 0) return;
        foreach (var (tag, (run, uids)) in _byTag)
        {
            var searcher = new Searcher(session, view);
            List<int> added = [], removed = [];
            foreach (var row in changed)
            {
                var uid = view.Messages.UidAt(row);
                if (await MatchesAsync(searcher, run.Key, row, cancellation))
                {
                    if (uids.Add(uid)) added.Add(row);
                }
                else if (uids.Remove(uid))
                {
                    removed.Add(row);
                }
            }

            if (removed.Count > 0) Write(session, view, tag, run, " REMOVEFROM (0 "u8, removed);
            if (added.Count > 0) Write(session, view, tag, run, " ADDTO (0 "u8, added);
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

    private static async ValueTask<bool> MatchesAsync(Searcher searcher, SearchKey key, int row, CancellationToken cancellation)
    {
        try
        {
            return await searcher.MatchesAsync(key, row, cancellation);
        }
        catch (ContentException)
        {
            return false;
        }
    }

    private static void Write(
        ImapSession session, MailboxView view, string tag, SearchRun run, ReadOnlySpan<byte> what, List<int> rows)
    {
        var writer = new WireWriter(session.Output);
        SearchRun.WriteHead(ref writer, tag, run.ByUid, mailbox: null, session.IsUtf8);
        writer.Raw(what);
        writer.UidSet([.. rows.Select(row => run.NumberOf(view, row))]);
        writer.Raw(")\r\n"u8);
        writer.Commit();
    }
}
