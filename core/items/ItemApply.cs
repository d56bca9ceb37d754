using System.Collections.Immutable;
using CompatBot.Core.Items.Sharing;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Push;
using CompatBot.Core.Store;

namespace CompatBot.Core.Items;

/// <summary>How each operation changes the state (FORMAT.md, "Journal").</summary>
public sealed partial record ItemState
{
    /// <summary>The state after a change. Throws <see cref="JournalException"/> when the change can not follow this state.</summary>
    public ItemState Apply(Change change, EntryStamp entry)
    {
        var sequence = entry.Sequence;
        if (change.Share != 0 && !ShareParts.Allows(this, change.Share, change)) return this with { Sequence = sequence };
        var state = this;
        foreach (var operation in change.Operations)
        {
            state = operation.KindCase switch
            {
                Operation.KindOneofCase.CollectionCreated => state.Created(operation.CollectionCreated, sequence),
                Operation.KindOneofCase.CollectionRemoved => state.Buried(operation.CollectionRemoved, sequence),
                Operation.KindOneofCase.CollectionMoved => state.Moved(operation.CollectionMoved, sequence),
                Operation.KindOneofCase.CollectionCopied => state.Copied(operation.CollectionCopied, sequence),
                Operation.KindOneofCase.CollectionRestored => state.Restored(operation.CollectionRestored, sequence),
                Operation.KindOneofCase.ItemPut => state.Put(operation.ItemPut, sequence),
                Operation.KindOneofCase.ItemRemoved => state.Gone(operation.ItemRemoved, sequence),
                Operation.KindOneofCase.CollectionErased => state.Erased(operation.CollectionErased, sequence),
                Operation.KindOneofCase.PropertiesChanged => state.Described(operation.PropertiesChanged, sequence),
                Operation.KindOneofCase.LockTaken => state with
                {
                    Locks = state.Locks.SetItem(operation.LockTaken.Token, Read(operation.LockTaken)),
                },
                Operation.KindOneofCase.LockReleased => state with { Locks = state.Locks.RemoveRange(operation.LockReleased.Tokens) },
                Operation.KindOneofCase.DropboxTaken => state with { DropboxThrough = operation.DropboxTaken.Through },
                Operation.KindOneofCase.Forgotten => state.Forgot(operation.Forgotten.ThroughSequence),
                Operation.KindOneofCase.CollectionShared => state.Shared(operation.CollectionShared, sequence),
                Operation.KindOneofCase.ShareBegun => Begun(operation.ShareBegun, sequence),
                _ => throw new JournalException("The journal was written by a newer version: an operation is unknown"),
            };
        }

        return state with { Sequence = sequence };
    }

    internal static ItemLock Read(LockTaken taken) => new(
        taken.Token,
        new ItemPlace(new CollectionId(Math.Max(taken.Collection, CollectionId.Root.Value)), taken.Name),
        taken.Shared,
        taken.Infinite,
        taken.Until,
        taken.Owner);

    private ItemState Created(CollectionCreated created, ulong sequence)
    {
        var id = new CollectionId(created.Collection);
        var collection = new CollectionState
        {
            Id = id,
            Parent = new CollectionId(created.Parent),
            Name = created.Name,
            Kind = (CollectionKind)created.Kind,
            Components = (CalendarComponents)created.Components,
            Created = created.Created,
            Properties = ItemProperties.Read(created.Properties),
            CreatedAt = sequence,
            ChangedAt = sequence,
            Table = ItemTable.Empty,
        };
        return With(collection, Adopting(created.Parent, created.Name, id, sequence)) with
        {
            NextId = CollectionShare.Next(NextId, id.Value),
        };
    }

    private ItemState Shared(CollectionShared shared, ulong sequence)
    {
        var id = Required(shared.Collection).Id;
        if (shared.Devices.Count == 0) return this with { Shares = Shares.Remove(id) };
        var share = new CollectionShare(sequence, shared.Epoch, [.. shared.Devices.Select(device => DeviceId.FromBytes(device.Span))]);
        return this with { Shares = Shares.SetItem(id, share) };
    }

    private static ItemState Begun(ShareBegun begun, ulong sequence) => Empty with
    {
        NextId = CollectionShare.FirstId(sequence),
        BeginsAt = sequence,
        Shares = Empty.Shares.Add(new CollectionId(begun.Collection), new CollectionShare(sequence, 0, [])),
    };

    private ItemState Buried(CollectionRemoved removed, ulong sequence)
    {
        var collection = Required(removed.Collection);
        if (collection.Id == CollectionId.Root || collection.RemovedAt != 0)
        {
            throw new JournalException("The journal removes a collection twice");
        }

        var state = With(Releasing(collection, sequence), collection with { RemovedAt = sequence });
        return state with
        {
            Removed = Removed.Add(collection.Id),
            Shares = Shares.IsEmpty ? Shares : Shares.RemoveRange(Subtree(collection.Id).Select(one => one.Id)),
            UsageBytes = UsageBytes - Subtree(collection.Id).Sum(one => one.Bytes),
            Locks = LocksWithout(collection),
        };
    }

    private ItemState Erased(CollectionErased erased, ulong sequence)
    {
        var collection = Required(erased.Collection);
        if (collection.Parent != CollectionId.Uploads) throw new JournalException("The journal erases a collection that is no upload");
        CollectionState[] subtree = [.. Subtree(collection.Id)];
        var state = With(Releasing(collection, sequence));
        return state with
        {
            Collections = state.Collections.RemoveRange(subtree.Select(one => one.Id)),
            UsageBytes = UsageBytes - subtree.Sum(one => one.Bytes),
        };
    }

    private ItemState Restored(CollectionRestored restored, ulong sequence)
    {
        var collection = Required(restored.Collection);
        if (collection.RemovedAt == 0) throw new JournalException("The journal restores a collection that was not removed");
        var parent = Adopting(restored.Parent, restored.Name, collection.Id, sequence);
        var state = With(
            parent,
            collection with { Parent = parent.Id, Name = restored.Name, RemovedAt = 0, CreatedAt = sequence, ChangedAt = sequence });
        return state with
        {
            Removed = Removed.Remove(collection.Id),
            UsageBytes = UsageBytes + Subtree(collection.Id).Sum(one => one.Bytes),
        };
    }

    private ItemState Moved(CollectionMoved moved, ulong sequence)
    {
        var collection = Required(moved.Collection);
        if (IsWithin(new CollectionId(moved.Parent), collection.Id))
        {
            throw new JournalException("The journal moves a collection into itself");
        }

        var state = With(Releasing(collection, sequence));
        var parent = state.Adopting(moved.Parent, moved.Name, collection.Id, sequence);
        return state.With(parent, collection with { Parent = parent.Id, Name = moved.Name, CreatedAt = sequence }) with
        {
            Locks = LocksWithout(collection),
        };
    }

    private ItemState Copied(CollectionCopied copied, ulong sequence)
    {
        var original = Required(copied.Collection);
        var collections = Collections.ToBuilder();
        var (next, bytes) = (copied.First, 0L);
        var copies = new Dictionary<CollectionId, CollectionId>();
        CollectionState[] subtree = [.. Subtree(original.Id)];
        foreach (var one in subtree) copies.Add(one.Id, new CollectionId(next++));
        foreach (var one in subtree)
        {
            var isTop = one.Id == original.Id;
            collections.Add(copies[one.Id], one with
            {
                Id = copies[one.Id],
                Parent = isTop ? new CollectionId(copied.Parent) : copies[one.Parent],
                Name = isTop ? copied.Name : one.Name,
                CreatedAt = sequence,
                ChangedAt = sequence,
                Children = one.Children.ToImmutableSortedDictionary(
                    child => child.Key, child => copies[child.Value], StringComparer.Ordinal),
            });
            bytes += one.Bytes;
        }

        var state = this with
        {
            Collections = collections.ToImmutable(),
            NextId = Math.Max(NextId, next),
            UsageBytes = UsageBytes + bytes,
        };
        return state.With(state.Adopting(copied.Parent, copied.Name, copies[original.Id], sequence));
    }

    private ItemState Put(ItemPut put, ulong sequence)
    {
        var collection = Required(put.Collection);
        var row = ItemRow.Read(put.Row, sequence);
        var before = collection.Items.Find(row.Name);
        if (before?.Id != put.Replaced?.Item) throw new JournalException("The journal replaces another item than is there");
        var table = collection.Items.Put(row);
        var grown = row.AllBytes - (before?.AllBytes ?? 0);
        return With(collection with { Table = table, Count = table.Count, Bytes = collection.Bytes + grown, ChangedAt = sequence }) with
        {
            UsageBytes = UsageBytes + grown,
            NextId = CollectionShare.Next(NextId, row.Id),
        };
    }

    private ItemState Gone(ItemRemoved removed, ulong sequence)
    {
        var collection = Required(removed.Collection);
        var row = collection.Items.Find(removed.Row.Name) ?? throw new JournalException("The journal removes an item that is not there");
        var table = collection.Items.Remove(row.Name);
        var place = new ItemPlace(collection.Id, row.Name);
        var less = row.AllBytes;
        return With(collection with { Table = table, Count = table.Count, Bytes = collection.Bytes - less, ChangedAt = sequence }) with
        {
            UsageBytes = UsageBytes - less,
            Locks = Locks.RemoveRange(from taken in Locks.Values where taken.Place == place select taken.Token),
        };
    }

    private ItemState Described(PropertiesChanged change, ulong sequence)
    {
        var collection = Required(change.Collection);
        if (change.Item.Length == 0)
        {
            var changedAt = PushSubscription.IsAllOf(change) ? collection.ChangedAt : sequence;
            return With(collection with { Properties = ItemProperties.Change(collection.Properties, change), ChangedAt = changedAt });
        }

        var row = collection.Items.Find(change.Item) ?? throw new JournalException("The journal describes an item that is not there");
        var described = row with { Properties = ItemProperties.Change(row.Properties, change), ChangedAt = sequence };
        return With(collection with { Table = collection.Items.Put(described), ChangedAt = sequence });
    }

    private ItemState Forgot(ulong through)
    {
        var doomed = Removed.Where(id => Collections[id].RemovedAt <= through).ToArray();
        return this with
        {
            Removed = Removed.Except(doomed),
            Collections = Collections.RemoveRange(doomed.SelectMany(id => Subtree(id).Select(one => one.Id)).ToArray()),
            ForgottenThrough = Math.Max(ForgottenThrough, through),
        };
    }

    private CollectionState Adopting(ulong parent, string name, CollectionId child, ulong sequence)
    {
        var adopting = Required(parent);
        return adopting with { Children = adopting.Children.Add(name, child), ChangedAt = sequence };
    }

    private CollectionState Releasing(CollectionState child, ulong sequence)
    {
        var parent = Required(child.Parent.Value);
        return parent with { Children = parent.Children.Remove(child.Name), ChangedAt = sequence };
    }

    /// <summary>The locks without those on a collection and below it: they do not go where it goes (RFC 4918 section 7.7).</summary>
    private ImmutableDictionary<string, ItemLock> LocksWithout(CollectionState collection)
    {
        if (Locks.IsEmpty) return Locks;
        var place = new ItemPlace(collection.Parent, collection.Name);
        return Locks.RemoveRange(
            from taken in Locks.Values
            where taken.Place == place || IsWithin(taken.Place.Parent, collection.Id)
            select taken.Token);
    }
}
