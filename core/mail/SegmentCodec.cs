using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using CompatBot.Core.Content;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail;

/// <summary>A message segment as bytes, for the snapshot (FORMAT.md, "Snapshots"): version, row count, then row after row.</summary>
internal static class SegmentCodec
{
    private const byte Version = 2;
    private const int HeaderBytes = 1 + 2;
    public const int RowBytes = 4 + 8 + 8 + 4 + 8 + 4 + BlobKey.Length + 1;

    public static byte[] Encode(MessageSegment segment)
    {
        var bytes = new byte[HeaderBytes + (segment.Count * RowBytes)];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(1), (ushort)segment.Count);
        for (var i = 0; i < segment.Count; i++)
        {
            var row = segment[i];
            var at = bytes.AsSpan(HeaderBytes + (i * RowBytes));
            BinaryPrimitives.WriteUInt32LittleEndian(at, row.Uid);
            BinaryPrimitives.WriteUInt64LittleEndian(at[4..], (ulong)row.Flags);
            BinaryPrimitives.WriteUInt64LittleEndian(at[12..], row.ModSeq);
            BinaryPrimitives.WriteUInt32LittleEndian(at[20..], row.Size);
            BinaryPrimitives.WriteInt64LittleEndian(at[24..], row.InternalDate);
            BinaryPrimitives.WriteUInt32LittleEndian(at[32..], row.SaveDate);
            row.Content.Key.WriteTo(at[36..]);
            at[36 + BlobKey.Length] = row.Content.Depth;
        }

        return bytes;
    }

    /// <summary>The segment; null when the bytes are of another version or length.</summary>
    /// <remarks>Compiled for speed at once: the first mailbox that is opened after a start may have a hundred thousand rows.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static MessageSegment? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes || bytes[0] != Version) return null;
        var count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[1..]);
        if (count > MessageSegment.RowsMax || bytes.Length != HeaderBytes + (count * RowBytes)) return null;
        var segment = new MessageSegment(count);
        for (var i = 0; i < count; i++)
        {
            var at = bytes[(HeaderBytes + (i * RowBytes))..];
            segment.Write(i, new MessageRow(
                BinaryPrimitives.ReadUInt32LittleEndian(at),
                (MessageFlags)BinaryPrimitives.ReadUInt64LittleEndian(at[4..]),
                BinaryPrimitives.ReadUInt64LittleEndian(at[12..]),
                BinaryPrimitives.ReadUInt32LittleEndian(at[20..]),
                BinaryPrimitives.ReadInt64LittleEndian(at[24..]),
                BinaryPrimitives.ReadUInt32LittleEndian(at[32..]),
                new ContentRef(new BlobKey(at[36..]), at[36 + BlobKey.Length])));
        }

        return segment.WithCount(count);
    }
}
