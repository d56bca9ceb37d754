using CompatBot.Core.Journal;

namespace CompatBot.Core.Mail;

/// <summary>
/// Wakes who watches one mailbox when its messages changed, and nobody else: thousands may watch other mailboxes of the account, and
/// to ask each of them whether a change is news to it would cost more than the change.
/// </summary>
internal sealed class MailboxFeeds
{
    private readonly MailRealm _realm;
    private readonly Lock _lock = new();
    private readonly Dictionary<MailboxId, Watched> _watched = [];

    public MailboxFeeds(MailRealm realm)
    {
        _realm = realm;
        realm.Changes.Watch(Publish); // As long as the realm is there.
    }

    /// <param name="mailbox">Whose messages.</param>
    /// <param name="changed">As in <see cref="ChangeFeed.Watch"/>; also when the mailbox was deleted.</param>
    public ChangeWatch Watch(MailboxId mailbox, Action changed)
    {
        lock (_lock)
        {
            if (!_watched.TryGetValue(mailbox, out var watched))
            {
                watched = new Watched { Seen = _realm.State.Find(mailbox)?.Table };
                _watched[mailbox] = watched;
            }

            return watched.Feed.Watch(changed);
        }
    }

    private void Publish()
    {
        List<ChangeFeed>? changed = null;
        lock (_lock)
        {
            foreach (var (mailbox, watched) in _watched)
            {
                var newest = _realm.State.Find(mailbox);
                if (newest is not null && ReferenceEquals(newest.Table, watched.Seen)) continue;
                watched.Seen = newest?.Table;
                (changed ??= []).Add(watched.Feed);
                if (newest is null) _watched.Remove(mailbox);
            }
        }

        foreach (var feed in changed ?? []) feed.Publish();
    }

    private sealed class Watched
    {
        public ChangeFeed Feed { get; } = new();

        /// <summary>What those who watch were woken for.</summary>
        public MessageTable? Seen { get; set; }
    }
}
