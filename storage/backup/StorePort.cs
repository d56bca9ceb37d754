using System.Runtime.CompilerServices;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Storage.Backup;

/// <summary>The one place where a backup meets what engines say about blobs.</summary>
internal static class StorePort
{
    public static async IAsyncEnumerable<(BlobName Name, ushort Holders)> BlobsAsync(
        IStore store, AccountId account, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var blob in store.Blobs.ListAsync(account, cancellation)) yield return (blob.Name, (ushort)blob.Holders);
    }

    public static ValueTask<Refusal> PutAsync(
        IStore store, AccountId account, ushort holders, IReadOnlyList<SealedBlob> blobs, CancellationToken cancellation) =>
        store.Blobs.PutAsync(account, (BlobHolders)holders, blobs, cancellation);

    /// <summary>A blob of a pack. In what epoch one without an envelope was written is not known: it is sealed again.</summary>
    public static SealedBlob Blob(in PackRecord record) =>
        new(record.Name, record.Bytes.ToArray()) { Epoch = BlobEnvelope.EpochOf(record.Bytes.Span) };

    public static JournalAppend Append(AccountId account, byte realm, StoredEntry entry) => new(account, (Realm)realm, entry, []);
}
