using CompatBot.Core.Store;

namespace CompatBot.UnitTests.Mail.History;

/// <summary>A store that knows which snapshot pieces there are, how long each is, and how many bytes of them were written.</summary>
internal sealed class CountingSnapshots(IStore inner) : IStore, ISnapshotStore
{
    private int _reads;

    public Dictionary<BlobName, int> Lengths { get; } = [];

    public long Written { get; set; }

    /// <summary>How many pieces were asked for.</summary>
    public int Reads => _reads;

    public IJournalStore Journal => inner.Journal;

    public IBlobStore Blobs => inner.Blobs;

    public ISnapshotStore Snapshots => this;

    public IDropbox Dropbox => inner.Dropbox;

    public IDirectory Directory => inner.Directory;

    public ValueTask<Refusal> ReplaceAsync(
        AccountId account, IReadOnlyList<SealedBlob> put, IReadOnlyList<BlobName> delete, CancellationToken cancellation)
    {
        foreach (var name in delete) Lengths.Remove(name);
        foreach (var piece in put)
        {
            Lengths[piece.Name] = piece.Bytes.Length;
            Written += piece.Bytes.Length;
        }

        return inner.Snapshots.ReplaceAsync(account, put, delete, cancellation);
    }

    public ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _reads);
        return inner.Snapshots.GetAsync(account, name, cancellation);
    }

    public ValueTask<Refusal> ClearAsync(AccountId account, CancellationToken cancellation) =>
        inner.Snapshots.ClearAsync(account, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
