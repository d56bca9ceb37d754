using CompatBot.Protocols.Imap.Sorting;

namespace CompatBot.Protocols.Imap.Searching;

/// <summary>A result that is kept up to date. Places are those of RFC 5267 section 4.3.4: from 1, or 0 where there is no order.</summary>
internal interface IKeptResult
{
    SearchRun Run { get; }

    /// <summary>Drops what is in the mailbox no more.</summary>
    void Forget(MailboxView view);

    /// <returns>The place of a message that came in; null: it was in.</returns>
    ValueTask<int?> AddAsync(ImapSession session, MailboxView view, int row, CancellationToken cancellation);

    /// <returns>The place that it had; null: it was not in.</returns>
    int? Remove(uint uid);
}

/// <summary>Of a SEARCH.</summary>
internal sealed class KeptSearch(IEnumerable<uint> uids) : IKeptResult
{
    private readonly HashSet<uint> _uids = [.. uids];

    public required SearchRun Run { get; init; }

    public void Forget(MailboxView view)
    {
        // A UID never comes back, so what is gone does no harm.
    }

    public ValueTask<int?> AddAsync(ImapSession session, MailboxView view, int row, CancellationToken cancellation) =>
        new(_uids.Add(view.Messages.UidAt(row)) ? 0 : null);

    public int? Remove(uint uid) => _uids.Remove(uid) ? 0 : null;
}

/// <summary>Of a SORT: the messages in its order.</summary>
internal sealed class KeptSort(Sorter order, IEnumerable<uint> uids) : IKeptResult
{
    private readonly List<uint> _uids = [.. uids];
    private readonly HashSet<uint> _among = [.. uids];

    public required SearchRun Run { get; init; }

    public void Forget(MailboxView view) => _uids.RemoveAll(uid => view.Messages.IndexOf(uid) < 0 && _among.Remove(uid));

    public async ValueTask<int?> AddAsync(ImapSession session, MailboxView view, int row, CancellationToken cancellation)
    {
        var uid = view.Messages.UidAt(row);
        if (_among.Contains(uid)) return null;
        var added = await SortedMessage.ReadAsync(session, view, row, cancellation);
        var (low, high) = (0, _uids.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var other = await SortedMessage.ReadAsync(session, view, view.Messages.IndexOf(_uids[middle]), cancellation);
            if (order.Compare(other, added) < 0) low = middle + 1;
            else high = middle;
        }

        _uids.Insert(low, uid);
        _among.Add(uid);
        return low + 1;
    }

    public int? Remove(uint uid)
    {
        if (!_among.Remove(uid)) return null;
        var at = _uids.IndexOf(uid);
        _uids.RemoveAt(at);
        return at + 1;
    }
}
