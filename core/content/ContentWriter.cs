using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>
/// Takes content of any length and holds at most one chunk of it: full chunks are sealed and stored at once, the rest waits for
/// the commit that names the content. Content that is never committed leaves only unnamed sealed chunks.
/// </summary>
public sealed class ContentWriter : IDisposable
{
    /// <summary>Chunks of other content that are shorter are copied, so that many small parts do not become many small chunks.</summary>
    internal const int SharedBytesMin = Contents.ChunkBytes / 4;

    private readonly Contents _contents;
    private readonly List<(BlobKey Key, long Length)> _chunks = [];
    private readonly ChunkBuffer _buffer = new();
    private readonly SecretBytes? _measuring;
    private DateTimeOffset? _firstPut;

    /// <param name="contents">Where to.</param>
    /// <param name="measuring">Nothing is stored, and named by this naming key.</param>
    internal ContentWriter(Contents contents, SecretBytes? measuring = null) => (_contents, _measuring) = (contents, measuring);

    /// <summary>Octets so far.</summary>
    public long Length { get; private set; }

    /// <returns>None; StoreFull or Unavailable when a full chunk could not be stored: give up then.</returns>
    public async ValueTask<Refusal> WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        Length += octets.Length;
        while (!octets.IsEmpty)
        {
            octets = _buffer.Append(octets);
            if (octets.IsEmpty) break;
            var refusal = await StoreBufferAsync(cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    /// <summary>
    /// Stores a whole chunk that more content follows, without a copy. Chunks come first, the rest by <see cref="WriteAsync"/>.
    /// </summary>
    /// <returns>As <see cref="WriteAsync"/>.</returns>
    internal ValueTask<Refusal> WriteChunkAsync(ReadOnlyMemory<byte> chunk, CancellationToken cancellation)
    {
        if (_buffer.Count > 0 || chunk.Length != Contents.ChunkBytes) throw new InvalidOperationException("Not at a chunk's border");
        Length += chunk.Length;
        return StoreChunkAsync(chunk, cancellation);
    }

    /// <summary>
    /// Goes on with a part of content that is stored already and stays so until the commit: its whole chunks by reference, what is cut
    /// of others by its octets.
    /// </summary>
    /// <returns>As <see cref="WriteAsync"/>.</returns>
    /// <exception cref="ContentException">The other content can not be read.</exception>
    internal async ValueTask<Refusal> ShareAsync(ContentReader other, long from, long to, CancellationToken cancellation)
    {
        if (from >= to) return Refusal.None;
        await foreach (var (key, start, length) in other.ChunksAsync(from, to, cancellation))
        {
            if (start >= from && start + length <= to && length >= SharedBytesMin)
            {
                if (_buffer.Count > 0 && await StoreBufferAsync(cancellation) is var refusal and not Refusal.None) return refusal;
                _chunks.Add((key, length));
                Length += length;
                continue;
            }

            var at = Math.Max(start, from);
            var octets = await other.ReadAsync(at, cancellation);
            octets = octets[..(int)Math.Min(octets.Length, to - at)];
            if (await WriteAsync(octets, cancellation) is var copied and not Refusal.None) return copied;
        }

        return Refusal.None;
    }

    /// <summary>Ends the content.</summary>
    /// <returns>Its reference with the blobs that the commit must carry; or StoreFull, Unavailable.</returns>
    public async ValueTask<Outcome<StoredContent>> CompleteAsync(CancellationToken cancellation)
    {
        if (_chunks.Count == 0)
        {
            var (key, blob) = _contents.Seal(_buffer.Octets.Span, _measuring);
            return new StoredContent(new ContentRef(key, 0), Length, [blob], null);
        }

        if (_buffer.Count > 0)
        {
            var refusal = await StoreBufferAsync(cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        if (_chunks is [var (only, _)]) return new StoredContent(new ContentRef(only, 0), Length, [], _firstPut); // Another's, whole.
        var level = _chunks;
        for (byte depth = 1; ; depth++)
        {
            var above = new List<(BlobKey Key, long Length)>();
            foreach (var items in level.Chunk(ChunkList.ItemsMax))
            {
                var (key, blob) = _contents.Seal(ChunkList.Encode(items), _measuring);
                if (level.Count <= ChunkList.ItemsMax)
                {
                    return new StoredContent(new ContentRef(key, depth), Length, [blob], _firstPut);
                }

                var refusal = await PutAsync(blob, cancellation);
                if (refusal != Refusal.None) return refusal;
                above.Add((key, items.Sum(item => item.Length)));
            }

            level = above;
        }
    }

    public void Dispose() => _buffer.Dispose();

    private ValueTask<Refusal> PutAsync(SealedBlob blob, CancellationToken cancellation) =>
        _measuring is not null ? new(Refusal.None) : _contents.PutAsync(blob, cancellation);

    private async ValueTask<Refusal> StoreBufferAsync(CancellationToken cancellation)
    {
        var refusal = await StoreChunkAsync(_buffer.Octets, cancellation);
        _buffer.Clear();
        return refusal;
    }

    private async ValueTask<Refusal> StoreChunkAsync(ReadOnlyMemory<byte> chunk, CancellationToken cancellation)
    {
        var (key, blob) = _contents.Seal(chunk.Span, _measuring);
        _chunks.Add((key, chunk.Length));
        _firstPut ??= _contents.Now;
        return await PutAsync(blob, cancellation);
    }
}

/// <summary>Content that is written, but not named by any journal entry yet.</summary>
/// <param name="Length">Octets.</param>
/// <param name="Blobs">Must become durable with the entry that names the content.</param>
/// <param name="FirstPut">When the first blob was stored ahead of that entry; null when all go with it.</param>
public sealed record StoredContent(ContentRef Content, long Length, IReadOnlyList<SealedBlob> Blobs, DateTimeOffset? FirstPut);
