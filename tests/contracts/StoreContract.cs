using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.ContractTests;

/// <summary>What every engine must do. One class for each part; one subclass of each for every engine.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private IStore? _store;

    protected IStore Store => _store ?? throw new InvalidOperationException("The store is closed.");

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>False: reopening finds an empty store, so tests of durability do not apply.</summary>
    protected virtual bool IsDurable => true;

    protected abstract ValueTask<IStore> OpenAsync();

    /// <summary>Closes the store and opens it again.</summary>
    protected async Task ReopenAsync()
    {
        Assert.SkipUnless(IsDurable, "This engine keeps nothing.");
        await Store.DisposeAsync();
        _store = null;
        _store = await OpenAsync();
    }

    public async ValueTask InitializeAsync() => _store = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected static SealedBlob Blob(int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        return new SealedBlob(new BlobName(RandomNumberGenerator.GetBytes(BlobName.Length)), bytes);
    }

    protected static StoredEntry Entry(ulong sequence, int length = 300)
    {
        var bytes = new byte[length];
        RandomNumberGenerator.Fill(bytes);
        return new StoredEntry(sequence, bytes);
    }

    protected static JournalAppend Append(AccountId account, ulong sequence, params SealedBlob[] blobs) =>
        new(account, Realm.Mail, Entry(sequence), blobs);

    protected Task<Refusal> AppendAsync(AccountId account, ulong sequence, params SealedBlob[] blobs) =>
        Store.Journal.AppendAsync(Append(account, sequence, blobs), Cancellation).AsTask();

    protected async Task AssertBlobAsync(AccountId account, SealedBlob blob)
    {
        var found = await Store.Blobs.GetAsync(account, blob.Name, Cancellation);
        Assert.NotNull(found);
        Assert.True(blob.Bytes.Span.SequenceEqual(found), $"Blob of {blob.Bytes.Length} bytes came back different.");
        var room = new byte[IBlobStore.BlobBytesMax];
        Assert.Equal(found.Length, await Store.Blobs.ReadAsync(account, blob.Name, room, Cancellation));
        Assert.True(found.AsSpan().SequenceEqual(room.AsSpan(0, found.Length)));
    }

    protected async Task<ulong[]> SequencesAsync(AccountId account, ulong after = 0)
    {
        var sequences = new List<ulong>();
        await foreach (var entry in Store.Journal.ReadAsync(account, after, Cancellation))
        {
            sequences.Add(entry.Sequence);
        }

        return [.. sequences];
    }

    protected async Task<Dictionary<BlobName, long>> ListAsync(AccountId account)
    {
        var found = new Dictionary<BlobName, long>();
        await foreach (var (name, bytes) in Store.Blobs.ListAsync(account, Cancellation))
        {
            found.Add(name, bytes);
        }

        return found;
    }

    protected static ulong[] Range(ulong from, ulong to) => [.. Enumerable.Range((int)from, (int)(to - from + 1)).Select(i => (ulong)i)];
}
