using CompatBot.Core.Store;

namespace CompatBot.Storage.Memory;

/// <summary>What one account owns.</summary>
internal sealed class MemoryShelf
{
    public List<StoredEntry> Journal { get; } = [];

    public Dictionary<BlobName, byte[]> Blobs { get; } = [];

    public Dictionary<BlobName, byte[]> Snapshots { get; } = [];

    public Dictionary<Realm, MemoryDrop> Drops { get; } = [];

    public ulong Head => (ulong)Journal.Count;

    public MemoryDrop DropOf(Realm realm)
    {
        if (!Drops.TryGetValue(realm, out var drop))
        {
            Drops.Add(realm, drop = new MemoryDrop());
        }

        return drop;
    }

    public void Put(IReadOnlyList<SealedBlob> blobs)
    {
        foreach (var blob in blobs)
        {
            if (!Blobs.ContainsKey(blob.Name))
            {
                Blobs.Add(blob.Name, blob.Bytes.ToArray());
            }
        }
    }
}

/// <summary>The waiting items of one realm; the last number outlives the items.</summary>
internal sealed class MemoryDrop
{
    public SortedDictionary<ulong, byte[]> Items { get; } = [];

    public ulong LastNumber { get; set; }
}
