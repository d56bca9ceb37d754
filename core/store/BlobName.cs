using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace CompatBot.Core.Store;

/// <summary>The public name of a blob or snapshot piece: 32 bytes that tell nothing about the content without the account's keys.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "Plain integers hold the bytes.")]
public readonly struct BlobName : IEquatable<BlobName>
{
    public const int Length = 32;

    private readonly ulong _a, _b, _c, _d;

    public BlobName(ReadOnlySpan<byte> bytes)
    {
        _a = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _b = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _c = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _d = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The first eight bytes: of a MAC, so they are evenly spread.</summary>
    internal ulong Prefix => _a;

    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _a);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _b);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _c);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _d);
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        WriteTo(bytes);
        return bytes;
    }

    public bool Equals(BlobName other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    public override bool Equals(object? obj) => obj is BlobName other && Equals(other);

    // The bytes are a MAC: any eight of them are already evenly spread.
    public override int GetHashCode() => unchecked((int)_a);

    public static bool operator ==(BlobName left, BlobName right) => left.Equals(right);

    public static bool operator !=(BlobName left, BlobName right) => !left.Equals(right);

    /// <summary>64 lower-case hex digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToBytes());
}
