using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Items;

/// <summary>The states of a realm of items, whose collections' items are read from the snapshot when they are first needed.</summary>
internal sealed class ItemLog(AccountId account, RealmKeys keys, IStore store) : RealmLog<ItemState>(account, keys, store)
{
    private readonly ItemSnapshots _snapshots = new(account, keys, store.Snapshots);
    private ItemState? _rebuilt;

    internal override async ValueTask StartAsync(CancellationToken cancellation)
    {
        if (await _snapshots.LoadAsync(cancellation) is { } snapshot) Restore(snapshot.State, snapshot.Head);
    }

    internal override ValueTask<Refusal> SaveAsync(ItemState state, JournalHead head, CancellationToken cancellation) =>
        _snapshots.SaveAsync(state, head, cancellation);

    internal override ValueTask<(ItemState State, JournalHead Head)?> SnapshotBeforeAsync(
        ulong sequence, CancellationToken cancellation) => _snapshots.LoadBeforeAsync(sequence, cancellation);

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

    protected override async ValueTask<ItemState> PrepareAsync(ItemState state, Change change, CancellationToken cancellation)
    {
        foreach (var id in ItemState.Touched(change)) state = await WithItemsAsync(state, id, cancellation);
        return state;
    }

    /// <summary>Items that nobody changed since the snapshot, from the journal, when a piece of the snapshot is lost.</summary>
    private async ValueTask<ItemTable> RebuiltAsync(ItemState state, CollectionState collection, CancellationToken cancellation)
    {
        if (_rebuilt?.Find(collection.Id) is null) _rebuilt = await Past.ReplayedAsync(state.Sequence, cancellation);
        return _rebuilt.Find(collection.Id)?.Table ?? throw new JournalException("A collection of the snapshot is not in the journal");
    }
}
