using System.Collections.Immutable;
using CompatBot.Core.Content;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Items;

/// <summary>One item at one moment. Immutable.</summary>
/// <param name="Id">Never used again in its realm; stays when the item gets new content or is moved.</param>
/// <param name="Name">Unicode, NFC.</param>
/// <param name="Size">Octets.</param>
/// <param name="Version">Grows by one with each new content: with <paramref name="Id"/> it names these octets for ever.</param>
public sealed record ItemRow(ulong Id, string Name, ContentRef Content, long Size, ulong Version)
{
    /// <summary>About what a row takes in memory, with its name, its digest and some properties.</summary>
    internal const int MemoryBytes = 600;

    /// <summary>As the client said it; null: unknown.</summary>
    public string? MediaType { get; init; }

    /// <summary>Microseconds since 1970 UTC.</summary>
    public long Modified { get; init; }

    /// <summary>Microseconds since 1970 UTC.</summary>
    public long Created { get; init; }

    /// <summary>The entry that last changed anything of it.</summary>
    public ulong ChangedAt { get; init; }

    public ImmutableSortedDictionary<string, string> Properties { get; init; } = ItemProperties.None;

    /// <summary>SHA-256 of the octets; empty: not known.</summary>
    public ReadOnlyMemory<byte> Digest { get; init; }

    /// <summary>Checksums of the octets that the client gave and that were right: "SHA1:hex", with blanks between; empty: none.</summary>
    public string Checksum { get; init; } = "";

    /// <summary>Of a calendar object that is scheduled: grows with each change but answers of attendees; 0: it is not.</summary>
    public ulong Schedule { get; init; }

    /// <summary>Of a calendar object or a contact; the default for a file.</summary>
    public ObjectFacts Facts { get; init; }

    /// <summary>Files that a calendar object names, and that are there as long as it is.</summary>
    public IReadOnlyList<ItemAttachment> Attachments { get; init; } = [];

    /// <summary>Octets, with those of its attachments.</summary>
    public long AllBytes => Attachments.Count == 0 ? Size : Size + Attachments.Sum(one => one.Size);

    /// <summary>Everything whose blobs it keeps.</summary>
    internal IEnumerable<ContentRef> Contents => Attachments.Select(one => one.Content).Prepend(Content);

    /// <summary>The row as operations and snapshots hold it. Throws <see cref="Journal.JournalException"/> when it is none.</summary>
    internal static ItemRow Read(Journal.Proto.ItemRow row, ulong changedAt)
    {
        if (row.Content.Length != BlobKey.Length || row.Depth > byte.MaxValue) throw new Journal.JournalException("An item has no content");
        return new ItemRow(row.Item, row.Name, new ContentRef(new BlobKey(row.Content.Span), (byte)row.Depth), (long)row.Size, row.Version)
        {
            MediaType = row.MediaType.Length == 0 ? null : row.MediaType,
            Modified = row.Modified,
            Created = row.Created,
            ChangedAt = row.ChangedAt == 0 ? changedAt : row.ChangedAt,
            Properties = row.Properties.Count == 0 ? ItemProperties.None : ItemProperties.Read(row.Properties),
            Digest = row.Digest.Memory,
            Checksum = row.Checksum,
            Schedule = row.Schedule,
            Facts = new ObjectFacts(
                row.Uid.Length == 0 ? null : row.Uid, (CalendarComponents)row.Component, row.From, row.Until),
            Attachments = row.Attachments.Count == 0 ? [] : [.. row.Attachments.Select(ItemAttachment.Read)],
        };
    }

    /// <param name="stored">With the entry that changed it: for a snapshot.</param>
    internal Journal.Proto.ItemRow Write(bool stored)
    {
        var row = new Journal.Proto.ItemRow
        {
            Item = Id,
            Name = Name,
            Content = ByteString.CopyFrom(Content.Key.ToBytes()),
            Depth = Content.Depth,
            Size = (ulong)Size,
            MediaType = MediaType ?? "",
            Modified = Modified,
            Created = Created,
            Version = Version,
            ChangedAt = stored ? ChangedAt : 0,
            Digest = ByteString.CopyFrom(Digest.Span),
            Checksum = Checksum,
            Uid = Facts.Uid ?? "",
            Component = (uint)Facts.Component,
            From = Facts.From,
            Until = Facts.Until,
            Schedule = Schedule,
        };
        row.Properties.AddRange(ItemProperties.Write(Properties));
        row.Attachments.AddRange(Attachments.Select(one => one.Write()));
        return row;
    }
}

/// <summary>What a calendar object or a contact says of itself, kept so that nobody has to open it to pass it over.</summary>
/// <param name="Uid">Null: it has none, or is a file.</param>
/// <param name="From">Seconds since 1970: no instance begins earlier. Both 0: not known.</param>
/// <param name="Until">Seconds since 1970: no instance ends later; <see cref="long.MaxValue"/> without an end.</param>
public readonly record struct ObjectFacts(string? Uid, CalendarComponents Component, long From, long Until);
