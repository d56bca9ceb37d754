using CompatBot.Core.Content;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail.History;

/// <summary>
/// The garbage collector of an open mail realm: forgets what was deleted before the horizon, marks what state and history name, and
/// releases the realm's other blobs. It runs beside writes. Each step may be the last one before a crash: nothing that anybody can
/// still name goes, and the next collection finds what this one left.
/// </summary>
/// <remarks>
/// Why no live message can go: marks are taken from a settled state. What a later commit names is either named there already (its
/// messages or graves), or was put less than <see cref="Contents.CommitWithin"/> before that commit, and so is younger than
/// <see cref="Contents.PutGrace"/>, which a release passes over. What was forgotten is out of the state before the marking begins.
/// </remarks>
internal sealed class MailCollector(AccountId account, RealmKeys keys, IStore store, MailRealm realm)
{
    private readonly BlobSweep _sweep = new(realm.Contents, store.Blobs);
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <param name="defaultDays">The horizon of an account that chose none.</param>
    /// <param name="pace">How fast.</param>
    /// <param name="cancellation">Between two steps.</param>
    /// <returns>What was done; Damaged when the list of a large message does not open: then nothing is released; Unavailable.</returns>
    public async ValueTask<Outcome<CollectReport>> CollectAsync(int defaultDays, Pace pace, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            return await CollectAloneAsync(defaultDays, pace, cancellation);
        }
        catch (JournalException)
        {
            return Refusal.Damaged;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<Outcome<CollectReport>> CollectAloneAsync(int defaultDays, Pace pace, CancellationToken cancellation)
    {
        var horizon = TimeSpan.FromDays(realm.State.HorizonDays ?? defaultDays);
        var forgotten = await ForgetAsync(realm.Contents.Now - horizon, cancellation);
        if (forgotten.Declined) return forgotten.Refusal;
        await realm.SaveAsync(cancellation); // Snapshots hold keys of what was forgotten.

        var started = realm.Contents.Now; // Before the state is taken: what is put from here on is younger than any mark.
        var state = await realm.SettledAsync(cancellation);
        if (await MarkAsync(state, pace, cancellation) is not { } marks) return Refusal.Damaged;
        var swept = await _sweep.SweepAsync(BlobHolder.Of(Realm.Mail), marks, started - Contents.PutGrace, pace, cancellation);
        if (swept.Declined) return swept.Refusal;
        var released = swept.Value.Released;
        if (await MarkDropsAsync(state, cancellation) is { } drops)
        {
            // Parts of a message that did not open were delivered as they are: they stay as long as anything deleted does.
            var putBefore = started - (horizon > Contents.PutGrace ? horizon : Contents.PutGrace);
            var parts = await _sweep.SweepAsync(BlobHolder.DropOf(Realm.Mail), drops, putBefore, pace, cancellation);
            if (parts.Declined) return parts.Refusal;
            var more = parts.Value.Released;
            released = new ReleasedBlobs(released.Blobs + more.Blobs, released.Bytes + more.Bytes);
        }

        var erased = await store.Blobs.EraseAsync(cancellation) == Refusal.None;
        return new CollectReport(
            state.ForgottenThrough, forgotten.Value, marks.Count, swept.Value.Seen, released.Blobs, released.Bytes, erased);
    }

    /// <summary>Forgets what was deleted up to a time.</summary>
    /// <returns>How many messages and mailboxes.</returns>
    private async ValueTask<Outcome<long>> ForgetAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        var state = await realm.SettledAsync(cancellation);
        if (state.Deleted.IsEmpty && state.Mailboxes.Values.All(mailbox => mailbox.Graves.Count == 0)) return 0;
        var through = await realm.Past.SequenceAtAsync(before, cancellation);
        if (through <= state.ForgottenThrough) return 0;
        var count = 0L;
        foreach (var mailbox in state.Mailboxes.Values.Concat(state.Deleted.Values.Select(deleted => deleted.Mailbox)))
        {
            var uids = await DoomedAsync(state, mailbox, through, cancellation);
            count += uids.Count;
            var refusal = uids.Count == 0 ? Refusal.None : await realm.ForgetAsync(mailbox.Id, uids, cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        foreach (var deleted in state.Deleted.Values.Where(deleted => deleted.Sequence <= through))
        {
            count += 1 + deleted.Mailbox.Count;
            var refusal = await realm.ForgetAsync(deleted.Mailbox, cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        if (count == 0) return 0;
        var change = new Change { Operations = { new Operation { Forgotten = new Forgotten { ThroughSequence = through } } } };
        var committed = await realm.CommitAsync(
            null,
            (newest, _) => newest.ForgottenThrough >= through ? Proposal<bool>.Nothing(true) : Proposal<bool>.Commit(change.Clone(), true),
            [],
            cancellation);
        return committed.Declined ? committed.Refusal : count;
    }

    /// <summary>UIDs, ascending, of the graves that an entry of Forgotten would drop.</summary>
    private async ValueTask<List<uint>> DoomedAsync(
        MailState state, MailboxState mailbox, ulong through, CancellationToken cancellation)
    {
        var uids = new List<uint>();
        await foreach (var segment in realm.GravesAsync(state, mailbox, cancellation))
        {
            for (var i = 0; i < segment.Count && segment.ModSeqs[i] <= through; i++)
            {
                if (segment.ModSeqs[i] > state.ForgottenThrough) uids.Add(segment.Uids[i]);
            }

            if (segment.Count > 0 && segment.ModSeqs[^1] > through) break;
        }

        uids.Sort();
        return uids;
    }

    /// <summary>Everything that state and history name; null when a chunk list can not be read.</summary>
    private async ValueTask<BlobMarks?> MarkAsync(MailState state, Pace pace, CancellationToken cancellation)
    {
        var marks = new BlobMarks();
        foreach (var mailbox in state.Mailboxes.Values.Concat(state.Deleted.Values.Select(deleted => deleted.Mailbox)))
        {
            await foreach (var segment in realm.MessagesAsync(mailbox, cancellation))
            {
                if (!await MarkAsync(segment, 0, marks, cancellation)) return null;
                await pace.RestAsync(cancellation);
            }

            await foreach (var segment in realm.GravesAsync(state, mailbox, cancellation))
            {
                if (!await MarkAsync(segment, state.ForgottenThrough, marks, cancellation)) return null;
                await pace.RestAsync(cancellation);
            }
        }

        return marks;
    }

    private async ValueTask<bool> MarkAsync(MessageSegment segment, ulong after, BlobMarks marks, CancellationToken cancellation)
    {
        for (var i = 0; i < segment.Count; i++)
        {
            if (segment.ModSeqs[i] > after && !await _sweep.MarkAsync(segment.ContentAt(i), marks, cancellation)) return false;
        }

        return true;
    }

    /// <summary>The parts that waiting items name; null when one does not open: then its parts are not known.</summary>
    private async ValueTask<BlobMarks?> MarkDropsAsync(MailState state, CancellationToken cancellation)
    {
        var marks = new BlobMarks();
        await foreach (var (_, bytes) in store.Dropbox.ReadAsync(account, Realm.Mail, state.DropboxThrough, cancellation))
        {
            if (DropSeal.Open(keys, account, bytes) is not { } plain) return null;
            foreach (var part in DroppedMail.Parser.ParseFrom(plain).Parts) marks.Add(new BlobName(part.Span));
        }

        return marks;
    }
}
