using CompatBot.Core.Content;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Items;

/// <summary>A file that a calendar object names by an ATTACH with a MANAGED-ID (RFC 8607): it lives as long as a row has it.</summary>
/// <param name="Id">The MANAGED-ID: the account's own, never used again for other octets.</param>
/// <param name="Size">Octets.</param>
public sealed record ItemAttachment(string Id, ContentRef Content, long Size)
{
    /// <summary>Throws <see cref="Journal.JournalException"/> when it is none.</summary>
    internal static ItemAttachment Read(Journal.Proto.ItemAttachment stored) =>
        stored.Content.Length == BlobKey.Length && stored.Depth <= byte.MaxValue
            ? new(stored.Id, new ContentRef(new BlobKey(stored.Content.Span), (byte)stored.Depth), (long)stored.Size)
            : throw new Journal.JournalException("An attachment has no content");

    internal Journal.Proto.ItemAttachment Write() => new()
    {
        Id = Id, Content = ByteString.CopyFrom(Content.Key.ToBytes()), Depth = Content.Depth, Size = (ulong)Size,
    };
}
