using System.Runtime.CompilerServices;
using CompatBot.Core.Store;

namespace CompatBot.DialogueTests.Imap;

/// <summary>A store that can be made to wait for the test before each look into the dropbox, and before each piece of a snapshot.</summary>
internal sealed class HeldStore(IStore inner) : IStore, IDropbox, ISnapshotStore
{
    /// <summary>Looks that are allowed; null: any number.</summary>
    public SemaphoreSlim? Looks { get; set; }

    /// <summary>Pieces that may be read; null: any number.</summary>
    public SemaphoreSlim? Pieces { get; set; }

    public IJournalStore Journal => inner.Journal;

    public IBlobStore Blobs => inner.Blobs;

    public ISnapshotStore Snapshots => this;

    public IDropbox Dropbox => this;

    public IDirectory Directory => inner.Directory;

    public ValueTask<Refusal> PutAsync(IReadOnlyList<DroppedItem> items, CancellationToken cancellation) =>
        inner.Dropbox.PutAsync(items, cancellation);

    public async IAsyncEnumerable<(ulong Number, byte[] Bytes)> ReadAsync(
        AccountId account, Realm realm, ulong after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (Looks is not null) await Looks.WaitAsync(cancellation);
        await foreach (var item in inner.Dropbox.ReadAsync(account, realm, after, cancellation)) yield return item;
    }

    public ValueTask<Refusal> DeleteAsync(
        AccountId account, Realm realm, ulong through, IReadOnlyList<BlobName> blobs, CancellationToken cancellation) =>
        inner.Dropbox.DeleteAsync(account, realm, through, blobs, cancellation);

    public ValueTask<ulong> LastNumberAsync(AccountId account, Realm realm, CancellationToken cancellation) =>
        inner.Dropbox.LastNumberAsync(account, realm, cancellation);

    public ValueTask<Refusal> SkipNumbersAsync(AccountId account, Realm realm, ulong last, CancellationToken cancellation) =>
        inner.Dropbox.SkipNumbersAsync(account, realm, last, cancellation);

    public ValueTask<(long Items, long Bytes)> DepthAsync(AccountId account, Realm realm, CancellationToken cancellation) =>
        inner.Dropbox.DepthAsync(account, realm, cancellation);

    public ValueTask<Refusal> ReplaceAsync(
        AccountId account, IReadOnlyList<SealedBlob> put, IReadOnlyList<BlobName> delete, CancellationToken cancellation) =>
        inner.Snapshots.ReplaceAsync(account, put, delete, cancellation);

    public async ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation)
    {
        if (Pieces is not null) await Pieces.WaitAsync(cancellation);
        return await inner.Snapshots.GetAsync(account, name, cancellation);
    }

    public ValueTask<Refusal> ClearAsync(AccountId account, CancellationToken cancellation) =>
        inner.Snapshots.ClearAsync(account, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
