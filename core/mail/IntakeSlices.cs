using CompatBot.Core.Identity;
using CompatBot.Core.Mail.Filters;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail;

/// <summary>
/// Takes slices of what was dropped for the mail realm into INBOX, or where the account's filter wants it, in arrival order and exactly
/// once: one change adds a slice's messages and says up to which arrival number the dropbox is taken; its blobs come with that change,
/// and the items are then removed together. Not for use by two at once.
/// </summary>
internal sealed class IntakeSlices(AccountId account, RealmKeys keys, IStore store, MailRealm realm, IMailFilter? filter,
    IMailArrivals? arrivals)
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
        if (filter is null && realm.State.Filters.Active is not null) return false; // It waits for somebody who can ask the script.
        var after = realm.State.DropboxThrough;
        var read = await ReadAsync(after, beforeLarge, cancellation);
        if (read.Declined) return read.Refusal;
        var slice = read.Value!;
        if (slice.Count > 0)
        {
            var taken = await realm.CommitAsync(null, IntakeChange.Build(slice, after), slice.Blobs, cancellation);
            if (taken.Declined) return taken.Refusal;
            if (taken.Value is not { } places) return true; // Another writer of the account took some of it: look again.
            foreach (var place in places)
            {
                await realm.Summaries.PutAsync(place.Mailbox, place.Uid, place.Summary, CancellationToken.None);
            }
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
    private async ValueTask<Outcome<IntakeSlice>> ReadAsync(ulong after, Func<bool> beforeLarge, CancellationToken cancellation)
    {
        var slice = new IntakeSlice();
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

            if (dropped is null && number > after && await DropEpochs.IsAheadAsync(store.Directory, account, keys, bytes, cancellation))
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
        IntakeSlice slice, ulong number, byte[] bytes, DroppedMessage? dropped, CancellationToken cancellation)
    {
        var judged = await JudgeAsync(slice, dropped, cancellation);
        if (judged.Declined) return judged.Refusal;
        var verdict = judged.Value!;

        if (arrivals is not null && dropped is { Parts.Length: 0, Mail.IsSuspect: false } && verdict.Stores.Count > 0)
        {
            var told = await arrivals.ArrivedAsync(account, dropped.Mail.Content.Memory, cancellation);
            if (told != Refusal.None) return told;
        }

        // A copy with another header has content of its own.
        slice.Count++;
        slice.Memories.AddRange(verdict.Memories);
        if (verdict.Stores.Count == 0) slice.Parts.AddRange(dropped!.Parts);
        foreach (var copies in verdict.Stores.GroupBy(store => store.Header))
        {
            var written = dropped is null
                ? await _messages.DamagedAsync(number, bytes, cancellation)
                : await _messages.WriteAsync(dropped, number, bytes, copies.Key, cancellation);
            if (written.Declined) return written.Refusal;
            var (message, parts) = (written.Value!.Message, written.Value.Parts);
            slice.Blobs.AddRange(message.Content.Blobs);
            slice.Messages.AddRange(copies.Select(store => (message, store)));
            slice.Parts.AddRange(parts);
        }

        return Refusal.None;
    }

    private async ValueTask<Outcome<FilterVerdict>> JudgeAsync(
        IntakeSlice slice, DroppedMessage? dropped, CancellationToken cancellation)
    {
        if (dropped is null) return FilterVerdict.Keep;
        if (filter is null || realm.State.Filters.Active is null) return dropped.Mail.IsSuspect ? FilterVerdict.Junk : FilterVerdict.Keep;
        try
        {
            return await filter.JudgeAsync(_messages.Filtered(dropped, realm.State, slice.Remembers), cancellation);
        }
        catch (InvalidDataException)
        {
            return FilterVerdict.Keep; // It is damaged: its owner is told so in INBOX.
        }
    }
}
