using CompatBot.Core.Store;

namespace CompatBot.Storage.Memory;

internal sealed class MemoryBlobs(MemoryShelves shelves) : IBlobStore
{
    public ValueTask<Refusal> PutAsync(AccountId account, IReadOnlyList<SealedBlob> blobs, CancellationToken cancellation)
    {
        StoreArguments.Check(blobs);
        return shelves.WriteAsync(all =>
        {
            all.Of(account).Put(blobs);
            return Refusal.None;
        }, cancellation);
    }

    public ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
        shelves.ReadAsync(account, shelf => (byte[]?)shelf?.Blobs.GetValueOrDefault(name)?.Clone(), cancellation);

    public ValueTask<byte[]?[]> GetAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation) =>
        shelves.ReadAsync(
            account, shelf => names.Select(name => (byte[]?)shelf?.Blobs.GetValueOrDefault(name)?.Clone()).ToArray(), cancellation);

    public ValueTask<bool> ContainsAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
        shelves.ReadAsync(account, shelf => shelf is not null && shelf.Blobs.ContainsKey(name), cancellation);

    public ValueTask<Refusal> DeleteAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation) =>
        shelves.WriteAsync(all =>
        {
            foreach (var name in names)
            {
                all.Of(account).Blobs.Remove(name);
            }

            return Refusal.None;
        }, cancellation);

    public IAsyncEnumerable<(BlobName Name, long Bytes)> ListAsync(AccountId account, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return shelves.Read<(BlobName, long)[]>(account, shelf => shelf is null
            ? []
            : [.. shelf.Blobs.Select(blob => (blob.Key, (long)blob.Value.Length))]).ToAsyncEnumerable();
    }
}
