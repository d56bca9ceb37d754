using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;

namespace CompatBot.Core.Items;

/// <summary>Locks on places (RFC 4918 section 6): who holds which, and the changes that take and release them. Pure.</summary>
public static class ItemLocks
{
    /// <summary>Most locks in a realm.</summary>
    public const int CountMax = 10_000;

    /// <summary>The locks that bind a place: its own, and infinite ones of collections above it.</summary>
    public static IEnumerable<ItemLock> Over(ItemState state, ItemPlace place, DateTimeOffset now)
    {
        if (state.Locks.IsEmpty) return [];
        var above = new HashSet<ItemPlace>();
        for (var at = place; !at.IsRoot;)
        {
            var parent = state.Find(at.Parent);
            if (parent is null) break;
            at = parent.Id == CollectionId.Root ? ItemPlace.Root : new ItemPlace(parent.Parent, parent.Name);
            above.Add(at);
        }

        return Live(state, now).Where(taken => taken.Place == place || (taken.Infinite && above.Contains(taken.Place)));
    }

    /// <summary>The locks on what lies below a collection, at any depth.</summary>
    public static IEnumerable<ItemLock> Below(ItemState state, CollectionId id, DateTimeOffset now) =>
        Live(state, now).Where(taken => !taken.Place.IsRoot && state.IsWithin(taken.Place.Parent, id));

    internal static Func<ItemState, DateTimeOffset, Proposal<bool>> Take(ItemLock wanted, ItemGuard? guard) => (state, now) =>
    {
        if (ItemChanges.Judge(state, guard) is var refusal and not Refusal.None) return refusal;
        if (!wanted.Place.IsRoot && state.Collection(wanted.Place) is null && state.Item(wanted.Place) is null) return Refusal.NotFound;
        var change = new Change { Operations = { new Operation { LockTaken = ItemChanges.Write(wanted) } } };
        var stale = state.Locks.Values.Where(taken => !IsLive(taken, now)).Select(taken => taken.Token).ToList();
        if (state.Locks.Count - stale.Count >= CountMax) return Refusal.TooMany;
        if (stale.Count > 0)
        {
            change.Operations.Insert(0, new Operation { LockReleased = new LockReleased { Tokens = { stale } } });
        }

        return Proposal<bool>.Commit(change, true);
    };

    internal static Func<ItemState, DateTimeOffset, Proposal<bool>> Release(string token, ItemGuard? guard) => (state, _) =>
    {
        if (ItemChanges.Judge(state, guard) is var refusal and not Refusal.None) return refusal;
        if (!state.Locks.ContainsKey(token)) return Refusal.NotFound;
        var released = new LockReleased { Tokens = { token } };
        return Proposal<bool>.Commit(new Change { Operations = { new Operation { LockReleased = released } } }, true);
    };

    private static IEnumerable<ItemLock> Live(ItemState state, DateTimeOffset now) => state.Locks.Values.Where(taken => IsLive(taken, now));

    private static bool IsLive(ItemLock taken, DateTimeOffset now) => taken.Until > JournalClock.MicrosecondsOf(now);
}
