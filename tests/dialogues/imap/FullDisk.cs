using System.Runtime.CompilerServices;
using CompatBot.Core.Store;

namespace CompatBot.DialogueTests.Imap;

/// <summary>A store that can be told to be full: as the engine does, it then takes only what frees.</summary>
internal sealed class FullDisk(IStore inner) : IStore, IJournalStore, ISnapshotStore
{
    public bool IsFull { get; set; }

    public IJournalStore Journal => this;

    public IBlobStore Blobs => inner.Blobs;

    public ISnapshotStore Snapshots => this;

    public IDropbox Dropbox => inner.Dropbox;

    public IDirectory Directory => inner.Directory;

    public ValueTask<Refusal> AppendAsync(JournalAppend append, CancellationToken cancellation) =>
        IsFull && !append.IsFreeing ? ValueTask.FromResult(Refusal.StoreFull) : inner.Journal.AppendAsync(append, cancellation);

    public async IAsyncEnumerable<StoredEntry> ReadAsync(
        AccountId account, ulong after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var entry in inner.Journal.ReadAsync(account, after, cancellation)) yield return entry;
    }

    public ValueTask<ulong> HeadAsync(AccountId account, CancellationToken cancellation) => inner.Journal.HeadAsync(account, cancellation);

    public ValueTask<Refusal> ReplaceAsync(
        AccountId account, IReadOnlyList<SealedBlob> put, IReadOnlyList<BlobName> delete, CancellationToken cancellation) =>
        IsFull ? ValueTask.FromResult(Refusal.StoreFull) : inner.Snapshots.ReplaceAsync(account, put, delete, cancellation);

    public ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
        inner.Snapshots.GetAsync(account, name, cancellation);

    public ValueTask<Refusal> ClearAsync(AccountId account, CancellationToken cancellation) =>
        inner.Snapshots.ClearAsync(account, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
