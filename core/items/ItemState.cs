using System.Collections.Immutable;
using CompatBot.Core.Items.Sharing;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;

namespace CompatBot.Core.Items;

/// <summary>
/// All collections and items of one realm (files, calendar, contacts) at one moment: a pure function of the realm's entries up to
/// <see cref="Sequence"/>. Immutable.
/// </summary>
public sealed partial record ItemState : IRealmState<ItemState>
{
    public static ItemState Empty { get; } = new();

    public ulong Sequence { get; init; }

    /// <summary>The number that the next collection or item gets.</summary>
    public ulong NextId { get; init; } = CollectionId.Root.Value + 1;

    /// <summary>Those that are there, and those that were removed and are not forgotten, with all that is below them.</summary>
    public ImmutableDictionary<CollectionId, CollectionState> Collections { get; init; } =
        ImmutableDictionary<CollectionId, CollectionState>.Empty
            .Add(CollectionId.Root, First(CollectionId.Root)).Add(CollectionId.Uploads, First(CollectionId.Uploads));

    /// <summary>The collections whose <see cref="CollectionState.RemovedAt"/> says so.</summary>
    public ImmutableHashSet<CollectionId> Removed { get; init; } = [];

    /// <summary>By token.</summary>
    public ImmutableDictionary<string, ItemLock> Locks { get; init; } =
        ImmutableDictionary.Create<string, ItemLock>(StringComparer.Ordinal);

    /// <summary>The collections that are shared with members who have keys for them.</summary>
    public ImmutableDictionary<CollectionId, CollectionShare> Shares { get; init; } =
        ImmutableDictionary<CollectionId, CollectionShare>.Empty;

    /// <summary>As a member sees it: the entry that began the share, from which on changes are known; 0: all are.</summary>
    public ulong BeginsAt { get; init; }

    /// <summary>What was removed or replaced up to this entry can not be brought back: its content may be erased.</summary>
    public ulong ForgottenThrough { get; init; }

    /// <summary>Everything dropped for the realm up to this arrival number is in the state.</summary>
    public ulong DropboxThrough { get; init; }

    /// <summary>Octets of all items; what was removed does not count.</summary>
    public long UsageBytes { get; init; }

    public long MemoryBytes => Collections.Values.Sum(collection => 512 + ((collection.Table?.Count ?? 0) * ItemRow.MemoryBytes));

    public CollectionState Root => Collections[CollectionId.Root];

    /// <summary>Holds uploads in parts that are not over.</summary>
    public CollectionState Uploads => Collections[CollectionId.Uploads];

    /// <summary>A collection that is there, or below one that was removed.</summary>
    public CollectionState? Find(CollectionId id) => Collections.GetValueOrDefault(id);

    /// <summary>The newest entry that changed a collection or anything directly in it.</summary>
    public ulong NewestChange(CollectionState collection)
    {
        var newest = Math.Max(collection.ChangedAt, collection.CreatedAt);
        foreach (var child in collection.Children.Values) newest = Math.Max(newest, Collections[child].ChangedAt);
        return newest;
    }

    /// <summary>The collection at a place; null when there is none.</summary>
    public CollectionState? Collection(ItemPlace place) =>
        place.IsRoot ? Root
        : Find(place.Parent) is { } parent && parent.Children.TryGetValue(place.Name, out var id) ? Collections[id]
        : null;

    /// <summary>The item at a place, whose parent was opened; null when there is none.</summary>
    public ItemRow? Item(ItemPlace place) => place.IsRoot ? null : Find(place.Parent)?.Items.Find(place.Name);

    /// <summary>Whether an item's octets are at a place; null: nothing is. What shares octets must demand it in its commit.</summary>
    public bool Has(ItemPlace place, ItemRow? row)
    {
        var now = Item(place);
        return now?.Id == row?.Id && now?.Version == row?.Version;
    }

    /// <summary>The names from the root to a collection, which may be removed: then those that it had.</summary>
    public IReadOnlyList<string> PathOf(CollectionId id)
    {
        var names = new List<string>();
        for (; id != CollectionId.Root && Find(id) is { } collection; id = collection.Parent) names.Insert(0, collection.Name);
        return names;
    }

    /// <summary>How far a collection is below the root, or below the removed collection that it was in.</summary>
    public int LevelOf(CollectionId id)
    {
        var level = 0;
        for (; id != CollectionId.Root; id = Collections[id].Parent) level++;
        return level;
    }

    /// <summary>Whether a collection is another one, or lies somewhere below it.</summary>
    public bool IsWithin(CollectionId id, CollectionId other)
    {
        for (; id != other; id = Collections[id].Parent)
        {
            if (id == CollectionId.Root) return false;
        }

        return true;
    }

    /// <summary>Whether a collection, and all above it, are there.</summary>
    public bool IsThere(CollectionId id)
    {
        for (; id != CollectionId.Root; id = Collections[id].Parent)
        {
            if (!Collections.TryGetValue(id, out var collection) || collection.RemovedAt != 0) return false;
        }

        return true;
    }

    /// <summary>A collection and all below it, level after level, each level in ordinal order of names within each parent.</summary>
    public IEnumerable<CollectionState> Subtree(CollectionId id)
    {
        var queue = new Queue<CollectionId>([id]);
        while (queue.TryDequeue(out var next))
        {
            var collection = Collections[next];
            yield return collection;
            foreach (var child in collection.Children.Values) queue.Enqueue(child);
        }
    }

    /// <summary>What waited in the dropbox was accepted before.</summary>
    public static bool IsAccepted(Change change) =>
        change.Operations.Any(operation => operation.KindCase == Operation.KindOneofCase.DropboxTaken);

    /// <summary>Whether a change keeps nothing more than before: it removes, moves or releases.</summary>
    public static bool IsFreeing(Change change)
    {
        var more = 0;
        foreach (var operation in change.Operations)
        {
            switch (operation.KindCase)
            {
                case Operation.KindOneofCase.ItemPut: more++; break;
                case Operation.KindOneofCase.ItemRemoved: more--; break;
                case Operation.KindOneofCase.CollectionRemoved or Operation.KindOneofCase.CollectionMoved: break;
                case Operation.KindOneofCase.CollectionErased: break;
                case Operation.KindOneofCase.LockReleased or Operation.KindOneofCase.Forgotten: break;
                default: return false;
            }
        }

        return more <= 0;
    }

    /// <summary>The collections whose items a change touches: they must be loaded before it is applied.</summary>
    public static IEnumerable<CollectionId> Touched(Change change)
    {
        foreach (var operation in change.Operations)
        {
            switch (operation.KindCase)
            {
                case Operation.KindOneofCase.ItemPut: yield return new CollectionId(operation.ItemPut.Collection); break;
                case Operation.KindOneofCase.ItemRemoved: yield return new CollectionId(operation.ItemRemoved.Collection); break;
                case Operation.KindOneofCase.PropertiesChanged when operation.PropertiesChanged.Item.Length > 0:
                    yield return new CollectionId(operation.PropertiesChanged.Collection);
                    break;
                case Operation.KindOneofCase.CollectionShared:
                    yield return new CollectionId(operation.CollectionShared.Collection);
                    break;
            }
        }
    }

    /// <summary>A collection that is there before the first entry.</summary>
    internal static CollectionState First(CollectionId id) =>
        new() { Id = id, Parent = CollectionId.Root, Name = "", Table = ItemTable.Empty };

    private CollectionState Required(ulong id) =>
        Find(new CollectionId(id)) ?? throw new JournalException("The journal names a collection that does not exist");

    private ItemState With(params ReadOnlySpan<CollectionState> changed)
    {
        var collections = Collections;
        foreach (var one in changed) collections = collections.SetItem(one.Id, one);
        return this with { Collections = collections };
    }
}
