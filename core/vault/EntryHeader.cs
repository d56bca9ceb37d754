using System.Buffers.Binary;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>The clear 64 bytes in front of a sealed journal entry (FORMAT.md), all of them bound into the seal.</summary>
/// <param name="TimeMicroseconds">Since 1970; never goes back within an account.</param>
/// <param name="Flags">What follows behind the header: a reader must understand all of them.</param>
/// <param name="PreviousHash">SHA-256 of the stored entry before this one; zero for the first.</param>
public readonly record struct EntryHeader(
    Realm Realm, uint Epoch, ulong Sequence, long TimeMicroseconds, EntryFlags Flags, BlobName PreviousHash)
{
    public const int Length = 64;

    internal const byte Suite = 1;

    private static ReadOnlySpan<byte> Magic => "CBJE"u8;

    internal void WriteTo(Span<byte> destination, int bodyBytes)
    {
        Magic.CopyTo(destination);
        destination[4] = Suite;
        destination[5] = (byte)Realm;
        destination[6] = (byte)Flags;
        destination[7] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], (uint)bodyBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], TimeMicroseconds);
        PreviousHash.WriteTo(destination[32..]);
    }

    internal static bool TryRead(ReadOnlySpan<byte> source, out EntryHeader header, out uint bodyBytes)
    {
        (header, bodyBytes) = (default, 0);
        if (source.Length < Length || !source.StartsWith(Magic) || source[4] != Suite || source[7] != 0) return false;
        if ((source[6] & ~(byte)(EntryFlags.HasParts | EntryFlags.HasNoBody)) != 0) return false;
        bodyBytes = BinaryPrimitives.ReadUInt32LittleEndian(source[12..]);
        header = new(
            (Realm)source[5],
            BinaryPrimitives.ReadUInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            (EntryFlags)source[6],
            new BlobName(source.Slice(32, BlobName.Length)));
        return true;
    }
}

/// <summary>What a stored entry has.</summary>
[Flags]
public enum EntryFlags : byte
{
    None = 0,

    /// <summary>Parts for the members of shares, behind the body.</summary>
    HasParts = 1,

    /// <summary>No body under the realm's key: a member of a share wrote it, who has no such key.</summary>
    HasNoBody = 2,
}
