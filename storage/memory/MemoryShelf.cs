using CompatBot.Core.Store;

namespace CompatBot.Storage.Memory;

/// <summary>What one account owns.</summary>
internal sealed class MemoryShelf
{
    public List<StoredEntry> Journal { get; } = [];

    public Dictionary<BlobName, MemoryBlob> Blobs { get; } = [];

    public Dictionary<BlobName, byte[]> Snapshots { get; } = [];

    public Dictionary<Realm, MemoryDrop> Drops { get; } = [];

    /// <summary>Octets of content of each realm, as its entries said.</summary>
    public Dictionary<Realm, long> Usage { get; } = [];

    public ulong Head => (ulong)Journal.Count;

    public MemoryDrop DropOf(Realm realm)
    {
        if (!Drops.TryGetValue(realm, out var drop))
        {
            Drops.Add(realm, drop = new MemoryDrop());
        }

        return drop;
    }

    public void Put(BlobHolders holders, long hour, IReadOnlyList<SealedBlob> blobs)
    {
        foreach (var blob in blobs)
        {
            if (!Blobs.TryGetValue(blob.Name, out var known))
            {
                Blobs.Add(blob.Name, known = new MemoryBlob(blob.Bytes.ToArray(), blob.Epoch));
            }

            known.Holders |= holders;
            known.Hour = Math.Max(known.Hour, hour);
        }
    }

    /// <returns>False when there is another blob by now, or none.</returns>
    public bool Replace(MemoryBlob was, SealedBlob blob)
    {
        if (Blobs.GetValueOrDefault(blob.Name) != was)
        {
            return false;
        }

        Blobs[blob.Name] = new MemoryBlob(blob.Bytes.ToArray(), blob.Epoch) { Holders = was.Holders, Hour = was.Hour };
        return true;
    }

    public ReleasedBlobs Release(BlobHolders holders, IReadOnlyList<BlobName> names, long putBeforeHour)
    {
        var (blobs, bytes) = (0L, 0L);
        foreach (var name in names)
        {
            if (!Blobs.TryGetValue(name, out var blob) || blob.Hour >= putBeforeHour)
            {
                continue;
            }

            blob.Holders &= ~holders;
            if (blob.Holders == BlobHolders.None)
            {
                Blobs.Remove(name);
                (blobs, bytes) = (blobs + 1, bytes + blob.Bytes.Length);
            }
        }

        return new ReleasedBlobs(blobs, bytes);
    }
}

/// <summary>A blob, its epoch, who holds it, and the hour (since 1970) in which it was last put.</summary>
internal sealed class MemoryBlob(byte[] bytes, uint epoch)
{
    public byte[] Bytes { get; } = bytes;

    public uint Epoch { get; } = epoch;

    public BlobHolders Holders { get; set; }

    public long Hour { get; set; }
}

/// <summary>The waiting items of one realm; the last number outlives the items.</summary>
internal sealed class MemoryDrop
{
    public SortedDictionary<ulong, byte[]> Items { get; } = [];

    /// <summary>Octets of content in each item.</summary>
    public Dictionary<ulong, long> Octets { get; } = [];

    public ulong LastNumber { get; set; }
}
