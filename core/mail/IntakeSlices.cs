using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail;

/// <summary>
/// Takes slices of what was dropped for the mail realm into INBOX, in arrival order and exactly once: one change adds a slice's
/// messages and says up to which arrival number the dropbox is taken; its blobs come with that change, and the items are then
/// removed together. Not for use by two at once.
/// </summary>
internal sealed class IntakeSlices(AccountId account, RealmKeys keys, IStore store, MailRealm realm)
{
    /// <summary>Messages of one slice, at most: some 25 ms of work when they are small.</summary>
    public const int SliceMessages = 256;

    /// <summary>
    /// Octets of one slice, at most: some 40 ms of work, and what is held in memory meanwhile. A longer message is a slice of its own.
    /// </summary>
    public const long SliceOctets = 1 << 20;

    private readonly DroppedMessages _messages = new(account, keys, store, realm.Contents);
    private bool _swept;

    /// <summary>Takes the next slice.</summary>
    /// <param name="beforeLarge">Called when the slice is one message that is longer than a slice should be.</param>
    /// <returns>Whether there may be more; or StoreFull, Unavailable, NotFound (no INBOX): what waits goes on waiting.</returns>
    public async ValueTask<Outcome<bool>> TakeAsync(Func<bool> beforeLarge, CancellationToken cancellation)
    {
        var after = realm.State.DropboxThrough;
        var read = await ReadAsync(after, beforeLarge, cancellation);
        if (read.Declined) return read.Refusal;
        var slice = read.Value!;
        if (slice.Messages.Count > 0)
        {
            var taken = await realm.CommitAsync(null, Take(slice.Messages, after, slice.Through), slice.Blobs, cancellation);
            if (taken.Declined) return taken.Refusal;
            if (taken.Value.FirstUid == 0) return true; // Another writer of the account took some of it: look again.
            await SummarizeAsync(slice.Messages, taken.Value.Mailbox, taken.Value.FirstUid);
        }

        if (slice.Through > 0)
        {
            _swept = false; // Until it is known that nothing which was taken is left in the dropbox.
            var removed = await store.Dropbox.DeleteAsync(account, Realm.Mail, slice.Through, slice.Parts, CancellationToken.None);
            if (removed != Refusal.None) return removed;
        }

        _swept = true;
        return slice.More;
    }

    /// <summary>Opens items until the slice is full. At first, and after a failure, also finds what was taken and not removed.</summary>
    private async ValueTask<Outcome<Slice>> ReadAsync(ulong after, Func<bool> beforeLarge, CancellationToken cancellation)
    {
        var slice = new Slice();
        var octets = 0L;
        var items = 0;
        await foreach (var (number, bytes) in store.Dropbox.ReadAsync(account, Realm.Mail, _swept ? after : 0, cancellation))
        {
            var dropped = _messages.Open(bytes);
            var length = dropped?.Length ?? bytes.Length;
            if (items == SliceMessages || (items > 0 && octets + length > SliceOctets))
            {
                slice.More = true;
                break;
            }

            if (dropped is null && number > after && await _messages.IsAheadAsync(bytes, cancellation))
            {
                if (items == 0) return Refusal.Unavailable;
                slice.More = true;
                break;
            }

            if (number > after)
            {
                if (length > SliceOctets) beforeLarge();
                var refusal = await AddAsync(slice, number, bytes, dropped, cancellation);
                if (refusal != Refusal.None) return refusal;
            }
            else if (dropped is not null)
            {
                slice.Parts.AddRange(dropped.Parts);
            }

            slice.Through = number;
            octets += length;
            items++;
        }

        return slice;
    }

    private async ValueTask<Refusal> AddAsync(
        Slice slice, ulong number, byte[] bytes, DroppedMessage? dropped, CancellationToken cancellation)
    {
        var written = dropped is null
            ? await _messages.DamagedAsync(number, bytes, cancellation)
            : await _messages.WriteAsync(dropped, number, bytes, cancellation);
        if (written.Declined) return written.Refusal;
        slice.Messages.Add(written.Value.Message);
        slice.Blobs.AddRange(written.Value.Message.Content.Blobs);
        slice.Parts.AddRange(written.Value.Parts);
        return Refusal.None;
    }

    private async ValueTask SummarizeAsync(List<NewMessage> messages, MailboxId mailbox, uint firstUid)
    {
        for (var i = 0; i < messages.Count; i++)
        {
            await realm.Summaries.PutAsync(mailbox, firstUid + (uint)i, messages[i].Summary!, CancellationToken.None);
        }
    }

    private static Func<MailState, DateTimeOffset, Proposal<(MailboxId Mailbox, uint FirstUid)>> Take(
        List<NewMessage> messages, ulong after, ulong through) => (state, now) =>
    {
        if (state.DropboxThrough != after) return Proposal<(MailboxId, uint)>.Nothing(default);
        var draft = new MailDraft(state, now);
        if (state.Find(MailboxNames.Inbox) is not { } inbox) return Refusal.NotFound;
        var (first, mailbox) = (inbox.UidNext, inbox);
        foreach (var message in messages)
        {
            draft.Add(MailChanges.Added(message, mailbox, now));
            mailbox = mailbox with { UidNext = mailbox.UidNext + 1 };
        }

        draft.Change.Operations.Add(new Operation { DropboxTaken = new DropboxTaken { Through = through } });
        return Proposal<(MailboxId, uint)>.Commit(draft.Change, (inbox.Id, first));
    };

    private sealed class Slice
    {
        public List<NewMessage> Messages { get; } = [];

        public List<SealedBlob> Blobs { get; } = [];

        /// <summary>Blobs of the dropbox that go with the items.</summary>
        public List<BlobName> Parts { get; } = [];

        /// <summary>Arrival number of the last item; 0 when there was none.</summary>
        public ulong Through { get; set; }

        public bool More { get; set; }
    }
}
