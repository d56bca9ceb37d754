using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>Reads content in any order, a chunk at a time; keeps the newest chunk open. Not for use by two at once.</summary>
public sealed class ContentReader
{
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
        var within = offset - _chunk.Start;
        if (within < 0 || within >= _chunk.Bytes.Length)
        {
            _chunk = await LoadAsync(offset, cancellation);
            within = offset - _chunk.Start;
            if (within >= _chunk.Bytes.Length) throw new ContentException("A chunk is shorter than its list says");
        }

        return _chunk.Bytes[(int)within..];
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
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        if (depth == 0)
        {
            yield return node;
            yield break;
        }

        var start = node.Start;
        foreach (var (key, length) in await ListAsync(node.Key, cancellation))
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

    private async ValueTask<(long Start, ReadOnlyMemory<byte> Bytes)> LoadAsync(long offset, CancellationToken cancellation)
    {
        var (key, start) = (_content.Key, 0L);
        for (var level = _content.Depth; level > 0; level--)
        {
            // The top list serves every read; lists below it are read again when a read moves on to another one.
            var items = level == _content.Depth && _top is not null ? _top : await ListAsync(key, cancellation);
            if (level == _content.Depth) _top = items;
            var i = 0;
            while (i < items.Length && start + items[i].Length <= offset) start += items[i++].Length;
            if (i == items.Length) throw new ContentException("A chunk list is shorter than the content");
            key = items[i].Key;
        }

        return (start, await _contents.OpenAsync(key, cancellation));
    }

    private async ValueTask<(BlobKey Key, long Length)[]> ListAsync(BlobKey key, CancellationToken cancellation) =>
        ChunkList.Decode((await _contents.OpenAsync(key, cancellation)).Span) ?? throw new ContentException("A chunk list is unreadable");
}
