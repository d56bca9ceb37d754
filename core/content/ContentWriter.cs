using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>
/// Takes content of any length and holds a few chunks of it: full ones are sealed and stored while more comes, the rest waits for
/// the commit that names the content. Content that is never committed leaves only unnamed sealed chunks.
/// </summary>
public sealed class ContentWriter : IDisposable
{
    /// <summary>Chunks of other content that are shorter are copied, so that many small parts do not become many small chunks.</summary>
    internal const int SharedBytesMin = ChunkBorders.MinBytes / 2;

    /// <summary>Chunks that are on their way into the store while the next one comes in.</summary>
    private const int UnderWayMax = 6;

    private readonly Contents _contents;
    private readonly Naming _naming;
    private readonly bool _measures;
    private readonly List<(BlobKey Key, long Length)> _chunks = [];
    private readonly Queue<Task<(BlobKey Key, int Length, Refusal Refusal)>> _underWay = new();
    private ChunkBuffer _buffer = new(ChunkBorders.MaxBytes);
    private ulong _hash;
    private DateTimeOffset? _firstPut;

    /// <param name="contents">Where to.</param>
    /// <param name="naming">Of which epoch.</param>
    /// <param name="measures">Nothing is stored.</param>
    internal ContentWriter(Contents contents, Naming naming, bool measures) =>
        (_contents, _naming, _measures) = (contents, naming, measures);

    /// <summary>Octets so far.</summary>
    public long Length { get; private set; }

    /// <returns>None; StoreFull or Unavailable when a full chunk could not be stored: give up then.</returns>
    public async ValueTask<Refusal> WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation)
    {
        Length += octets.Length;
        while (!octets.IsEmpty)
        {
            var border = FindBorder(octets.Span);
            if (border < 0)
            {
                _buffer.Append(octets);
                break;
            }

            _buffer.Append(octets[..border]);
            octets = octets[border..];
            if (await StoreBufferAsync(cancellation) is var refusal and not Refusal.None) return refusal;
        }

        return Refusal.None;
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
                if (await StoreAllAsync(cancellation) is var refusal and not Refusal.None) return refusal;
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
        if (_chunks.Count == 0 && _underWay.Count == 0)
        {
            var (key, blob) = _naming.Seal(_buffer.Octets.Span);
            return new StoredContent(new ContentRef(key, 0), Length, [blob], null);
        }

        if (await StoreAllAsync(cancellation) is var refused and not Refusal.None) return refused;
        if (_chunks is [var (only, _)]) return new StoredContent(new ContentRef(only, 0), Length, [], _firstPut);
        var level = _chunks;
        for (byte depth = 1; ; depth++)
        {
            var above = new List<(BlobKey Key, long Length)>();
            foreach (var items in level.Chunk(ChunkList.ItemsMax))
            {
                var (key, blob) = _naming.Seal(ChunkList.Encode(items));
                if (level.Count <= ChunkList.ItemsMax)
                {
                    return new StoredContent(new ContentRef(key, depth), Length, [blob], _firstPut);
                }

                if (await PutAsync(blob, cancellation) is var refusal and not Refusal.None) return refusal;
                above.Add((key, items.Sum(item => item.Length)));
            }

            level = above;
        }
    }

    /// <summary>What is on its way arrives, and is garbage unless a commit names it.</summary>
    public void Dispose() => _buffer.Dispose();

    /// <summary>Most content is too short for a border, and never asks for where they are.</summary>
    private int FindBorder(ReadOnlySpan<byte> octets) =>
        _buffer.Count + octets.Length < ChunkBorders.MinBytes ? -1 : _naming.Borders.Find(octets, _buffer.Count, ref _hash);

    /// <summary>Stores what came since the last chunk, whatever its length, and waits for all before it.</summary>
    private async ValueTask<Refusal> StoreAllAsync(CancellationToken cancellation)
    {
        if (_buffer.Count > 0 && await StoreBufferAsync(cancellation) is var refusal and not Refusal.None) return refusal;
        return await ArrivedAsync(0);
    }

    private async ValueTask<Refusal> StoreBufferAsync(CancellationToken cancellation)
    {
        if (await ArrivedAsync(UnderWayMax - 1) is var refusal and not Refusal.None) return refusal;
        _firstPut ??= _contents.Now;
        var chunk = _buffer;
        (_buffer, _hash) = (new ChunkBuffer(ChunkBorders.MaxBytes, isLong: true), 0);
        _underWay.Enqueue(Task.Run(() => StoreAsync(chunk, cancellation), CancellationToken.None)); // It ends the buffer in any case.
        return Refusal.None;
    }

    private async Task<(BlobKey Key, int Length, Refusal Refusal)> StoreAsync(ChunkBuffer chunk, CancellationToken cancellation)
    {
        using (chunk)
        {
            if (_measures) return (_naming.KeyOf(chunk.Octets.Span), chunk.Count, Refusal.None);
            var (key, blob) = _naming.Seal(chunk);
            return (key, chunk.Count, await _contents.PutAsync(blob, cancellation));
        }
    }

    private ValueTask<Refusal> PutAsync(SealedBlob blob, CancellationToken cancellation) =>
        _measures ? new(Refusal.None) : _contents.PutAsync(blob, cancellation);

    /// <summary>Waits until at most so many chunks are under way.</summary>
    private async ValueTask<Refusal> ArrivedAsync(int most)
    {
        while (_underWay.Count > most)
        {
            var (key, length, refusal) = await _underWay.Dequeue();
            if (refusal != Refusal.None) return refusal;
            _chunks.Add((key, length));
        }

        return Refusal.None;
    }
}

/// <summary>Content that is written, but not named by any journal entry yet.</summary>
/// <param name="Length">Octets.</param>
/// <param name="Blobs">Must become durable with the entry that names the content.</param>
/// <param name="FirstPut">When the first blob was stored ahead of that entry; null when all go with it.</param>
public sealed record StoredContent(ContentRef Content, long Length, IReadOnlyList<SealedBlob> Blobs, DateTimeOffset? FirstPut);
