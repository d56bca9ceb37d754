using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Birthdays;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Content;
using CompatBot.Core.Items.Sharing;
using CompatBot.Core.Journal;
using CompatBot.Core.Store;
using CompatBot.Formats.Vobject;

namespace CompatBot.Core.Items;

/// <summary>
/// One realm of items (files, calendar, contacts) of an account as one device may use it. Every change is durable when its answer is
/// there. Names are folded here. Any change may also answer NotPermitted (a read-only device), what its guard says, Conflict, OverQuota,
/// StoreFull or Unavailable.
/// </summary>
public sealed class ItemStore(ItemRealm realm, DeviceId? device, bool readOnly)
{
    private readonly ItemState? _past;

    private ItemStore(ItemRealm realm, DeviceId? device, ItemState past)
        : this(realm, device, readOnly: true) => _past = past;

    /// <summary>The newest durable state, or the one of the moment that this store is of; an immutable picture.</summary>
    public ItemState State => _past ?? realm.State;

    public Realm Realm => realm.Realm;

    /// <summary>Nothing can be changed: by this device, or because it is past.</summary>
    public bool ReadOnly => readOnly;

    /// <summary>It is of a moment that is over.</summary>
    public bool IsPast => _past is not null;

    /// <summary>Wakes after each durable change of the account.</summary>
    /// <param name="changed">As in <see cref="ChangeFeed.Watch"/>.</param>
    public ChangeWatch Watch(Action changed) => realm.Changes.Watch(changed);

    /// <summary>A collection with its items; null when it is not there.</summary>
    public ValueTask<CollectionState?> OpenAsync(CollectionId id, CancellationToken cancellation) =>
        _past is null ? realm.LoadAsync(id, cancellation) : new(_past.Find(id));

    /// <summary>The store as it was at a time, which nobody changes.</summary>
    /// <returns>Null for a time to come, and for one before which it is forgotten what was deleted.</returns>
    /// <exception cref="JournalException">The journal does not read.</exception>
    public async ValueTask<ItemStore?> AtAsync(DateTimeOffset time, CancellationToken cancellation) =>
        await realm.Moments.AtAsync(time, cancellation) is { } past ? new ItemStore(realm, device, past) : null;

    /// <summary>Whether a path leads into the past (<see cref="ItemMoments"/>).</summary>
    public async ValueTask<bool> IsPastAsync(IReadOnlyList<string> path, CancellationToken cancellation)
    {
        if (realm.Realm != Realm.Files || path.Count == 0 || path[0] != ItemMoments.Folder) return false;
        return await FindAsync([ItemMoments.Folder], cancellation) is { IsNothing: true };
    }

    /// <summary>What lies at the end of a path, also of one that leads into the past: then in the store of that moment.</summary>
    /// <returns>The store to go on with; Found is null as in <see cref="FindAsync(IReadOnlyList{string}, CancellationToken)"/>.</returns>
    /// <exception cref="JournalException">The journal does not read.</exception>
    public async ValueTask<(ItemStore Items, Found? Found)> LookAsync(IReadOnlyList<string> path, CancellationToken cancellation)
    {
        if (!await IsPastAsync(path, cancellation)) return (this, await FindAsync(path, cancellation));
        var past = path.Count == 1 ? new ItemStore(realm, device, await realm.Moments.DaysAsync(cancellation))
            : ItemMoments.Parse(path[1]) is { } time ? await AtAsync(time, cancellation)
            : null;
        return past is null ? (this, null) : (past, await past.FindAsync([.. path.Skip(2)], cancellation));
    }

    /// <summary>What lies at the end of a path. Loads the items of the last collection on it.</summary>
    /// <returns>Null when a collection on the way does not exist.</returns>
    public ValueTask<Found?> FindAsync(IReadOnlyList<string> path, CancellationToken cancellation) =>
        FindAsync(CollectionId.Root, path, cancellation);

    /// <summary>What lies at the end of a path that begins at the root, or at <see cref="CollectionId.Uploads"/>.</summary>
    public async ValueTask<Found?> FindAsync(CollectionId root, IReadOnlyList<string> path, CancellationToken cancellation)
    {
        var state = State;
        var parent = state.Collections[root];
        if (path.Count == 0) return new Found(new ItemPlace(root, ""), parent, null);
        for (var i = 0; i < path.Count - 1; i++)
        {
            if (!parent.Children.TryGetValue(ItemNames.Fold(path[i]), out var next)) return null;
            parent = state.Collections[next];
        }

        if (await OpenAsync(parent.Id, cancellation) is not { } loaded) return null;
        var place = new ItemPlace(loaded.Id, ItemNames.Fold(path[^1]));
        state = State;
        return new Found(place, state.Collection(place), state.Find(loaded.Id)?.Table?.Find(place.Name));
    }

    /// <returns>The new collection; or Invalid (its name), AlreadyExists, NotFound (its parent), TooMany, TooLarge.</returns>
    public async ValueTask<Outcome<CollectionId>> CreateAsync(
        ItemPlace place, NewCollection collection, ItemGuard? guard, CancellationToken cancellation)
    {
        await realm.LoadAsync(place.Parent, cancellation);
        return await CommitAsync(ItemChanges.Create(place, collection, guard), [], cancellation);
    }

    /// <summary>Takes the octets of an item; nothing of it is seen by anybody until <see cref="PutAsync"/>.</summary>
    public ItemWriter Write() => new(realm.Contents);

    /// <summary>The octets of an item.</summary>
    public ContentReader Read(ItemRow row) => realm.Contents.Read(row.Content, row.Size);

    /// <summary>Reads the beginning of several items in one step.</summary>
    public ValueTask LoadAsync(IReadOnlyList<ContentReader> items, CancellationToken cancellation) =>
        realm.Contents.LoadAsync(items, cancellation);

    /// <summary>Calendar objects or contacts, parsed; null for one that does not parse. Some were parsed before and are kept.</summary>
    public ValueTask<IReadOnlyList<Component?>> ParseAsync(IReadOnlyList<ItemRow> rows, CancellationToken cancellation) =>
        realm.ParseAsync(rows, cancellation);

    /// <summary>Puts written content at a place, in the place of what the item there had.</summary>
    /// <returns>The item; or Invalid, AlreadyExists (a collection is there), NotFound (its parent), TooMany.</returns>
    public ValueTask<Outcome<PutItem>> PutAsync(ItemPlace place, NewItem item, ItemGuard? guard, CancellationToken cancellation) =>
        PutTellingAsync(place, item, null, guard, cancellation);

    /// <summary>The same, and keeps in the same step what has to be sent because of it.</summary>
    public async ValueTask<Outcome<PutItem>> PutTellingAsync(
        ItemPlace place, NewItem item, OutgoingSchedule? outgoing, ItemGuard? guard, CancellationToken cancellation)
    {
        await realm.LoadAsync(place.Parent, cancellation);
        var put = OutgoingSchedule.Keeping(ItemChanges.Put(place, item, guard), outgoing);
        return await CommitAsync(put, [.. item.Blobs, .. outgoing?.Item.Content.Blobs ?? []], cancellation);
    }

    /// <summary>Puts written contents into one collection in one step: all or none.</summary>
    /// <param name="collection">A collection that is there.</param>
    /// <param name="contents">Names, each once, folded here.</param>
    /// <returns>As they were put, in order; or as for one.</returns>
    public async ValueTask<Outcome<IReadOnlyList<PutItem>>> PutAllAsync(
        CollectionId collection, IReadOnlyList<(string Name, NewItem Item)> contents, ItemGuard? guard, CancellationToken cancellation)
    {
        await realm.LoadAsync(collection, cancellation);
        List<(string, NewItem)> folded = [.. contents.Select(one => (ItemNames.Fold(one.Name), one.Item))];
        List<SealedBlob> blobs = [.. contents.SelectMany(one => one.Item.Blobs)];
        return await CommitAsync(ItemChanges.PutAll(collection, folded, [], null, guard), blobs, cancellation);
    }

    /// <summary>Begins an upload in parts (<see cref="ItemUploads"/>).</summary>
    /// <param name="name">Its own.</param>
    /// <param name="notes">What the protocol must know of it again; null: nothing.</param>
    /// <param name="cancellation">Before the commit.</param>
    /// <returns>It; or AlreadyExists, Invalid (its name), TooMany, TooLarge (notes).</returns>
    public ValueTask<Outcome<CollectionId>> BeginUploadAsync(
        string name, IReadOnlyDictionary<string, string>? notes, CancellationToken cancellation) =>
        CommitAsync(ItemUploads.Begin(ItemNames.Fold(name), ItemProperties.None.SetItems(notes ?? ItemProperties.None)), [], cancellation);

    /// <summary>Puts a part of an upload, in the place of one of the same name.</summary>
    /// <param name="place">In an upload.</param>
    /// <param name="part">What it is.</param>
    /// <param name="behind">It goes on behind so many octets; null: parts come in any order.</param>
    /// <param name="cancellation">Before the commit.</param>
    /// <returns>The part; or NotFound (the upload), Conflict (it has come to somewhere else), Invalid (its name), TooMany.</returns>
    public async ValueTask<Outcome<PutItem>> PutPartAsync(
        ItemPlace place, NewItem part, long? behind, CancellationToken cancellation)
    {
        await realm.LoadAsync(place.Parent, cancellation);
        return await CommitAsync(ItemUploads.PutPart(place, part, behind), part.Content.Blobs, cancellation);
    }

    /// <summary>Puts what was joined from an upload's parts, and ends the upload, in one step.</summary>
    /// <param name="upload">As it was when its parts were joined.</param>
    /// <param name="place">Where to.</param>
    /// <param name="item">The parts, joined.</param>
    /// <param name="guard">What the caller demands of the place.</param>
    /// <param name="cancellation">Before the commit.</param>
    /// <returns>As <see cref="PutAsync"/>; Conflict when a part came or changed meanwhile.</returns>
    public async ValueTask<Outcome<PutItem>> FinishUploadAsync(
        CollectionState upload, ItemPlace place, NewItem item, ItemGuard? guard, CancellationToken cancellation)
    {
        await realm.LoadAsync(place.Parent, cancellation);
        return await CommitAsync(ItemUploads.Finish(upload, place, item, guard), item.Content.Blobs, cancellation);
    }

    /// <summary>Erases an upload and its parts.</summary>
    /// <returns>True; or NotFound.</returns>
    public ValueTask<Outcome<bool>> AbortUploadAsync(string name, CancellationToken cancellation) =>
        CommitAsync(ItemUploads.Abort(ItemNames.Fold(name)), [], cancellation);

    /// <summary>Puts what was joined from other items in the place of them, in one step: they are removed.</summary>
    /// <returns>As <see cref="PutAsync"/>; Conflict when one of them is not as it was.</returns>
    public async ValueTask<Outcome<PutItem>> JoinAsync(
        ItemPlace place,
        NewItem item,
        IReadOnlyList<(ItemPlace Place, ItemRow Row)> parts,
        ItemGuard? guard,
        CancellationToken cancellation)
    {
        await realm.LoadAsync(place.Parent, cancellation);
        foreach (var part in parts) await realm.LoadAsync(part.Place.Parent, cancellation);
        return await CommitAsync(ItemChanges.Join(place, item, parts, guard), item.Content.Blobs, cancellation);
    }

    /// <summary>Says when an item was changed last, and made.</summary>
    /// <param name="place">Of the item.</param>
    /// <param name="modified">Microseconds since 1970 UTC; null: stays.</param>
    /// <param name="created">The same.</param>
    /// <param name="guard">What the caller demands.</param>
    /// <param name="cancellation">Before the commit.</param>
    /// <returns>True; or NotFound.</returns>
    public async ValueTask<Outcome<bool>> SetTimesAsync(
        ItemPlace place, long? modified, long? created, ItemGuard? guard, CancellationToken cancellation)
    {
        await realm.LoadAsync(place.Parent, cancellation);
        return await CommitAsync(ItemChanges.SetTimes(place, modified, created, guard), [], cancellation);
    }

    /// <summary>Removes an item, or a collection with all that is below it.</summary>
    /// <returns>True; or NotFound, NotPermitted (the root).</returns>
    public ValueTask<Outcome<bool>> RemoveAsync(ItemPlace place, ItemGuard? guard, CancellationToken cancellation) =>
        RemoveTellingAsync(place, null, guard, cancellation);

    /// <summary>The same, and keeps in the same step what has to be sent because of it.</summary>
    public async ValueTask<Outcome<bool>> RemoveTellingAsync(
        ItemPlace place, OutgoingSchedule? outgoing, ItemGuard? guard, CancellationToken cancellation)
    {
        await realm.LoadAsync(place.Parent, cancellation);
        var removal = OutgoingSchedule.Keeping(ItemChanges.Remove(place, guard), outgoing);
        return await CommitAsync(removal, outgoing?.Item.Content.Blobs ?? [], cancellation);
    }

    /// <summary>Copies or moves an item, or a collection with all that is below it, in one step, by reference.</summary>
    /// <returns>
    /// Whether nothing was at the target before; or NotFound (either, or the target's parent), NotPermitted (the root, onto itself, into
    /// itself, over what it is in), AlreadyExists, Invalid, TooMany.
    /// </returns>
    public async ValueTask<Outcome<bool>> TransferAsync(
        ItemPlace from, ItemPlace to, Transfer how, ItemGuard? guard, CancellationToken cancellation)
    {
        await realm.LoadAsync(from.Parent, cancellation);
        await realm.LoadAsync(to.Parent, cancellation);
        return await CommitAsync(ItemChanges.Transfer(from, to, how, guard), [], cancellation);
    }

    /// <summary>Sets properties, or removes those whose value is null.</summary>
    /// <returns>True; or NotFound, TooLarge (<see cref="ItemProperties"/>).</returns>
    public async ValueTask<Outcome<bool>> DescribeAsync(
        ItemPlace place, IReadOnlyDictionary<string, string?> changes, ItemGuard? guard, CancellationToken cancellation)
    {
        await realm.LoadAsync(place.Parent, cancellation);
        return await CommitAsync(ItemChanges.Describe(place, changes, guard), [], cancellation);
    }

    /// <summary>Says with whom a collection is shared; its share begins anew, in the same step, for those who get keys for it.</summary>
    /// <param name="change">From who shares it now to who is to.</param>
    /// <returns>True; or NotFound, TooLarge (to begin, or the property).</returns>
    internal async ValueTask<Outcome<bool>> ShareAsync(
        CollectionId id, Func<IReadOnlyList<CalendarShare>, IReadOnlyList<CalendarShare>> change, CancellationToken cancellation)
    {
        await realm.LoadAsync(id, cancellation);
        var before = State.Shares.GetValueOrDefault(id);
        var shared = await ShareAsync(id, change, ends: false, cancellation);

        // What has grown too large since it was shared must not keep its owner from taking it back: then nobody has it any more.
        if (shared.Refusal == Refusal.TooLarge && before is not null) shared = await ShareAsync(id, change, ends: true, cancellation);
        var isOver = before is not null && State.Shares.GetValueOrDefault(id)?.Number != before.Number;
        if (isOver) await realm.ForgetAsync(before!, cancellation);
        return shared;
    }

    private ValueTask<Outcome<bool>> ShareAsync(
        CollectionId id,
        Func<IReadOnlyList<CalendarShare>, IReadOnlyList<CalendarShare>> change,
        bool ends,
        CancellationToken cancellation) =>
        CommitAsync(
            (state, now) =>
            {
                if (state.Find(id) is not { RemovedAt: 0 } collection) return Refusal.NotFound;
                var members = change(CalendarShare.Of(collection));
                var property = new Dictionary<string, string?> { [CalendarShare.Property] = CalendarShare.Write(id, members) };
                var described = ItemChanges.Describe(new ItemPlace(collection.Parent, collection.Name), property, null)(state, now);
                if (realm.Beginning(state, id, ends ? [] : members) is { } beginning) described.Change?.Operations.Add(beginning);
                return described;
            },
            [],
            cancellation);

    /// <summary>Takes a lock, or extends the one with that token. The guard says whether it may.</summary>
    public async ValueTask<Outcome<bool>> LockAsync(ItemLock wanted, ItemGuard? guard, CancellationToken cancellation)
    {
        await realm.LoadAsync(wanted.Place.Parent, cancellation);
        return await CommitAsync(ItemLocks.Take(wanted, guard), [], cancellation);
    }

    /// <returns>True; NotFound when there is no such lock.</returns>
    public ValueTask<Outcome<bool>> UnlockAsync(string token, ItemGuard? guard, CancellationToken cancellation) =>
        CommitAsync(ItemLocks.Release(token, guard), [], cancellation);

    /// <summary>
    /// What changed behind an entry in a collection: its members that are new or changed, and the names where nothing is any more. Costs
    /// what changed, not what is there.
    /// </summary>
    /// <exception cref="JournalException">The journal does not read.</exception>
    public async ValueTask<ChangedMembers?> ChangesAsync(CollectionId id, ulong after, CancellationToken cancellation)
    {
        if (await OpenAsync(id, cancellation) is null) return null;
        var state = State;
        if (state.Find(id) is not { RemovedAt: 0, Table: { } table } collection) return null;
        var items = table.ChangedAfter(collection.CreatedAt > after ? 0 : after).ToList();
        var collections = collection.Children.Values.Select(child => state.Collections[child])
            .Where(child => child.ChangedAt > after || child.CreatedAt > after || collection.CreatedAt > after).ToList();
        if (after == 0 || collection.ChangedAt <= after) return new ChangedMembers(state.Sequence, items, collections, []);
        var gone = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var place in ItemHistory.LeftAsync(realm.Past.EntriesAsync(after, state.Sequence, cancellation)))
        {
            var isThere = table.Find(place.Name) is not null || collection.Children.ContainsKey(place.Name);
            if (place.Parent == id && !isThere) gone.Add(place.Name);
        }

        return new ChangedMembers(state.Sequence, items, collections, [.. gone]);
    }

    /// <summary>Items that were removed or replaced and can be brought back, in the order in which they went.</summary>
    /// <exception cref="JournalException">The journal does not read.</exception>
    public IAsyncEnumerable<GoneItem> GoneAsync(CancellationToken cancellation) =>
        ItemHistory.GoneAsync(realm.Past.EntriesAsync(State.ForgottenThrough, State.Sequence, cancellation))
            .Where(gone => !ItemUploads.Holds(State, gone.Collection));

    /// <summary>Puts an item that is gone to a place where nothing is.</summary>
    /// <returns>The item; or NotFound (it is forgotten, or the parent is not there), AlreadyExists, Invalid, TooMany.</returns>
    public async ValueTask<Outcome<ItemRow>> RestoreAsync(GoneItem gone, ItemPlace place, CancellationToken cancellation)
    {
        await realm.LoadAsync(place.Parent, cancellation);
        return await CommitAsync(ItemRestoring.Item(gone, place), [], cancellation);
    }

    /// <summary>Puts a collection that was removed, with all that was in it, to a place where nothing is.</summary>
    /// <returns>True; or as above.</returns>
    public async ValueTask<Outcome<bool>> RestoreAsync(CollectionId gone, ItemPlace place, CancellationToken cancellation)
    {
        await realm.LoadAsync(place.Parent, cancellation);
        return await CommitAsync(ItemRestoring.Collection(gone, place), [], cancellation);
    }

    /// <summary>Puts what was at a path of a past state to a place, with all that was below it, by reference and in one step.</summary>
    /// <param name="past">Of <see cref="AtAsync"/>.</param>
    /// <param name="found">In it.</param>
    /// <param name="place">Where to.</param>
    /// <param name="overwrite">What is there goes.</param>
    /// <param name="guard">What the caller demands of the place.</param>
    /// <param name="cancellation">Before the commit.</param>
    /// <returns>
    /// Whether nothing was there; or NotFound (it is forgotten meanwhile, or the parent is not there), AlreadyExists, Invalid, TooMany.
    /// </returns>
    public async ValueTask<Outcome<bool>> RestoreAsync(
        ItemStore past, Found found, ItemPlace place, bool overwrite, ItemGuard? guard, CancellationToken cancellation)
    {
        await realm.LoadAsync(place.Parent, cancellation);
        return await CommitAsync(ItemRestoring.Past(past.State, found, place, overwrite, guard), [], cancellation);
    }

    private ValueTask<Outcome<T>> CommitAsync<T>(
        Func<ItemState, DateTimeOffset, Proposal<T>> build, IReadOnlyList<SealedBlob> blobs, CancellationToken cancellation) =>
        readOnly
            ? new(Refusal.NotPermitted)
            : realm.CommitAsync(device, (state, now) => Guard(state, build(state, now)), blobs, cancellation);

    /// <summary>Members change what is shared, as long as it is.</summary>
    private Proposal<T> Guard<T>(ItemState state, Proposal<T> proposal) =>
        realm.Share is not { } share ? BirthdayCalendar.Guard(state, proposal)
        : proposal.Change is not { } change || ShareParts.Allows(state, share.Number, change) ? proposal
        : state.Shares.IsEmpty ? Refusal.Unavailable
        : Refusal.NotPermitted;
}

/// <summary>What a path leads to: a collection, an item, or a place where nothing is.</summary>
public sealed record Found(ItemPlace Place, CollectionState? Collection, ItemRow? Item)
{
    public bool IsNothing => Collection is null && Item is null;
}

/// <summary>What changed in a collection.</summary>
/// <param name="Sequence">Of the state that was looked at.</param>
/// <param name="Gone">Names, in ordinal order.</param>
public sealed record ChangedMembers(
    ulong Sequence, IReadOnlyList<ItemRow> Items, IReadOnlyList<CollectionState> Collections, IReadOnlyList<string> Gone);
