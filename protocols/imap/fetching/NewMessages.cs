using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Fetching;

/// <summary>FETCH responses that nobody asked for just now: of new messages, with what the client wants of them (RFC 5465).</summary>
public static class NewMessages
{
    /// <summary>Tells of messages; none becomes \Seen by it, and what cannot be read is passed over.</summary>
    /// <param name="rows">Of the view, ascending.</param>
    public static async ValueTask TellAsync(
        ImapSession session, MailboxView view, IReadOnlyList<FetchItem> items, List<int> rows, CancellationToken cancellation)
    {
        var fetch = new MessageFetch(session, view, items.Contains(FetchItem.Uid) ? items : [FetchItem.Uid, .. items]);
        await foreach (var (row, source) in new ReadAhead(fetch, session.Limits).ReadAsync(rows, cancellation))
        {
            if (source is not null) await fetch.WriteAsync(row, source, isSeenNow: false, cancellation);
        }
    }
}
