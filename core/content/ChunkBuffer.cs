using System.Buffers;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>
/// Collects octets up to one chunk, with room around them for their seal. Starts small: most messages are. What it held is cleared.
/// </summary>
/// <param name="bytesMax">Octets that it takes at most.</param>
/// <param name="isLong">Many will come: it does not start small.</param>
internal sealed class ChunkBuffer(int bytesMax, bool isLong = false) : IDisposable
{
    private const int FirstBytes = 16 << 10;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(isLong ? bytesMax + BlobSeal.Overhead : FirstBytes);

    public int Count { get; private set; }

    public bool IsFull => Count == bytesMax;

    /// <summary>All that may be left of octets in the buffer.</summary>
    private Span<byte> Written => _buffer.AsSpan(BlobSeal.HeadBytes, Count);

    public ReadOnlyMemory<byte> Octets => _buffer.AsMemory(BlobSeal.HeadBytes, Count);

    /// <summary>Takes as much as fits.</summary>
    /// <returns>The rest.</returns>
    public ReadOnlyMemory<byte> Append(ReadOnlyMemory<byte> octets)
    {
        var taken = Math.Min(octets.Length, bytesMax - Count);
        if (Count + taken + BlobSeal.Overhead > _buffer.Length)
        {
            Replace(Math.Min(bytesMax, Math.Max(Count + taken, _buffer.Length * 4)) + BlobSeal.Overhead);
        }

        octets.Span[..taken].CopyTo(_buffer.AsSpan(BlobSeal.HeadBytes + Count));
        Count += taken;
        return octets[taken..];
    }

    public void Clear()
    {
        Written.Clear();
        Count = 0;
    }

    /// <summary>Seals the octets where they lie: nothing else can be done with them then.</summary>
    /// <returns>The sealed bytes, until the buffer is disposed.</returns>
    public ReadOnlyMemory<byte> Seal(AccountId account, in BlobSecret secret)
    {
        var stored = _buffer.AsMemory(0, Count + BlobSeal.Overhead);
        BlobSeal.SealInPlace(account, secret, stored.Span);
        return stored;
    }

    public void Dispose()
    {
        if (_buffer.Length == 0) return;
        Return();
        (_buffer, Count) = ([], 0);
    }

    private void Replace(int bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        Octets.Span.CopyTo(larger.AsSpan(BlobSeal.HeadBytes));
        Return();
        _buffer = larger;
    }

    private void Return()
    {
        Written.Clear();
        ArrayPool<byte>.Shared.Return(_buffer);
    }
}
