using System.Diagnostics.CodeAnalysis;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>Opens one blob. Whoever holds it, in a sealed reference, reads that blob and no other. It never prints itself.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "Plain integers hold the bytes.")]
public readonly struct BlobKey(ReadOnlySpan<byte> bytes) : IEquatable<BlobKey>
{
    public const int Length = 32;

    private readonly BlobName _bytes = new(bytes);

    public void WriteTo(Span<byte> destination) => _bytes.WriteTo(destination);

    public byte[] ToBytes() => _bytes.ToBytes();

    public bool Equals(BlobKey other) => _bytes == other._bytes;

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is BlobKey other && Equals(other);

    public override int GetHashCode() => _bytes.GetHashCode();

    public static bool operator ==(BlobKey left, BlobKey right) => left.Equals(right);

    public static bool operator !=(BlobKey left, BlobKey right) => !left.Equals(right);

    public override string ToString() => "(key)";
}
