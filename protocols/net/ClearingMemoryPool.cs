using System.Buffers;
using System.Collections.Concurrent;

namespace CompatBot.Protocols.Net;

/// <summary>
/// The blocks that connections read into and write from. A block is cleared when it is given back, so that what passed through a
/// connection is not found in the process's memory once it is gone.
/// </summary>
/// <param name="blockBytes">Bytes of every block.</param>
public sealed class ClearingMemoryPool(int blockBytes) : MemoryPool<byte>
{
    /// <summary>Bytes kept for reuse; more than that go back to the system.</summary>
    private const int KeptBytesMax = 8 << 20;

    private readonly ConcurrentStack<byte[]> _kept = new();
    private int _count;

    /// <summary>For sockets, which are read a block at a time: an upload is held up by each of its reads.</summary>
    public static ClearingMemoryPool Sockets { get; } = new(64 << 10);

    /// <summary>For what lies between a socket and its lines: the longest record of TLS (RFC 8446 section 5.1).</summary>
    public static ClearingMemoryPool Layers { get; } = new(16 << 10);

    public override int MaxBufferSize => blockBytes;

    /// <param name="minBufferSize">At most <see cref="MaxBufferSize"/>; -1 for any.</param>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, blockBytes);
        if (!_kept.TryPop(out var bytes)) return new Block(this, GC.AllocateUninitializedArray<byte>(blockBytes, pinned: true));
        Interlocked.Decrement(ref _count);
        return new Block(this, bytes);
    }

    /// <summary>A pool serves the whole process and is never disposed of.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private void Return(byte[] bytes)
    {
        bytes.AsSpan().Clear();
        if (Interlocked.Increment(ref _count) * blockBytes <= KeptBytesMax) _kept.Push(bytes);
        else Interlocked.Decrement(ref _count);
    }

    private sealed class Block(ClearingMemoryPool pool, byte[] bytes) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = bytes;

        public Memory<byte> Memory => _bytes ?? throw new ObjectDisposedException(nameof(Block));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { } mine) pool.Return(mine);
        }
    }
}
