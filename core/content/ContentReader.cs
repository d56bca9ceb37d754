using System.Buffers;
using System.Runtime.CompilerServices;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>Reads content in any order, a chunk at a time; keeps the newest chunk open. Not for use by two at once.</summary>
public sealed class ContentReader
{
    /// <summary>What all chunks have room in, but the longest ones in envelopes.</summary>
    private const int RoomBytes = 2 << 20;

    private readonly Contents _contents;
    private readonly ContentRef _content;
    private (BlobKey Key, long Length)[]? _top;
    private (long Start, ReadOnlyMemory<byte> Bytes) _chunk;

    internal ContentReader(Contents contents, ContentRef content, long length) =>
        (_contents, _content, Length) = (contents, content, length);

    internal ContentRef Content => _content;

    /// <summary>Octets.</summary>
    public long Length { get; }

    /// <summary>
    /// The octets from <paramref name="offset"/> to the end of their chunk: at least one, at most <see cref="Contents.ChunkBytes"/>;
    /// empty at or behind the end. Throws <see cref="ContentException"/> when they can not be had.
    /// </summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(long offset, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset >= Length) return default;
        if (!IsLoaded(offset))
        {
            _chunk = await LoadAsync(offset, cancellation);
            if (!IsLoaded(offset)) throw new ContentException("A chunk is shorter than its list says");
        }

        return _chunk.Bytes[(int)(offset - _chunk.Start)..];
    }

    /// <summary>
    /// The octets of a range in order, a chunk or less at a time: each lasts until the next is asked for, which is read meanwhile.
    /// Throws as <see cref="ReadAsync"/>.
    /// </summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> StreamAsync(
        long from, long to, [EnumeratorCancellation] CancellationToken cancellation)
    {
        to = Math.Min(to, Length);
        if (_content.Depth == 0 && from == 0 && to == Length && to is > 0 and <= BlobSeal.ContentBytesMax && !IsLoaded(0))
        {
            // All of it is nothing to keep.
            using var room = new TwoRooms(leastBytes: 0);
            var octets = await _contents.OpenAsync(_content.Key, room.Next(RoomFor(Length)), cancellation);
            if (octets.Length != Length) throw new ContentException("A chunk does not have the length of its content");
            yield return octets;
            yield break;
        }

        if (from < to && (_content.Depth == 0 || IsLoaded(from)))
        {
            var octets = await ReadAsync(from, cancellation);
            from += octets.Length;
            yield return from <= to ? octets : octets[..^(int)(from - to)];
        }

        if (from >= to) yield break;
        await using var chunks = ChunksAsync(from, to, cancellation).GetAsyncEnumerator(cancellation);
        using var rooms = new TwoRooms(RoomBytes);
        var next = Task.FromResult<ReadOnlyMemory<byte>>(default);
        try
        {
            var isMore = await chunks.MoveNextAsync();
            if (isMore) next = OpenAsync(chunks.Current);
            while (isMore)
            {
                var (_, start, length) = chunks.Current;
                var octets = await next;
                if (octets.Length != length) throw new ContentException("A chunk does not have the length that its list says");
                isMore = await chunks.MoveNextAsync();
                if (isMore) next = OpenAsync(chunks.Current);
                yield return octets[(int)Math.Max(0, from - start)..(int)Math.Min(length, to - start)];
            }
        }
        finally
        {
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // Nobody may write into its room any more.
        }

        Task<ReadOnlyMemory<byte>> OpenAsync((BlobKey Key, long Start, long Length) chunk)
        {
            var room = rooms.Next(RoomFor(chunk.Length));
            return Task.Run(() => _contents.OpenAsync(chunk.Key, room, cancellation).AsTask(), cancellation);
        }
    }

    /// <summary>All octets at once, for content that is known to be small.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAllAsync(CancellationToken cancellation)
    {
        var first = await ReadAsync(0, cancellation);
        if (first.Length == Length) return first;
        var all = new byte[Length];
        for (long at = 0; at < Length;)
        {
            var part = await ReadAsync(at, cancellation);
            part.Span.CopyTo(all.AsSpan((int)at));
            at += part.Length;
        }

        return all;
    }

    /// <summary>The chunks that have something of a range, in order: each with its key, where it begins, and how long it is.</summary>
    /// <exception cref="ContentException">A list of chunks can not be had.</exception>
    internal IAsyncEnumerable<(BlobKey Key, long Start, long Length)> ChunksAsync(long from, long to, CancellationToken cancellation) =>
        ChunksAsync((_content.Key, 0, Length), _content.Depth, from, to, cancellation);

    private async IAsyncEnumerable<(BlobKey Key, long Start, long Length)> ChunksAsync(
        (BlobKey Key, long Start, long Length) node,
        byte depth,
        long from,
        long to,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (depth == 0)
        {
            yield return node;
            yield break;
        }

        var start = node.Start;
        foreach (var (key, length) in await _contents.ListAsync(node.Key, cancellation))
        {
            var child = (key, start, length);
            start += length;
            if (start <= from) continue;
            if (child.start >= to) break;
            await foreach (var chunk in ChunksAsync(child, (byte)(depth - 1), from, to, cancellation)) yield return chunk;
        }
    }

    /// <summary>Takes the first chunk, which others read.</summary>
    internal void Loaded(ReadOnlyMemory<byte> first) => _chunk = (0, first);

    private bool IsLoaded(long offset) => offset >= _chunk.Start && offset - _chunk.Start < _chunk.Bytes.Length;

    private async ValueTask<(long Start, ReadOnlyMemory<byte> Bytes)> LoadAsync(long offset, CancellationToken cancellation)
    {
        var (key, start) = (_content.Key, 0L);
        for (var level = _content.Depth; level > 0; level--)
        {
            // The top list serves every read; lists below it are read again when a read moves on to another one.
            var items = level == _content.Depth && _top is not null ? _top : await _contents.ListAsync(key, cancellation);
            if (level == _content.Depth) _top = items;
            var i = 0;
            while (i < items.Length && start + items[i].Length <= offset) start += items[i++].Length;
            if (i == items.Length) throw new ContentException("A chunk list is shorter than the content");
            key = items[i].Key;
        }

        return (start, await _contents.OpenAsync(key, cancellation));
    }

    private static int RoomFor(long chunkLength) => (int)chunkLength + BlobSeal.Overhead + BlobEnvelope.Overhead;

    /// <summary>Room for the chunk that is looked at and the one that is read meanwhile, in turns. What was in it is cleared.</summary>
    /// <param name="leastBytes">Of a room, whatever is written into it first.</param>
    private sealed class TwoRooms(int leastBytes) : IDisposable
    {
        private readonly byte[]?[] _rooms = new byte[]?[2];
        private int _turn;
        private int _used;

        /// <param name="bytes">That will be written into it.</param>
        public Memory<byte> Next(int bytes)
        {
            ref var room = ref _rooms[_turn++ % 2];
            if (room?.Length < bytes)
            {
                Return(room);
                room = null;
            }

            _used = Math.Max(_used, bytes);
            return room ??= ArrayPool<byte>.Shared.Rent(Math.Max(bytes, leastBytes));
        }

        public void Dispose()
        {
            foreach (var room in _rooms)
            {
                if (room is not null) Return(room);
            }
        }

        private void Return(byte[] room)
        {
            room.AsSpan(0, Math.Min(_used, room.Length)).Clear();
            ArrayPool<byte>.Shared.Return(room);
        }
    }
}
