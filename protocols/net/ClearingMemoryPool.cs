using System.Buffers;
using System.Collections.Concurrent;

namespace CompatBot.Protocols.Net;

/// <summary>
/// The blocks that connections read into and write from. A block is cleared when it is given back, so that what passed through a
/// connection is not found in the process's memory once it is gone.
/// </summary>
public sealed class ClearingMemoryPool : MemoryPool<byte>
{
    /// <summary>Bytes of a small block: what the sockets' own pool uses.</summary>
    public const int SmallBytes = 4096;

    /// <summary>Bytes of a large block: the longest record of TLS (RFC 8446 section 5.1).</summary>
    public const int LargeBytes = 16 * 1024;

    /// <summary>Bytes of each size kept for reuse; more than that go back to the system.</summary>
    private const int KeptBytesMax = 4 << 20;

    private readonly Shelf _small = new(SmallBytes);
    private readonly Shelf _large = new(LargeBytes);

    public static ClearingMemoryPool Instance { get; } = new();

    public override int MaxBufferSize => LargeBytes;

    /// <param name="minBufferSize">At most <see cref="LargeBytes"/>; -1 for any.</param>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, LargeBytes);
        return (minBufferSize <= SmallBytes ? _small : _large).Rent();
    }

    /// <summary>One pool serves the whole process and is never disposed of.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Shelf(int blockBytes)
    {
        private readonly ConcurrentStack<byte[]> _kept = new();
        private int _count;

        public Block Rent()
        {
            if (!_kept.TryPop(out var bytes)) return new Block(this, GC.AllocateUninitializedArray<byte>(blockBytes, pinned: true));
            Interlocked.Decrement(ref _count);
            return new Block(this, bytes);
        }

        public void Return(byte[] bytes)
        {
            bytes.AsSpan().Clear();
            if (Interlocked.Increment(ref _count) * blockBytes <= KeptBytesMax) _kept.Push(bytes);
            else Interlocked.Decrement(ref _count);
        }
    }

    private sealed class Block(Shelf shelf, byte[] bytes) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = bytes;

        public Memory<byte> Memory => _bytes ?? throw new ObjectDisposedException(nameof(Block));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { } mine) shelf.Return(mine);
        }
    }
}
