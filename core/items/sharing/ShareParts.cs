using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Journal.Proto;

namespace CompatBot.Core.Items.Sharing;

/// <summary>What members see of a change, and what a change of theirs may say. Pure.</summary>
internal static class ShareParts
{
    /// <summary>The parts of a change of the realm: one for each share that it begins, ends, or that it concerns.</summary>
    public static IEnumerable<(CollectionShare Share, CollectionId Collection, Change Part)> Of(
        ItemState before, ItemState after, Change change, ulong sequence)
    {
        foreach (var (id, share) in before.Shares)
        {
            if (after.Shares.GetValueOrDefault(id)?.Number == share.Number) continue;
            var over = new Operation { CollectionShared = new CollectionShared { Collection = id.Value } };
            yield return (share, id, new Change { Operations = { over } });
        }

        foreach (var (id, share) in after.Shares)
        {
            var part = share.Number == sequence ? Whole(after, id, change) : Concerning(before, id, share, change);
            if (part.Operations.Count > 0) yield return (share, id, part);
        }
    }

    /// <summary>
    /// Whether all that a member's change says is about what is shared, with somebody who may write. One that says anything else counts
    /// for nothing, at the owner as at the members: what keeps members out of the rest of the realm who write to the store by themselves.
    /// </summary>
    public static bool Allows(ItemState state, ulong number, Change change)
    {
        foreach (var (id, share) in state.Shares)
        {
            if (share.Number != number) continue;
            return CalendarShare.Of(state.Collections[id]).Any(one => one.MayWrite)
                && change.Operations.All(operation => Allows(state, id, number, operation));
        }

        return false;
    }

    private static bool Allows(ItemState state, CollectionId id, ulong number, Operation operation) => operation.KindCase switch
    {
        Operation.KindOneofCase.ItemPut => IsIn(operation.ItemPut.Collection, id, number)
            && (operation.ItemPut.Row.Item == operation.ItemPut.Replaced?.Item || IsFree(state, number, operation.ItemPut)),
        Operation.KindOneofCase.ItemRemoved => operation.ItemRemoved.Collection == id.Value,
        Operation.KindOneofCase.PropertiesChanged =>
            operation.PropertiesChanged.Collection == id.Value && operation.PropertiesChanged.Item.Length > 0,
        Operation.KindOneofCase.CollectionCreated => operation.CollectionCreated.Parent == CollectionId.Uploads.Value
            && CollectionShare.IsOf(number, operation.CollectionCreated.Collection)
            && state.Find(new CollectionId(operation.CollectionCreated.Collection)) is null
            && !state.Uploads.Children.ContainsKey(operation.CollectionCreated.Name),
        Operation.KindOneofCase.CollectionErased => CollectionShare.IsOf(number, operation.CollectionErased.Collection),
        Operation.KindOneofCase.LockTaken => IsAt(state, id, ItemState.Read(operation.LockTaken).Place),
        Operation.KindOneofCase.LockReleased => operation.LockReleased.Tokens.All(token =>
            !state.Locks.TryGetValue(token, out var taken) || IsAt(state, id, taken.Place)),
        _ => false,
    };

    /// <summary>A number of a member's own; or of an item that the same change moves within the share.</summary>
    private static bool IsFree(ItemState state, ulong number, ItemPut put) =>
        CollectionShare.IsOf(number, put.Row.Item)
        || state.Find(new CollectionId(put.Collection))?.Items.Rows.Any(row => row.Id == put.Row.Item) == true;

    /// <summary>The collection as it is, made out of nothing.</summary>
    private static Change Whole(ItemState after, CollectionId id, Change change)
    {
        var collection = after.Collections[id];
        var begun = new ShareBegun { Collection = id.Value };
        begun.Envelopes.AddRange(change.Operations
            .First(operation => operation.CollectionShared?.Collection == id.Value).CollectionShared.Envelopes);
        var created = new CollectionCreated
        {
            Collection = id.Value,
            Parent = CollectionId.Root.Value,
            Name = collection.Name,
            Kind = (uint)collection.Kind,
            Components = (uint)collection.Components,
            Created = collection.Created,
        };
        foreach (var property in ItemProperties.Write(collection.Properties).Where(one => !ItemProperties.IsOwn(one.Name)))
        {
            created.Properties.Add(property);
        }

        if (CalendarShare.Write(id, [.. CalendarShare.Of(collection).Select(one => one.ToOthers())]) is { } members)
        {
            created.Properties.Add(new Property { Name = CalendarShare.Property, Value = members });
        }

        var whole = new Change
        {
            Operations = { new Operation { ShareBegun = begun }, new Operation { CollectionCreated = created } },
        };
        whole.Operations.AddRange(collection.Items.Rows.Select(row => ItemChanges.Putting(id, row, null)));
        whole.Operations.AddRange(after.Locks.Values.Where(taken => IsAt(after, id, taken.Place))
            .Select(taken => new Operation { LockTaken = ItemChanges.Write(taken) }));
        return whole;
    }

    private static Change Concerning(ItemState before, CollectionId id, CollectionShare share, Change change)
    {
        var part = new Change();
        foreach (var operation in change.Operations)
        {
            if (Concerning(before, id, share.Number, operation) is { } concerning) part.Operations.Add(concerning);
        }

        return part;
    }

    private static Operation? Concerning(ItemState before, CollectionId id, ulong number, Operation operation)
    {
        switch (operation.KindCase)
        {
            case Operation.KindOneofCase.ItemPut:
                return IsIn(operation.ItemPut.Collection, id, number) ? operation : null;
            case Operation.KindOneofCase.ItemRemoved:
                return IsIn(operation.ItemRemoved.Collection, id, number) ? operation : null;
            case Operation.KindOneofCase.CollectionErased:
                return CollectionShare.IsOf(number, operation.CollectionErased.Collection) ? operation : null;
            case Operation.KindOneofCase.PropertiesChanged:
                return operation.PropertiesChanged.Collection == id.Value ? Open(operation.PropertiesChanged) : null;
            case Operation.KindOneofCase.CollectionMoved when operation.CollectionMoved.Collection == id.Value:
                var moved = operation.CollectionMoved.Clone();
                (moved.Parent, moved.OldParent) = (CollectionId.Root.Value, CollectionId.Root.Value);
                return new Operation { CollectionMoved = moved };
            case Operation.KindOneofCase.LockTaken:
                return IsAt(before, id, ItemState.Read(operation.LockTaken).Place) ? operation : null;
            case Operation.KindOneofCase.LockReleased:
                var released = new LockReleased();
                released.Tokens.AddRange(operation.LockReleased.Tokens.Where(token =>
                    before.Locks.TryGetValue(token, out var taken) && IsAt(before, id, taken.Place)));
                return released.Tokens.Count > 0 ? new Operation { LockReleased = released } : null;
            default:
                return null;
        }
    }

    /// <summary>Without what the server notes there for itself; null: nothing else was changed.</summary>
    private static Operation? Open(PropertiesChanged change)
    {
        if (!change.Set.Any(one => ItemProperties.IsOwn(one.Name)) && !change.Removed.Any(ItemProperties.IsOwn))
        {
            return new Operation { PropertiesChanged = change };
        }

        var open = new PropertiesChanged { Collection = change.Collection, Item = change.Item };
        open.Set.AddRange(change.Set.Where(one => !ItemProperties.IsOwn(one.Name)));
        open.Removed.AddRange(change.Removed.Where(name => !ItemProperties.IsOwn(name)));
        return open.Set.Count + open.Removed.Count > 0 ? new Operation { PropertiesChanged = open } : null;
    }

    /// <summary>Whether items of a collection are those of a share: its own, and what a member of it keeps to be sent.</summary>
    private static bool IsIn(ulong collection, CollectionId id, ulong number) =>
        collection == id.Value || CollectionShare.IsOf(number, collection);

    private static bool IsAt(ItemState state, CollectionId id, ItemPlace place) =>
        place.Parent == id || (!place.IsRoot && state.Collection(place)?.Id == id);
}
