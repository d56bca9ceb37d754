using CompatBot.Core.Store;

namespace CompatBot.Storage;

/// <summary>What every engine checks alike before it queues anything: a breach is a bug in core, never a refusal.</summary>
internal static class StoreArguments
{
    /// <summary>Whole hours since 1970, as blobs' rows have them.</summary>
    public static long HourOf(DateTimeOffset time) => Math.Max(0, time.ToUnixTimeSeconds()) / 3600;

    /// <exception cref="ArgumentException">A blob above <see cref="IBlobStore.BlobBytesMax"/>.</exception>
    public static void Check(IReadOnlyList<SealedBlob> blobs)
    {
        foreach (var blob in blobs)
        {
            if (blob.Bytes.Length > IBlobStore.BlobBytesMax)
            {
                throw new ArgumentException($"A blob of {blob.Bytes.Length} bytes is above the contract.");
            }
        }
    }

    /// <exception cref="ArgumentException">A snapshot piece above <see cref="ISnapshotStore.PieceBytesMax"/>.</exception>
    public static void CheckPieces(IReadOnlyList<SealedBlob> pieces)
    {
        foreach (var piece in pieces)
        {
            if (piece.Bytes.Length > ISnapshotStore.PieceBytesMax)
            {
                throw new ArgumentException($"A snapshot piece of {piece.Bytes.Length} bytes is above the contract.");
            }
        }
    }

    /// <exception cref="ArgumentException">Sequence 0, an oversized entry, or an oversized blob.</exception>
    public static void Check(JournalAppend append)
    {
        if (append.Entry.Sequence is 0 or > long.MaxValue)
        {
            throw new ArgumentException("Journal sequences start at 1 and stay below 2^63.");
        }

        if (append.Entry.Bytes.Length > IJournalStore.EntryBytesMax)
        {
            throw new ArgumentException($"An entry of {append.Entry.Bytes.Length} bytes is above the contract.");
        }

        Check(append.Blobs);
    }

    /// <exception cref="ArgumentException">An oversized item or blob.</exception>
    public static void Check(IReadOnlyList<DroppedItem> items)
    {
        foreach (var item in items)
        {
            if (item.Bytes.Length > IDropbox.ItemBytesMax)
            {
                throw new ArgumentException($"A dropped item of {item.Bytes.Length} bytes is above the contract.");
            }

            Check(item.Blobs);
        }
    }

    /// <summary>Gives a blob to a caller who lent room for it.</summary>
    /// <exception cref="IOException">It is longer than the room.</exception>
    public static int Lend(ReadOnlySpan<byte> blob, Memory<byte> room)
    {
        if (blob.Length > room.Length) throw new IOException($"A blob has {blob.Length} bytes, and {room.Length} were expected.");
        blob.CopyTo(room.Span);
        return blob.Length;
    }

    /// <summary>What stands after the last @; empty when there is none, which is no domain that can exist.</summary>
    public static string DomainOf(string address) => address.LastIndexOf('@') is var at and >= 0
        ? address[(at + 1)..]
        : "";
}
