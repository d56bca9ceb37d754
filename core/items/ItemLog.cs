using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Items.Sharing;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Items;

/// <summary>The states of a realm of items, whose collections' items are read from the snapshot when they are first needed.</summary>
internal class ItemLog(AccountId account, RealmKeys keys, IStore store) : RealmLog<ItemState>(account, keys, store), IDisposable
{
    private readonly ISnapshotStore _pieces = store.Snapshots;
    private readonly ItemSnapshots _snapshots = new(account, keys, store.Snapshots);
    private readonly ShareKeys _shareKeys = new(account, keys);
    private ItemState? _rebuilt;

    internal override async ValueTask StartAsync(CancellationToken cancellation)
    {
        if (await _snapshots.LoadAsync(cancellation) is { } snapshot) Restore(snapshot.State, snapshot.Head);
        else StartOver();
    }

    internal override ValueTask<Refusal> SaveAsync(ItemState state, JournalHead head, CancellationToken cancellation) =>
        _snapshots.SaveAsync(state, head, cancellation);

    internal override ValueTask<(ItemState State, JournalHead Head)?> SnapshotBeforeAsync(
        ulong sequence, CancellationToken cancellation) => _snapshots.LoadBeforeAsync(sequence, cancellation);

    /// <summary>Deletes what members of a share that is over have of snapshots.</summary>
    public async ValueTask ForgetAsync(CollectionShare over, CancellationToken cancellation)
    {
        if (_shareKeys.Find(over.Epoch, over.Number) is not { } key) return;
        await new ItemSnapshots(Account, new RealmKeys(key), _pieces).EraseAsync(cancellation);
    }

    public void Dispose() => _shareKeys.Dispose();

    /// <summary>The state with one collection's items in memory.</summary>
    public async ValueTask<ItemState> WithItemsAsync(ItemState state, CollectionId id, CancellationToken cancellation)
    {
        if (state.Find(id) is not { Table: null } collection) return state;
        var opened = collection with { Table = await TableAsync(state, collection, cancellation), Pieces = [] };
        return state with { Collections = state.Collections.SetItem(id, opened) };
    }

    /// <summary>The items of a collection, there or removed; what lies in the snapshot is read and not kept.</summary>
    public async ValueTask<ItemTable> TableAsync(ItemState state, CollectionState collection, CancellationToken cancellation) =>
        collection.Table
        ?? await _snapshots.LoadTableAsync(collection, cancellation)
        ?? await RebuiltAsync(state, collection, cancellation);

    /// <summary>Also for the members of each share that the change concerns.</summary>
    internal override byte[] Seal(Change change, ItemState before, ItemState after, EntryStamp entry, BlobName previous)
    {
        if (before.Shares.IsEmpty && after.Shares.IsEmpty) return base.Seal(change, before, after, entry, previous);
        var parts = new List<NewPart>();
        foreach (var (share, id, part) in ShareParts.Of(before, after, change, entry.Sequence))
        {
            var key = _shareKeys.Find(share.Epoch, share.Number) ?? throw new JournalException("The keys of a share are not known");
            var wraps = share.Number == entry.Sequence ? Wraps(key, share, after.Collections[id]) : [];
            parts.Add(new NewPart(key, share.Number, wraps, part.ToByteArray()));
        }

        var newest = Keys.Newest;
        return EntrySeal.Seal(newest, Account, HeaderOf(newest, entry, previous), change.ToByteArray(), parts);
    }

    /// <summary>Also what a member of a share wrote.</summary>
    internal override Change? Open(in JournalStep step) =>
        step.Header.Realm == Keys.Realm && step.Header.Flags.HasFlag(EntryFlags.HasNoBody)
            ? _shareKeys.OpenPart(step.Bytes.Span) ?? throw NotOpened(step)
            : base.Open(step);

    protected override async ValueTask<ItemState> PrepareAsync(ItemState state, Change change, CancellationToken cancellation)
    {
        foreach (var id in ItemState.Touched(change)) state = await WithItemsAsync(state, id, cancellation);
        return state;
    }

    private List<byte[]> Wraps(RealmKey key, CollectionShare share, CollectionState collection)
    {
        var wraps = new List<byte[]>();
        foreach (var member in CalendarShare.Of(collection).Where(one => one.IsKeyed && share.Devices.Contains(one.Device)))
        {
            if (Keys.Find(member.Epoch) is not { } realm) continue;
            var publicKey = Convert.FromBase64String(member.Key);
            using var memberKey = ShareKey.OfMember(realm, Account, publicKey);
            if (ShareWrap.Seal(key, Account, share.Number, memberKey, publicKey) is { } wrap) wraps.Add(wrap);
        }

        return wraps;
    }

    /// <summary>Items that nobody changed since the snapshot, from the journal, when a piece of the snapshot is lost.</summary>
    private async ValueTask<ItemTable> RebuiltAsync(ItemState state, CollectionState collection, CancellationToken cancellation)
    {
        if (_rebuilt?.Find(collection.Id) is null) _rebuilt = await Past.ReplayedAsync(state.Sequence, cancellation);
        return _rebuilt.Find(collection.Id)?.Table ?? throw new JournalException("A collection of the snapshot is not in the journal");
    }
}
