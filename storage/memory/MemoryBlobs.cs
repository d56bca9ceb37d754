using CompatBot.Core.Store;

namespace CompatBot.Storage.Memory;

internal sealed class MemoryBlobs(MemoryShelves shelves) : IBlobStore
{
    private static readonly Comparer<byte[]> ByBytes =
        Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right));

    public ValueTask<Refusal> PutAsync(
        AccountId account, BlobHolders holders, IReadOnlyList<SealedBlob> blobs, CancellationToken cancellation)
    {
        StoreArguments.Check(blobs);
        return shelves.WriteAsync(all =>
        {
            all.Of(account).Put(holders, all.Hour, blobs);
            return Refusal.None;
        }, cancellation);
    }

    public ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
        shelves.ReadAsync(account, shelf => (byte[]?)shelf?.Blobs.GetValueOrDefault(name)?.Bytes.Clone(), cancellation);

    public ValueTask<int> ReadAsync(AccountId account, BlobName name, Memory<byte> room, CancellationToken cancellation) =>
        shelves.ReadAsync(account, shelf =>
        {
            var bytes = shelf?.Blobs.GetValueOrDefault(name)?.Bytes;
            return bytes is null ? -1 : StoreArguments.Lend(bytes, room);
        }, cancellation);

    public ValueTask<byte[]?[]> GetAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation) =>
        shelves.ReadAsync(
            account, shelf => names.Select(name => (byte[]?)shelf?.Blobs.GetValueOrDefault(name)?.Bytes.Clone()).ToArray(), cancellation);

    public ValueTask<bool> ContainsAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
        shelves.ReadAsync(account, shelf => shelf is not null && shelf.Blobs.ContainsKey(name), cancellation);

    public async ValueTask<Outcome<ReleasedBlobs>> ReleaseAsync(
        AccountId account, BlobHolders holders, IReadOnlyList<BlobName> names, DateTimeOffset putBefore, CancellationToken cancellation)
    {
        var released = default(ReleasedBlobs);
        var refusal = await shelves.WriteAsync(all =>
        {
            released = all.Of(account).Release(holders, names, StoreArguments.HourOf(putBefore));
            return Refusal.None;
        }, cancellation);
        return refusal == Refusal.None ? released : refusal;
    }

    public async ValueTask<Outcome<int>> RewriteAsync(
        AccountId account,
        IReadOnlyList<BlobName> names,
        Func<BlobName, ReadOnlyMemory<byte>, SealedBlob?> rewrite,
        CancellationToken cancellation)
    {
        var found = await shelves.ReadAsync(
            account, shelf => names.Select(name => shelf?.Blobs.GetValueOrDefault(name)).ToList(), cancellation);
        var changes = new List<(MemoryBlob Was, SealedBlob Blob)>();
        for (var i = 0; i < names.Count; i++)
        {
            if (found[i] is { } was && rewrite(names[i], was.Bytes) is { } blob)
            {
                StoreArguments.Check([blob]);
                changes.Add((was, blob));
            }
        }

        var count = 0;
        var refusal = await shelves.WriteAsync(all =>
        {
            count = changes.Count(change => all.Of(account).Replace(change.Was, change.Blob));
            return Refusal.None;
        }, cancellation);
        return refusal == Refusal.None ? count : refusal;
    }

    /// <summary>What is deleted is nowhere.</summary>
    public ValueTask<Refusal> EraseAsync(CancellationToken cancellation) => shelves.WriteAsync(_ => Refusal.None, cancellation);

    public ValueTask<Refusal> DeleteAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation) =>
        shelves.WriteAsync(all =>
        {
            foreach (var name in names)
            {
                all.Of(account).Blobs.Remove(name);
            }

            return Refusal.None;
        }, cancellation);

    public IAsyncEnumerable<BlobLine> ListAsync(AccountId account, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return shelves.Read<BlobLine[]>(account, shelf => shelf is null
            ? []
            : [.. shelf.Blobs.OrderBy(blob => blob.Key.ToBytes(), ByBytes).Select(Line)]).ToAsyncEnumerable();
    }

    private static BlobLine Line(KeyValuePair<BlobName, MemoryBlob> blob) => new(
        blob.Key,
        blob.Value.Bytes.Length,
        blob.Value.Holders,
        DateTimeOffset.FromUnixTimeSeconds(blob.Value.Hour * 3600),
        blob.Value.Epoch);
}
