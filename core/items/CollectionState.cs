using System.Collections.Immutable;
using CompatBot.Core.Store;

namespace CompatBot.Core.Items;

/// <summary>One collection at one moment. Immutable.</summary>
public sealed record CollectionState
{
    public required CollectionId Id { get; init; }

    /// <summary>The root's own is the root.</summary>
    public required CollectionId Parent { get; init; }

    /// <summary>Unicode, NFC; empty for the root.</summary>
    public required string Name { get; init; }

    public CollectionKind Kind { get; init; }

    /// <summary>Of a calendar: what it takes.</summary>
    public CalendarComponents Components { get; init; }

    /// <summary>Microseconds since 1970 UTC.</summary>
    public long Created { get; init; }

    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ItemProperties.None;

    /// <summary>The entry that made it.</summary>
    public ulong CreatedAt { get; init; }

    /// <summary>The newest entry that changed it or one of its members.</summary>
    public ulong ChangedAt { get; init; }

    /// <summary>The entry that removed it, and all that is below it; 0: it is there.</summary>
    public ulong RemovedAt { get; init; }

    /// <summary>Items, without collections.</summary>
    public int Count { get; init; }

    /// <summary>Octets of its items, without those of collections below it.</summary>
    public long Bytes { get; init; }

    /// <summary>The collections directly in it.</summary>
    public ImmutableSortedDictionary<string, CollectionId> Children { get; init; } =
        ImmutableSortedDictionary.Create<string, CollectionId>(StringComparer.Ordinal);

    /// <summary>The items; null while they lie unread in the snapshot.</summary>
    public ItemTable? Table { get; init; }

    /// <summary>The items of a collection that was opened.</summary>
    public ItemTable Items => Table ?? throw new InvalidOperationException("The collection was not opened");

    /// <summary>Pieces of the snapshot that hold the items while <see cref="Table"/> is null.</summary>
    internal ImmutableArray<BlobName> Pieces { get; init; } = [];
}

/// <summary>Where something lies, or may come to lie.</summary>
/// <param name="Name">Folded (<see cref="ItemNames.Fold"/>); empty, with the root as parent, for the root itself.</param>
public readonly record struct ItemPlace(CollectionId Parent, string Name)
{
    public static ItemPlace Root { get; } = new(CollectionId.Root, "");

    public bool IsRoot => Name.Length == 0;
}

/// <summary>A right to change what lies at a place (RFC 4918 section 6).</summary>
/// <param name="Token">An absolute URI; who knows it, holds the lock.</param>
/// <param name="Infinite">Of a collection: with all that is below it.</param>
/// <param name="Until">Microseconds since 1970 UTC; from then on it does not count.</param>
/// <param name="Owner">Inner XML, as the client gave it.</param>
public sealed record ItemLock(string Token, ItemPlace Place, bool Shared, bool Infinite, long Until, string Owner);
