using CompatBot.Core.Content;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;

namespace CompatBot.Core.Items;

/// <summary>
/// The garbage collector of an open realm of items: forgets what was removed or replaced before the horizon, marks what state and
/// history name, and releases the realm's other blobs. It runs beside writes, and each step may be the last one before a crash.
/// </summary>
/// <remarks>
/// What was removed or replaced stands, whole, in the entry that did so: history is the entries behind the forgotten ones, and the
/// collections that were removed. Why no live item can go is said at the mail realm's collector.
/// </remarks>
internal sealed class ItemCollector(IStore store, ItemRealm realm)
{
    private readonly BlobSweep _sweep = new(realm.Contents, store.Blobs);
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <param name="horizon">How long what was removed can be brought back.</param>
    /// <param name="pace">How fast.</param>
    /// <param name="cancellation">Between two steps.</param>
    /// <returns>What was done; Damaged when journal or content do not read: then nothing is released; Unavailable.</returns>
    public async ValueTask<Outcome<CollectReport>> CollectAsync(TimeSpan horizon, Pace pace, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            return await CollectAloneAsync(horizon, pace, cancellation);
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

    private async ValueTask<Outcome<CollectReport>> CollectAloneAsync(TimeSpan horizon, Pace pace, CancellationToken cancellation)
    {
        var expired = await realm.CommitAsync<bool>(null, ItemUploads.Expire, [], cancellation);
        if (expired.Declined) return expired.Refusal;
        var forgotten = await ForgetAsync(realm.Contents.Now - horizon, cancellation);
        if (forgotten.Declined) return forgotten.Refusal;
        await realm.SaveAsync(cancellation); // Snapshots hold keys of what was forgotten.

        var started = realm.Contents.Now; // Before the state is taken: what is put from here on is younger than any mark.
        var state = await realm.SettledAsync(cancellation);
        var marks = new BlobMarks();
        if (!await MarkAsync(state, row => row.Contents, marks, pace, cancellation)) return Refusal.Damaged;
        var swept = await _sweep.SweepAsync(
            BlobHolder.Of(realm.Realm), marks, started - Content.Contents.PutGrace, pace, cancellation);
        if (swept.Declined) return swept.Refusal;
        if (realm.Drops is { } drops && await drops.MarkAsync(cancellation) is { } waiting)
        {
            // Parts of a file that did not open were delivered as they are: they stay as long as anything deleted does.
            var putBefore = started - (horizon > Content.Contents.PutGrace ? horizon : Content.Contents.PutGrace);
            var parts = await _sweep.SweepAsync(BlobHolder.DropOf(Realm.Files), waiting, putBefore, pace, cancellation);
            if (parts.Declined) return parts.Refusal;
        }

        var erased = await store.Blobs.EraseAsync(cancellation) == Refusal.None;
        var released = swept.Value.Released;
        return new CollectReport(
            state.ForgottenThrough, forgotten.Value, marks.Count, swept.Value.Seen, released.Blobs, released.Bytes, erased);
    }

    /// <summary>Forgets what was removed or replaced up to a time.</summary>
    /// <returns>How many items and collections.</returns>
    private async ValueTask<Outcome<long>> ForgetAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        var state = await realm.SettledAsync(cancellation);
        var through = await realm.Past.SequenceAtAsync(before, cancellation);
        if (through <= state.ForgottenThrough) return 0;
        var count = 0L;
        await foreach (var _ in ItemHistory.GoneAsync(realm.Past.EntriesAsync(state.ForgottenThrough, through, cancellation))) count++;
        foreach (var id in state.Removed.Where(id => state.Collections[id].RemovedAt <= through))
        {
            count += state.Subtree(id).Sum(collection => 1 + collection.Count);
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

    /// <summary>
    /// Marks what is opened by who has nothing but its URL: files that calendar objects name, or named before they were removed, and
    /// listings of links.
    /// </summary>
    /// <returns>False when that can not be told: a chunk list, or a link, does not open.</returns>
    /// <exception cref="JournalException">The journal is damaged.</exception>
    public async ValueTask<bool> MarkBareAsync(BlobMarks marks, Pace pace, CancellationToken cancellation)
    {
        static IEnumerable<ContentRef> Attached(ItemRow row) => row.Attachments.Select(one => one.Content);
        var state = await realm.SettledAsync(cancellation);
        return realm.Realm == Realm.Calendar
            ? await MarkAsync(state, Attached, marks, pace, cancellation)
            : await realm.Shares.MarkAsync(_sweep, marks, cancellation);
    }

    /// <summary>Marks what rows of state and history name, and what links do; false when a chunk list can not be read.</summary>
    private async ValueTask<bool> MarkAsync(
        ItemState state, Func<ItemRow, IEnumerable<ContentRef>> contentsOf, BlobMarks marks, Pace pace, CancellationToken cancellation)
    {
        foreach (var collection in state.Collections.Values)
        {
            foreach (var row in (await realm.TableAsync(state, collection, cancellation)).Rows)
            {
                if (!await MarkAsync(contentsOf(row), marks, cancellation)) return false;
            }

            await pace.RestAsync(cancellation);
        }

        await foreach (var gone in ItemHistory.GoneAsync(realm.Past.EntriesAsync(state.ForgottenThrough, state.Sequence, cancellation)))
        {
            if (!await MarkAsync(contentsOf(gone.Row), marks, cancellation)) return false;
        }

        return await realm.Shares.MarkAsync(_sweep, marks, cancellation);
    }

    private async ValueTask<bool> MarkAsync(IEnumerable<ContentRef> contents, BlobMarks marks, CancellationToken cancellation)
    {
        foreach (var content in contents)
        {
            if (!await _sweep.MarkAsync(content, marks, cancellation)) return false;
        }

        return true;
    }
}
