using System.Buffers.Binary;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>A node of a content's tree: the chunks below it, each with its key and length (FORMAT.md, "Content").</summary>
internal static class ChunkList
{
    /// <summary>Version byte in front of every list.</summary>
    public const byte Version = 1;

    /// <summary>Bytes of one item: key (32), octets of content below it (8, little endian).</summary>
    public const int ItemBytes = BlobKey.Length + 8;

    /// <summary>Most items of one list: it is itself a blob of at most one chunk.</summary>
    public const int ItemsMax = (Contents.ChunkBytes - 1) / ItemBytes;

    public static byte[] Encode(IReadOnlyList<(BlobKey Key, long Length)> items)
    {
        var bytes = new byte[1 + (items.Count * ItemBytes)];
        bytes[0] = Version;
        for (var i = 0; i < items.Count; i++)
        {
            var at = bytes.AsSpan(1 + (i * ItemBytes));
            items[i].Key.WriteTo(at);
            BinaryPrimitives.WriteInt64LittleEndian(at[BlobKey.Length..], items[i].Length);
        }

        return bytes;
    }

    /// <summary>The items; null when the bytes are no list.</summary>
    public static (BlobKey Key, long Length)[]? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[0] != Version || (bytes.Length - 1) % ItemBytes != 0) return null;
        var items = new (BlobKey, long)[(bytes.Length - 1) / ItemBytes];
        for (var i = 0; i < items.Length; i++)
        {
            var at = bytes[(1 + (i * ItemBytes))..];
            items[i] = (new BlobKey(at), BinaryPrimitives.ReadInt64LittleEndian(at[BlobKey.Length..]));
            if (items[i].Item2 <= 0) return null;
        }

        return items;
    }
}
