using CompatBot.Core.Store;

namespace CompatBot.Storage.Memory;

internal sealed class MemoryDropbox(MemoryShelves shelves) : IDropbox
{
    public ValueTask<Refusal> PutAsync(IReadOnlyList<DroppedItem> items, CancellationToken cancellation)
    {
        StoreArguments.Check(items);
        return shelves.WriteAsync(all =>
        {
            foreach (var item in items)
            {
                var shelf = all.Of(item.Account);
                var drop = shelf.DropOf(item.Realm);
                drop.Items.Add(++drop.LastNumber, item.Bytes.ToArray());
                drop.Octets.Add(drop.LastNumber, item.Octets);
                shelf.Put(BlobHolder.DropOf(item.Realm), all.Hour, item.Blobs);
            }

            return Refusal.None;
        }, cancellation);
    }

    public IAsyncEnumerable<(ulong Number, byte[] Bytes)> ReadAsync(
        AccountId account, Realm realm, ulong after, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return shelves.Read<(ulong, byte[])[]>(account, shelf => shelf?.Drops.GetValueOrDefault(realm) is { } drop
            ? [.. drop.Items.Where(item => item.Key > after).Select(item => (item.Key, (byte[])item.Value.Clone()))]
            : []).ToAsyncEnumerable();
    }

    public ValueTask<Refusal> DeleteAsync(
        AccountId account, Realm realm, ulong through, IReadOnlyList<BlobName> blobs, CancellationToken cancellation) =>
        shelves.WriteAsync(all =>
        {
            var shelf = all.Of(account);
            var drop = shelf.DropOf(realm);
            foreach (var number in drop.Items.Keys.TakeWhile(number => number <= through).ToArray())
            {
                drop.Items.Remove(number);
                drop.Octets.Remove(number);
            }

            foreach (var name in blobs)
            {
                shelf.Blobs.Remove(name);
            }

            return Refusal.None;
        }, cancellation);

    public ValueTask<ulong> LastNumberAsync(AccountId account, Realm realm, CancellationToken cancellation) =>
        shelves.ReadAsync(account, shelf => shelf?.Drops.GetValueOrDefault(realm)?.LastNumber ?? 0, cancellation);

    public ValueTask<Refusal> SkipNumbersAsync(AccountId account, Realm realm, ulong last, CancellationToken cancellation) =>
        shelves.WriteAsync(all =>
        {
            var drop = all.Of(account).DropOf(realm);
            drop.LastNumber = Math.Max(drop.LastNumber, last);
            return Refusal.None;
        }, cancellation);

    public ValueTask<(long Items, long Bytes)> DepthAsync(AccountId account, Realm realm, CancellationToken cancellation) =>
        shelves.ReadAsync(account, shelf => shelf?.Drops.GetValueOrDefault(realm) is { } drop
            ? (drop.Items.Count, drop.Items.Values.Sum(bytes => (long)bytes.Length))
            : (0L, 0L), cancellation);
}
