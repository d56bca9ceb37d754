using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;

namespace CompatBot.Core.Items;

/// <summary>
/// Brings back what was removed or replaced, as long as it is not forgotten: by reference, for its octets are still there. A change is
/// refused when the garbage collector forgot it meanwhile, so that nothing comes back without its octets.
/// </summary>
internal static class ItemRestoring
{
    /// <summary>Items and collections of a past state that come back in one step: they stand in one entry of the journal.</summary>
    public const int RestoredMax = 50_000;

    public static Func<ItemState, DateTimeOffset, Proposal<ItemRow>> Item(GoneItem gone, ItemPlace place) => (state, _) =>
    {
        if (state.ForgottenThrough >= gone.GoneAt) return Refusal.NotFound;
        if (Free(state, place, levels: 0) is var refusal and not Refusal.None) return refusal;
        var row = gone.Row with { Id = state.NextId, Name = place.Name, Version = 1 };
        return Proposal<ItemRow>.Commit(new Change { Operations = { ItemChanges.Putting(place.Parent, row, replaced: null) } }, row);
    };

    public static Func<ItemState, DateTimeOffset, Proposal<bool>> Collection(CollectionId id, ItemPlace place) => (state, _) =>
    {
        if (!state.Removed.Contains(id) || state.Find(id) is not { } collection) return Refusal.NotFound;
        var levels = state.Subtree(id).Max(one => state.LevelOf(one.Id)) - state.LevelOf(collection.Parent);
        if (Free(state, place, levels) is var refusal and not Refusal.None) return refusal;
        var restored = new CollectionRestored { Collection = id.Value, Parent = place.Parent.Value, Name = place.Name };
        return Proposal<bool>.Commit(new Change { Operations = { new Operation { CollectionRestored = restored } } }, true);
    };

    /// <summary>What was at a place in a past state, with all that was below it; at most <see cref="RestoredMax"/> of it.</summary>
    public static Func<ItemState, DateTimeOffset, Proposal<bool>> Past(
        ItemState past, Found found, ItemPlace place, bool overwrite, ItemGuard? guard) => (state, now) =>
    {
        if (ItemChanges.Judge(state, guard) is var refusal and not Refusal.None) return refusal;
        if (state.ForgottenThrough > past.Sequence) return Refusal.NotFound;
        if (place.IsRoot || found.IsNothing) return Refusal.NotPermitted;
        var isNew = state.Collection(place) is null && state.Item(place) is null;
        if (!isNew && !overwrite) return Refusal.AlreadyExists;
        var levels = found.Collection is not { } top ? 0
            : past.Subtree(top.Id).Max(one => past.LevelOf(one.Id)) - past.LevelOf(top.Id) + 1;
        if (ItemChanges.Room(state, place, levels) is var full and not Refusal.None) return full;
        var change = new Change();
        if (found.Item is { } item)
        {
            var replaced = state.Item(place);
            if (replaced is null) ItemChanges.Clear(state, place, change);
            var row = item with { Id = replaced?.Id ?? state.NextId, Name = place.Name, Version = (replaced?.Version ?? 0) + 1 };
            change.Operations.Add(ItemChanges.Putting(place.Parent, row, replaced));
            return Proposal<bool>.Commit(change, isNew);
        }

        ItemChanges.Clear(state, place, change);
        var (next, copies) = (state.NextId, new Dictionary<CollectionId, CollectionId>());
        foreach (var one in past.Subtree(found.Collection!.Id))
        {
            var isTop = copies.Count == 0;
            var copy = new CollectionId(next++);
            copies.Add(one.Id, copy);
            var created = new CollectionCreated
            {
                Collection = copy.Value,
                Parent = (isTop ? place.Parent : copies[one.Parent]).Value,
                Name = isTop ? place.Name : one.Name,
                Kind = (uint)one.Kind,
                Components = (uint)one.Components,
                Created = isTop ? JournalClock.MicrosecondsOf(now) : one.Created,
            };
            created.Properties.AddRange(ItemProperties.Write(one.Properties));
            change.Operations.Add(new Operation { CollectionCreated = created });
            if (change.Operations.Count + one.Count > RestoredMax) return Refusal.TooMany;
            foreach (var row in one.Items.Rows)
            {
                change.Operations.Add(ItemChanges.Putting(copy, row with { Id = next++, Version = 1 }, replaced: null));
            }
        }

        return Proposal<bool>.Commit(change, isNew);
    };

    private static Refusal Free(ItemState state, ItemPlace place, int levels)
    {
        if (place.IsRoot) return Refusal.NotPermitted;
        var isTaken = state.Collection(place) is not null || state.Item(place) is not null;
        return isTaken ? Refusal.AlreadyExists : ItemChanges.Room(state, place, levels);
    }
}
