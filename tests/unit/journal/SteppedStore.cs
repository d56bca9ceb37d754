using System.Runtime.CompilerServices;
using CompatBot.Core.Store;

namespace CompatBot.UnitTests.Journal;

/// <summary>A store that asks a test before and after each step of taking in: "read", "read done", "append" and so on.</summary>
internal sealed class SteppedStore(IStore inner) : IStore, IJournalStore, IDropbox, ISnapshotStore
{
    /// <summary>May wait, throw, or answer with a refusal (only heeded before a step that writes).</summary>
    public Func<string, ValueTask<Refusal>> Step { get; set; } = _ => new(Refusal.None);

    public IJournalStore Journal => this;

    public IBlobStore Blobs => inner.Blobs;

    /// <summary>Awaited before a snapshot is written.</summary>
    public Func<Task> BeforeSnapshot { get; set; } = () => Task.CompletedTask;

    public ISnapshotStore Snapshots => this;

    public IDropbox Dropbox => this;

    public IDirectory Directory => inner.Directory;

    public ValueTask<Refusal> AppendAsync(JournalAppend append, CancellationToken cancellation) =>
        WriteAsync("append", () => inner.Journal.AppendAsync(append, cancellation));

    public ValueTask<Refusal> DeleteAsync(
        AccountId account, Realm realm, ulong through, IReadOnlyList<BlobName> blobs, CancellationToken cancellation) =>
        WriteAsync("delete", () => inner.Dropbox.DeleteAsync(account, realm, through, blobs, cancellation));

    public IAsyncEnumerable<StoredEntry> ReadAsync(AccountId account, ulong after, CancellationToken cancellation) =>
        inner.Journal.ReadAsync(account, after, cancellation);

    public async IAsyncEnumerable<(ulong Number, byte[] Bytes)> ReadAsync(
        AccountId account, Realm realm, ulong after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Step("read");
        await foreach (var item in inner.Dropbox.ReadAsync(account, realm, after, cancellation)) yield return item;
        await Step("read done");
    }

    public ValueTask<Refusal> PutAsync(IReadOnlyList<DroppedItem> items, CancellationToken cancellation) =>
        inner.Dropbox.PutAsync(items, cancellation);

    public ValueTask<ulong> LastNumberAsync(AccountId account, Realm realm, CancellationToken cancellation) =>
        inner.Dropbox.LastNumberAsync(account, realm, cancellation);

    public ValueTask<Refusal> SkipNumbersAsync(AccountId account, Realm realm, ulong last, CancellationToken cancellation) =>
        inner.Dropbox.SkipNumbersAsync(account, realm, last, cancellation);

    public ValueTask<(long Items, long Bytes)> DepthAsync(AccountId account, Realm realm, CancellationToken cancellation) =>
        inner.Dropbox.DepthAsync(account, realm, cancellation);

    public async ValueTask<Refusal> ReplaceAsync(
        AccountId account, IReadOnlyList<SealedBlob> put, IReadOnlyList<BlobName> delete, CancellationToken cancellation)
    {
        await BeforeSnapshot();
        return await inner.Snapshots.ReplaceAsync(account, put, delete, cancellation);
    }

    public ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
        inner.Snapshots.GetAsync(account, name, cancellation);

    public ValueTask<Refusal> ClearAsync(AccountId account, CancellationToken cancellation) =>
        inner.Snapshots.ClearAsync(account, cancellation);

    public ValueTask<ulong> HeadAsync(AccountId account, CancellationToken cancellation) => inner.Journal.HeadAsync(account, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async ValueTask<Refusal> WriteAsync(string step, Func<ValueTask<Refusal>> write)
    {
        var refusal = await Step(step);
        if (refusal != Refusal.None) return refusal;
        refusal = await write();
        await Step(step + " done");
        return refusal;
    }
}
