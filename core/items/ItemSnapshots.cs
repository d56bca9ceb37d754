using System.Collections.Immutable;
using CompatBot.Core.Items.Sharing;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Items;

/// <summary>Keeps an item state as one sealed root and one sealed piece for each segment of each collection.</summary>
internal sealed class ItemSnapshots(AccountId account, RealmKeys keys, ISnapshotStore store)
{
    /// <summary>Version of the root and of what it points to; another version is passed over and replaced.</summary>
    private const uint Version = 1;

    /// <summary>Of a root that has shares: an earlier program passes it over, and stops at the journal's parts.</summary>
    private const uint SharesVersion = 2;

    private readonly SnapshotPieces _pieces = new(account, keys, store, "items root", SegmentsOf);

    /// <summary>The newest snapshot; null when there is none that opens.</summary>
    public async ValueTask<(ItemState State, JournalHead Head)?> LoadAsync(CancellationToken cancellation)
    {
        if (await _pieces.RootAsync(cancellation) is not { } bytes || Parse(bytes) is not { } root) return null;
        _pieces.Know(bytes, root.Milestones);
        return Decode(root);
    }

    /// <summary>The newest state not after an entry that a snapshot still has, all in memory; null when none has.</summary>
    public async ValueTask<(ItemState State, JournalHead Head)?> LoadBeforeAsync(ulong sequence, CancellationToken cancellation)
    {
        if (await WholeAsync(await _pieces.RootAsync(cancellation), sequence, cancellation) is { } newest) return newest;
        foreach (var milestone in _pieces.MilestonesUpTo(sequence))
        {
            if (await WholeAsync(await _pieces.RootAsync(milestone, cancellation), sequence, cancellation) is { } older) return older;
        }

        return null;
    }

    /// <summary>The items of a collection as the snapshot has them; null when a piece is missing or damaged.</summary>
    public async ValueTask<ItemTable?> LoadTableAsync(CollectionState collection, CancellationToken cancellation)
    {
        var segments = new List<ItemSegment>(collection.Pieces.Length);
        foreach (var piece in collection.Pieces)
        {
            if (await _pieces.OpenAsync(piece, cancellation) is not { } bytes) return null;
            var segment = ItemSegmentSnapshot.Parser.ParseFrom(bytes.Span);
            if (segment.Version != Version || segment.Rows.Count == 0) return null;
            segments.Add(new ItemSegment([.. segment.Rows.Select(row => ItemRow.Read(row, 0))]) { Piece = piece });
        }

        var table = ItemTable.FromSegments(segments);
        return table.Count == collection.Count ? table : null;
    }

    /// <summary>Writes what changed since the last snapshot and the root in one step.</summary>
    public async ValueTask<Refusal> SaveAsync(ItemState state, JournalHead head, CancellationToken cancellation)
    {
        var root = new ItemsSnapshot
        {
            Version = state.Shares.IsEmpty ? Version : SharesVersion,
            Sequence = head.Sequence,
            HeadHash = ByteString.CopyFrom(head.Hash.ToBytes()),
            NextId = state.NextId,
            ForgottenThrough = state.ForgottenThrough,
            DropboxThrough = state.DropboxThrough,
            BeginsAt = state.BeginsAt,
        };
        root.Shares.AddRange(state.Shares.Select(share => Encode(share.Key, share.Value)));
        root.Locks.AddRange(state.Locks.Values.Select(ItemChanges.Write));
        var draft = await _pieces.BeginAsync(head.Sequence, state.ForgottenThrough, cancellation);
        root.Milestones.AddRange(draft.Milestones);
        foreach (var collection in state.Collections.Values) root.Collections.Add(Encode(collection, draft));
        return await _pieces.SaveAsync(draft, root.ToByteArray(), cancellation);
    }

    /// <summary>Deletes the newest snapshot and all that it keeps. A refusal is not reported: some pieces mean nothing then.</summary>
    public async ValueTask EraseAsync(CancellationToken cancellation)
    {
        if (await LoadAsync(cancellation) is not null) await _pieces.EraseAsync(cancellation);
    }

    /// <summary>An opened root with all that it names; null when it is after an entry, or a piece is missing or damaged.</summary>
    private async ValueTask<(ItemState State, JournalHead Head)?> WholeAsync(
        ReadOnlyMemory<byte>? bytes, ulong sequence, CancellationToken cancellation)
    {
        if (bytes is not { } opened || Parse(opened) is not { } root || root.Sequence > sequence) return null;
        var (state, head) = Decode(root);
        var collections = state.Collections;
        foreach (var collection in collections.Values)
        {
            if (await LoadTableAsync(collection, cancellation) is not { } table) return null;
            collections = collections.SetItem(collection.Id, collection with { Table = table, Pieces = [] });
        }

        return (state with { Collections = collections }, head);
    }

    private static ItemsSnapshot? Parse(ReadOnlyMemory<byte> bytes) =>
        ItemsSnapshot.Parser.ParseFrom(bytes.Span) is { Version: Version or SharesVersion } root ? root : null;

    private static IEnumerable<BlobName> SegmentsOf(ReadOnlyMemory<byte> bytes) =>
        Parse(bytes)?.Collections.SelectMany(collection => collection.Segments).Select(piece => new BlobName(piece.Span)) ?? [];

    private static (ItemState State, JournalHead Head) Decode(ItemsSnapshot root)
    {
        var collections = root.Collections.Select(Decode).ToImmutableDictionary(collection => collection.Id);
        if (!collections.ContainsKey(CollectionId.Uploads)) // Written before there were any.
        {
            collections = collections.Add(CollectionId.Uploads, ItemState.First(CollectionId.Uploads));
        }

        var children = collections.Values
            .Where(collection => collection.RemovedAt == 0 && collection.Id != CollectionId.Root && collection.Id != CollectionId.Uploads)
            .GroupBy(collection => collection.Parent);
        foreach (var group in children)
        {
            var parent = collections[group.Key];
            collections = collections.SetItem(parent.Id, parent with { Children = parent.Children.AddRange(group.Select(Named)) });
        }

        var state = new ItemState
        {
            Sequence = root.Sequence,
            NextId = root.NextId,
            ForgottenThrough = root.ForgottenThrough,
            DropboxThrough = root.DropboxThrough,
            Collections = collections,
            Removed = [.. collections.Values.Where(collection => collection.RemovedAt != 0).Select(collection => collection.Id)],
            BeginsAt = root.BeginsAt,
            Shares = root.Shares.ToImmutableDictionary(share => new CollectionId(share.Collection), Decode),
            Locks = root.Locks.Select(ItemState.Read).ToImmutableDictionary(taken => taken.Token, StringComparer.Ordinal),
        };
        var removed = state.Removed.SelectMany(state.Subtree).Sum(collection => collection.Bytes);
        return (
            state with { UsageBytes = collections.Values.Sum(collection => collection.Bytes) - removed },
            new JournalHead(root.Sequence, new BlobName(root.HeadHash.Span)));
    }

    private static ShareSnapshot Encode(CollectionId id, CollectionShare share)
    {
        var snapshot = new ShareSnapshot { Collection = id.Value, Number = share.Number, Epoch = share.Epoch };
        snapshot.Devices.AddRange(share.Devices.Select(device => ByteString.CopyFrom(device.ToBytes())));
        return snapshot;
    }

    private static CollectionShare Decode(ShareSnapshot share) =>
        new(share.Number, share.Epoch, [.. share.Devices.Select(device => DeviceId.FromBytes(device.Span))]);

    private static CollectionSnapshot Encode(CollectionState collection, SnapshotDraft draft)
    {
        var snapshot = new CollectionSnapshot
        {
            Collection = collection.Id.Value,
            Parent = collection.Parent.Value,
            Name = collection.Name,
            Kind = (uint)collection.Kind,
            Components = (uint)collection.Components,
            Created = collection.Created,
            CreatedAt = collection.CreatedAt,
            ChangedAt = collection.ChangedAt,
            RemovedAt = collection.RemovedAt,
            Count = (uint)collection.Count,
            Bytes = (ulong)collection.Bytes,
        };
        snapshot.Properties.AddRange(ItemProperties.Write(collection.Properties));
        var pieces = collection.Table is { } table
            ? table.Segments.Select(segment => Piece(segment, draft))
            : collection.Pieces.Select(draft.Keep);
        snapshot.Segments.AddRange(pieces.Select(piece => ByteString.CopyFrom(piece.ToBytes())));
        return snapshot;
    }

    private static BlobName Piece(ItemSegment segment, SnapshotDraft draft)
    {
        var piece = draft.Segment(segment.Piece, () =>
        {
            var encoded = new ItemSegmentSnapshot { Version = Version };
            encoded.Rows.AddRange(segment.Rows.Select(row => row.Write(stored: true)));
            return encoded.ToByteArray();
        });
        segment.Piece = piece;
        return piece;
    }

    private static CollectionState Decode(CollectionSnapshot snapshot) => new()
    {
        Id = new CollectionId(snapshot.Collection),
        Parent = new CollectionId(snapshot.Parent),
        Name = snapshot.Name,
        Kind = (CollectionKind)snapshot.Kind,
        Components = (CalendarComponents)snapshot.Components,
        Created = snapshot.Created,
        Properties = ItemProperties.Read(snapshot.Properties),
        CreatedAt = snapshot.CreatedAt,
        ChangedAt = snapshot.ChangedAt,
        RemovedAt = snapshot.RemovedAt,
        Count = (int)snapshot.Count,
        Bytes = (long)snapshot.Bytes,
        Table = snapshot.Segments.Count == 0 ? ItemTable.Empty : null,
        Pieces = [.. snapshot.Segments.Select(piece => new BlobName(piece.Span))],
    };

    private static KeyValuePair<string, CollectionId> Named(CollectionState collection) => new(collection.Name, collection.Id);
}
