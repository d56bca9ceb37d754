using System.Buffers;

namespace CompatBot.Core.Content;

/// <summary>Collects octets up to one chunk. Starts small: most messages are. What it held is cleared.</summary>
internal sealed class ChunkBuffer : IDisposable
{
    private const int FirstBytes = 16 << 10;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBytes);

    public int Count { get; private set; }

    public bool IsFull => Count == Contents.ChunkBytes;

    public ReadOnlyMemory<byte> Octets => _buffer.AsMemory(0, Count);

    /// <summary>Takes as much as fits.</summary>
    /// <returns>The rest.</returns>
    public ReadOnlyMemory<byte> Append(ReadOnlyMemory<byte> octets)
    {
        var taken = Math.Min(octets.Length, Contents.ChunkBytes - Count);
        if (Count + taken > _buffer.Length) Replace(Math.Min(Contents.ChunkBytes, Math.Max(Count + taken, _buffer.Length * 4)));
        octets.Span[..taken].CopyTo(_buffer.AsSpan(Count));
        Count += taken;
        return octets[taken..];
    }

    public void Clear() => Count = 0;

    public void Dispose()
    {
        Count = 0;
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        _buffer = [];
    }

    private void Replace(int bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        Octets.Span.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        _buffer = larger;
    }
}
