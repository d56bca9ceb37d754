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

    private static Refusal Free(ItemState state, ItemPlace place, int levels)
    {
        if (place.IsRoot) return Refusal.NotPermitted;
        var isTaken = state.Collection(place) is not null || state.Item(place) is not null;
        return isTaken ? Refusal.AlreadyExists : ItemChanges.Room(state, place, levels);
    }
}
