using CompatBot.Core.Store;

namespace CompatBot.Storage.Memory;

internal sealed class MemorySnapshots(MemoryShelves shelves) : ISnapshotStore
{
    public ValueTask<Refusal> ReplaceAsync(
        AccountId account, IReadOnlyList<SealedBlob> put, IReadOnlyList<BlobName> delete, CancellationToken cancellation)
    {
        StoreArguments.CheckPieces(put);
        return shelves.WriteAsync(all =>
        {
            var pieces = all.Of(account).Snapshots;
            foreach (var name in delete)
            {
                pieces.Remove(name);
            }

            foreach (var piece in put)
            {
                pieces[piece.Name] = piece.Bytes.ToArray();
            }

            return Refusal.None;
        }, cancellation);
    }

    public ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
        shelves.ReadAsync(account, shelf => (byte[]?)shelf?.Snapshots.GetValueOrDefault(name)?.Clone(), cancellation);

    public ValueTask<Refusal> ClearAsync(AccountId account, CancellationToken cancellation) =>
        shelves.WriteAsync(all =>
        {
            all.Of(account).Snapshots.Clear();
            return Refusal.None;
        }, cancellation);
}
