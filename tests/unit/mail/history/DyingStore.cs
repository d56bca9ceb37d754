using CompatBot.Core.Store;

namespace CompatBot.UnitTests.Mail.History;

/// <summary>
/// A store that dies at its nth write, with or without having done it, and answers Unavailable from then on: what a process that was
/// killed at that moment leaves behind is in the store below.
/// </summary>
internal sealed class DyingStore(IStore inner) : IStore, IJournalStore, IBlobStore, ISnapshotStore
{
    /// <summary>Writes that are still done.</summary>
    public int WritesLeft { get; set; } = int.MaxValue;

    /// <summary>Whether the write at which it dies is done.</summary>
    public bool LastIsDone { get; set; }

    /// <summary>Runs before each release: what a writer does meanwhile.</summary>
    public Func<IReadOnlyList<BlobName>, ValueTask> BeforeRelease { get; set; } = _ => ValueTask.CompletedTask;

    public bool IsDead => WritesLeft < 0;

    public IJournalStore Journal => this;

    public IBlobStore Blobs => this;

    public ISnapshotStore Snapshots => this;

    public IDropbox Dropbox => inner.Dropbox;

    public IDirectory Directory => inner.Directory;

    public ValueTask<Refusal> AppendAsync(JournalAppend append, CancellationToken cancellation) =>
        WriteAsync(() => inner.Journal.AppendAsync(append, cancellation));

    public IAsyncEnumerable<StoredEntry> ReadAsync(AccountId account, ulong after, CancellationToken cancellation) =>
        inner.Journal.ReadAsync(account, after, cancellation);

    public ValueTask<ulong> HeadAsync(AccountId account, CancellationToken cancellation) => inner.Journal.HeadAsync(account, cancellation);

    public ValueTask<Refusal> PutAsync(
        AccountId account, BlobHolders holders, IReadOnlyList<SealedBlob> blobs, CancellationToken cancellation) =>
        WriteAsync(() => inner.Blobs.PutAsync(account, holders, blobs, cancellation));

    ValueTask<byte[]?> IBlobStore.GetAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
        inner.Blobs.GetAsync(account, name, cancellation);

    public ValueTask<int> ReadAsync(AccountId account, BlobName name, Memory<byte> room, CancellationToken cancellation) =>
        inner.Blobs.ReadAsync(account, name, room, cancellation);

    public ValueTask<byte[]?[]> GetAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation) =>
        inner.Blobs.GetAsync(account, names, cancellation);

    public ValueTask<bool> ContainsAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
        inner.Blobs.ContainsAsync(account, name, cancellation);

    public async ValueTask<Outcome<ReleasedBlobs>> ReleaseAsync(
        AccountId account, BlobHolders holders, IReadOnlyList<BlobName> names, DateTimeOffset putBefore, CancellationToken cancellation)
    {
        await BeforeRelease(names);
        var released = default(Outcome<ReleasedBlobs>);
        var refusal = await WriteAsync(async () =>
        {
            released = await inner.Blobs.ReleaseAsync(account, holders, names, putBefore, cancellation);
            return released.Refusal;
        });
        return refusal == Refusal.None ? released : refusal;
    }

    public async ValueTask<Outcome<int>> RewriteAsync(
        AccountId account,
        IReadOnlyList<BlobName> names,
        Func<BlobName, ReadOnlyMemory<byte>, SealedBlob?> rewrite,
        CancellationToken cancellation)
    {
        var rewritten = default(Outcome<int>);
        var refusal = await WriteAsync(async () =>
        {
            rewritten = await inner.Blobs.RewriteAsync(account, names, rewrite, cancellation);
            return rewritten.Refusal;
        });
        return refusal == Refusal.None ? rewritten : refusal;
    }

    public ValueTask<Refusal> DeleteAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation) =>
        WriteAsync(() => inner.Blobs.DeleteAsync(account, names, cancellation));

    public IAsyncEnumerable<BlobLine> ListAsync(AccountId account, CancellationToken cancellation) =>
        inner.Blobs.ListAsync(account, cancellation);

    public ValueTask<Refusal> EraseAsync(CancellationToken cancellation) => WriteAsync(() => inner.Blobs.EraseAsync(cancellation));

    public ValueTask<Refusal> ReplaceAsync(
        AccountId account, IReadOnlyList<SealedBlob> put, IReadOnlyList<BlobName> delete, CancellationToken cancellation) =>
        WriteAsync(() => inner.Snapshots.ReplaceAsync(account, put, delete, cancellation));

    ValueTask<byte[]?> ISnapshotStore.GetAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
        inner.Snapshots.GetAsync(account, name, cancellation);

    public ValueTask<Refusal> ClearAsync(AccountId account, CancellationToken cancellation) =>
        WriteAsync(() => inner.Snapshots.ClearAsync(account, cancellation));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<Refusal> WriteAsync(Func<ValueTask<Refusal>> write)
    {
        if (WritesLeft < 0) return Refusal.Unavailable;
        if (WritesLeft-- > 0) return await write();
        if (LastIsDone) await write();
        return Refusal.Unavailable;
    }
}
