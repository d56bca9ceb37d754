using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace CompatBot.Core.Mail;

/// <summary>A message segment as bytes, for the snapshot (FORMAT.md, "Snapshots"): version, row count, then column after column.</summary>
internal static class SegmentCodec
{
    private const byte Version = 3;

    /// <summary>Version, a zero, rows: behind what seals it, columns stand at multiples of eight then.</summary>
    private const int HeaderBytes = 1 + 1 + 2;

    public static byte[] Encode(MessageSegment segment)
    {
        var bytes = new byte[HeaderBytes + (segment.Count * MessageSegment.RowBytes)];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)segment.Count);
        segment.WriteTo(new ArraySegment<byte>(bytes, HeaderBytes, bytes.Length - HeaderBytes));
        return bytes;
    }

    /// <summary>The segment, which keeps the memory; null when the bytes are of another version or length.</summary>
    public static MessageSegment? Decode(ReadOnlyMemory<byte> piece)
    {
        if (piece.Length < HeaderBytes || piece.Span[0] != Version) return null;
        var count = BinaryPrimitives.ReadUInt16LittleEndian(piece.Span[2..]);
        var columns = piece[HeaderBytes..];
        if (count > MessageSegment.RowsMax || columns.Length != count * MessageSegment.RowBytes) return null;
        return MemoryMarshal.TryGetArray(columns, out var array) ? new MessageSegment(array, count, count) : null;
    }
}
