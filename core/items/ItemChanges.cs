using System.Collections.Immutable;
using CompatBot.Core.Content;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;

namespace CompatBot.Core.Items;

/// <summary>What a caller demands of the state in which its change takes effect, judged in the same moment: a precondition.</summary>
/// <returns>None: go on. Anything else refuses the change.</returns>
public delegate Refusal ItemGuard(ItemState state);

/// <summary>Turns requests into changes. Names are folded already; the items of parents are loaded. Pure.</summary>
internal static class ItemChanges
{
    public static Func<ItemState, DateTimeOffset, Proposal<CollectionId>> Create(ItemPlace place, NewCollection wanted, ItemGuard? guard) =>
        (state, now) =>
        {
            if (Judge(state, guard) is var refusal and not Refusal.None) return refusal;
            if (state.Collection(place) is not null || state.Item(place) is not null) return Refusal.AlreadyExists;
            if (Room(state, place, levels: 1) is var full and not Refusal.None) return full;
            if (!ItemProperties.Fit(wanted.Properties)) return Refusal.TooLarge;
            var created = new CollectionCreated
            {
                Collection = state.NextId,
                Parent = place.Parent.Value,
                Name = place.Name,
                Kind = (uint)wanted.Kind,
                Components = (uint)wanted.Components,
                Created = JournalClock.MicrosecondsOf(now),
            };
            created.Properties.AddRange(ItemProperties.Write(wanted.Properties));
            var change = new Change { Operations = { new Operation { CollectionCreated = created } } };
            return Proposal<CollectionId>.Commit(change, new CollectionId(state.NextId));
        };

    public static Func<ItemState, DateTimeOffset, Proposal<PutItem>> Put(ItemPlace place, NewItem item, ItemGuard? guard) => (state, now) =>
    {
        if (Judge(state, guard) is var refusal and not Refusal.None) return refusal;
        if (!item.IsFresh(now)) return Refusal.Unavailable; // Its chunks may be collected as garbage any time.
        if (place.IsRoot || state.Collection(place) is not null) return Refusal.AlreadyExists;
        var before = state.Item(place);
        if (before is null && Room(state, place, levels: 0) is var full and not Refusal.None) return full;
        var row = Row(place, item, before, state.NextId, JournalClock.MicrosecondsOf(now));
        var change = new Change { Operations = { Putting(place.Parent, row, before) } };
        return Proposal<PutItem>.Commit(change, new PutItem(row, before is null));
    };

    /// <summary>Puts many items into one collection, and removes others of it, in one step: all or none.</summary>
    /// <param name="gone">Names, none of which is put; one that is not there is passed over.</param>
    /// <param name="mark">What the step says beside that, also where it puts and removes nothing.</param>
    public static Func<ItemState, DateTimeOffset, Proposal<IReadOnlyList<PutItem>>> PutAll(
        CollectionId collection,
        IReadOnlyList<(string Name, NewItem Item)> items,
        IReadOnlyList<string> gone,
        Operation? mark,
        ItemGuard? guard) => (state, now) =>
    {
        if (Judge(state, guard) is var refusal and not Refusal.None) return refusal;
        var change = new Change();
        foreach (var name in gone) Clear(state, new ItemPlace(collection, name), change);
        var removed = change.Operations.Count;
        var done = new List<PutItem>(items.Count);
        var next = state.NextId;
        foreach (var (name, item) in items)
        {
            var place = new ItemPlace(collection, name);
            if (!item.IsFresh(now)) return Refusal.Unavailable; // Its chunks may be collected as garbage any time.
            if (place.IsRoot || state.Collection(place) is not null) return Refusal.AlreadyExists;
            if (Room(state, place, levels: 0) is var full and not Refusal.None) return full;
            var before = state.Item(place);
            var row = Row(place, item, before, next, JournalClock.MicrosecondsOf(now));
            if (before is null) next++;
            change.Operations.Add(Putting(collection, row, before));
            done.Add(new PutItem(row, before is null));
        }

        var members = state.Find(collection)?.Count + (long)(next - state.NextId) - removed;
        if (members > ItemNames.MembersMax) return Refusal.TooMany;
        if (mark is not null) change.Operations.Add(mark);
        return change.Operations.Count == 0
            ? Proposal<IReadOnlyList<PutItem>>.Nothing(done)
            : Proposal<IReadOnlyList<PutItem>>.Commit(change, done);
    };

    internal static ItemRow Row(ItemPlace place, NewItem item, ItemRow? before, ulong nextId, long micros) => new(
        before?.Id ?? nextId, place.Name, item.Content.Content, item.Content.Length, (before?.Version ?? 0) + 1)
    {
        MediaType = item.MediaType,
        Modified = item.Modified ?? micros,
        Created = item.Created ?? before?.Created ?? micros,
        Properties = before?.Properties ?? ItemProperties.None,
        Digest = item.Digest,
        Checksum = item.Checksum,
        Facts = item.Facts,
        Attachments = item.Attachments ?? before?.Attachments ?? [],
        Schedule = item.Schedule switch
        {
            ScheduleChange.None => 0,
            ScheduleChange.Answer => Math.Max(before?.Schedule ?? 0, 1),
            _ => (before?.Schedule ?? 0) + 1,
        },
    };

    public static Func<ItemState, DateTimeOffset, Proposal<bool>> SetTimes(
        ItemPlace place, long? modified, long? created, ItemGuard? guard) => (state, _) =>
        {
            if (Judge(state, guard) is var refusal and not Refusal.None) return refusal;
            if (state.Item(place) is not { } before) return Refusal.NotFound;
            var row = before with
            {
                Modified = modified ?? before.Modified, Created = created ?? before.Created, Version = before.Version + 1,
            };
            return Proposal<bool>.Commit(new Change { Operations = { Putting(place.Parent, row, before) } }, true);
        };

    /// <summary>Puts an item and removes those that it was joined from, which must still be as they were.</summary>
    public static Func<ItemState, DateTimeOffset, Proposal<PutItem>> Join(
        ItemPlace place, NewItem item, IReadOnlyList<(ItemPlace Place, ItemRow Row)> parts, ItemGuard? guard) => (state, now) =>
    {
        if (parts.Any(part => !state.Has(part.Place, part.Row))) return Refusal.Conflict;
        var put = Put(place, item, guard)(state, now);
        foreach (var (from, _) in parts)
        {
            if (put.Change is { } change && from != place) Clear(state, from, change);
        }

        return put;
    };

    /// <summary>Removes an item, or a collection with all that is below it.</summary>
    public static Func<ItemState, DateTimeOffset, Proposal<bool>> Remove(ItemPlace place, ItemGuard? guard) => (state, _) =>
    {
        if (Judge(state, guard) is var refusal and not Refusal.None) return refusal;
        if (place.IsRoot) return Refusal.NotPermitted;
        var change = new Change();
        return Clear(state, place, change) ? Proposal<bool>.Commit(change, true) : Refusal.NotFound;
    };

    /// <summary>Copies or moves an item, or a collection with all that is below it, in one step.</summary>
    /// <returns>Whether nothing was at the target before.</returns>
    public static Func<ItemState, DateTimeOffset, Proposal<bool>> Transfer(
        ItemPlace from, ItemPlace to, Transfer how, ItemGuard? guard) => (state, now) =>
    {
        if (Judge(state, guard) is var refusal and not Refusal.None) return refusal;
        var (collection, item) = (state.Collection(from), state.Item(from));
        if (collection is null && item is null) return Refusal.NotFound;
        if (from.IsRoot || to.IsRoot || from == to) return Refusal.NotPermitted;
        if (!state.IsThere(to.Parent)) return Refusal.NotFound;
        if (collection is not null && state.IsWithin(to.Parent, collection.Id)) return Refusal.NotPermitted;
        var target = state.Collection(to);
        if (target is not null && state.IsWithin(from.Parent, target.Id)) return Refusal.NotPermitted;
        var replacedItem = state.Item(to);
        var isNew = target is null && replacedItem is null;
        if (!isNew && !how.Overwrite) return Refusal.AlreadyExists;
        var levels = collection is null ? 0 : Height(state, collection);
        if (Room(state, to, levels) is var full and not Refusal.None) return full;
        var change = new Change();
        if (collection is not null) Carry(state, collection, to, how, change, JournalClock.MicrosecondsOf(now));
        else Carry(state, from, item!, to, how, change);
        return Proposal<bool>.Commit(change, isNew);
    };

    public static Func<ItemState, DateTimeOffset, Proposal<bool>> Describe(
        ItemPlace place, IReadOnlyDictionary<string, string?> changes, ItemGuard? guard) => (state, _) =>
    {
        if (Judge(state, guard) is var refusal and not Refusal.None) return refusal;
        var (collection, item) = (state.Collection(place), state.Item(place));
        if ((collection?.Properties ?? item?.Properties) is not { } properties) return Refusal.NotFound;
        var described = new PropertiesChanged
        {
            Collection = (collection?.Id ?? place.Parent).Value, Item = item is null ? "" : place.Name,
        };
        foreach (var (name, value) in changes)
        {
            if (value is not null && properties.GetValueOrDefault(name) != value)
            {
                described.Set.Add(new Property { Name = name, Value = value });
            }
            else if (value is null && properties.ContainsKey(name))
            {
                described.Removed.Add(name);
            }
        }

        if (described.Set.Count + described.Removed.Count == 0) return Proposal<bool>.Nothing(true);
        if (!ItemProperties.Fit(ItemProperties.Change(properties, described))) return Refusal.TooLarge;
        return Proposal<bool>.Commit(new Change { Operations = { new Operation { PropertiesChanged = described } } }, true);
    };

    internal static LockTaken Write(ItemLock taken) => new()
    {
        Token = taken.Token,
        Collection = taken.Place.Parent.Value,
        Name = taken.Place.Name,
        Shared = taken.Shared,
        Infinite = taken.Infinite,
        Until = taken.Until,
        Owner = taken.Owner,
    };

    internal static Operation Putting(CollectionId collection, ItemRow row, ItemRow? replaced) => new()
    {
        ItemPut = new ItemPut { Collection = collection.Value, Row = row.Write(stored: false), Replaced = replaced?.Write(stored: true) },
    };

    internal static Refusal Judge(ItemState state, ItemGuard? guard) => guard?.Invoke(state) ?? Refusal.None;

    /// <summary>Whether something of so many levels may come to lie at a place.</summary>
    internal static Refusal Room(ItemState state, ItemPlace place, int levels)
    {
        if (!ItemNames.IsValid(place.Name)) return Refusal.Invalid;
        if (!state.IsThere(place.Parent)) return Refusal.NotFound;
        var parent = state.Collections[place.Parent];
        if (parent.Count + parent.Children.Count >= ItemNames.MembersMax) return Refusal.TooMany;
        if (levels > 0 && state.Collections.Count >= ItemNames.CollectionsMax) return Refusal.TooMany;
        return state.LevelOf(place.Parent) + Math.Max(levels, 1) > ItemNames.LevelsMax ? Refusal.TooMany : Refusal.None;
    }

    private static int Height(ItemState state, CollectionState collection) =>
        state.Subtree(collection.Id).Max(one => state.LevelOf(one.Id)) - state.LevelOf(collection.Parent);

    /// <summary>Removes what is at a place.</summary>
    internal static bool Clear(ItemState state, ItemPlace place, Change change)
    {
        if (state.Collection(place) is { } collection)
        {
            var gone = new CollectionRemoved { Collection = collection.Id.Value, Parent = place.Parent.Value, Name = place.Name };
            change.Operations.Add(new Operation { CollectionRemoved = gone });
            return true;
        }

        if (state.Item(place) is not { } item) return false;
        var removed = new ItemRemoved { Collection = place.Parent.Value, Row = item.Write(stored: true) };
        change.Operations.Add(new Operation { ItemRemoved = removed });
        return true;
    }

    private static void Carry(
        ItemState state, CollectionState collection, ItemPlace to, Transfer how, Change change, long microseconds)
    {
        Clear(state, to, change);
        if (how.Move)
        {
            var moved = new CollectionMoved
            {
                Collection = collection.Id.Value,
                Parent = to.Parent.Value,
                Name = to.Name,
                OldParent = collection.Parent.Value,
                OldName = collection.Name,
            };
            change.Operations.Add(new Operation { CollectionMoved = moved });
        }
        else if (how.Shallow)
        {
            var created = new CollectionCreated
            {
                Collection = state.NextId,
                Parent = to.Parent.Value,
                Name = to.Name,
                Kind = (uint)collection.Kind,
                Components = (uint)collection.Components,
                Created = microseconds,
            };
            created.Properties.AddRange(ItemProperties.Write(collection.Properties));
            change.Operations.Add(new Operation { CollectionCreated = created });
        }
        else
        {
            var copied = new CollectionCopied
            {
                Collection = collection.Id.Value, Parent = to.Parent.Value, Name = to.Name, First = state.NextId,
            };
            change.Operations.Add(new Operation { CollectionCopied = copied });
        }
    }

    private static void Carry(ItemState state, ItemPlace from, ItemRow item, ItemPlace to, Transfer how, Change change)
    {
        var replaced = state.Item(to);
        if (replaced is null || how.Move) Clear(state, to, change);
        if (how.Move) Clear(state, from, change);
        var carried = how.Move ? item with { Name = to.Name }
            : replaced is null ? item with { Name = to.Name, Id = state.NextId, Version = 1 }
            : item with { Name = to.Name, Id = replaced.Id, Version = replaced.Version + 1 };
        change.Operations.Add(Putting(to.Parent, carried, how.Move ? null : replaced));
    }
}

/// <summary>A collection that is to be.</summary>
public sealed record NewCollection(CollectionKind Kind)
{
    public CalendarComponents Components { get; init; }

    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ItemProperties.None;
}

/// <summary>An item that is to be, or new content of one.</summary>
/// <param name="Content">Written already.</param>
/// <param name="MediaType">Null: unknown.</param>
public sealed record NewItem(StoredContent Content, string? MediaType)
{
    /// <summary>Microseconds since 1970 UTC; null: now.</summary>
    public long? Modified { get; init; }

    /// <summary>Microseconds since 1970 UTC; null: as before, or now.</summary>
    public long? Created { get; init; }

    /// <summary>SHA-256 of the octets; empty: not known.</summary>
    public ReadOnlyMemory<byte> Digest { get; init; }

    /// <summary>As <see cref="ItemRow.Checksum"/>.</summary>
    public string Checksum { get; init; } = "";

    public ObjectFacts Facts { get; init; }

    public ScheduleChange Schedule { get; init; }

    /// <summary>Null: as before.</summary>
    public IReadOnlyList<ItemAttachment>? Attachments { get; init; }

    /// <summary>The content of an attachment that is new; null: none is.</summary>
    public StoredContent? Attached { get; init; }

    /// <summary>What must become durable with it.</summary>
    internal IEnumerable<SealedBlob> Blobs => Content.Blobs.Concat(Attached?.Blobs ?? []);

    /// <summary>Whether it may still be committed.</summary>
    internal bool IsFresh(DateTimeOffset now) =>
        Contents.IsFresh(Content, now) && (Attached is null || Contents.IsFresh(Attached, now));
}

/// <summary>What new content of a calendar object is to those who organize and attend (RFC 6638 section 3.2.10).</summary>
public enum ScheduleChange
{
    /// <summary>It is not scheduled.</summary>
    None,

    /// <summary>Only an attendee's answer: the Schedule-Tag stays.</summary>
    Answer,

    /// <summary>Anything else.</summary>
    Change,
}

/// <param name="Row">As it is in the state; only <see cref="ItemRow.ChangedAt"/> is not known.</param>
/// <param name="Created">Nothing was there before.</param>
public readonly record struct PutItem(ItemRow Row, bool Created);

/// <summary>How something is copied or moved.</summary>
/// <param name="Overwrite">What is at the target goes.</param>
/// <param name="Shallow">Of a collection that is copied: without its members.</param>
public readonly record struct Transfer(bool Move, bool Overwrite, bool Shallow = false);
