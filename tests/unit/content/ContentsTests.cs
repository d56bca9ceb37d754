using CompatBot.Core.Content;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Content;

/// <summary>Contents over a store whose disk can refuse single blobs.</summary>
public sealed class ContentsTests : IAsyncLifetime
{
    private const int Long = ChunkBorders.MaxBytes + 1;

    private static readonly AccountId Account = AccountId.New();

    private readonly MemoryStore _store = new();
    private readonly SecretBytes _naming = SecretBytes.Random(32);
    private readonly BadSectors _blobs;
    private readonly Contents _contents;

    public ContentsTests()
    {
        _blobs = new BadSectors(_store.Blobs);
        _contents = new Contents(Account, Realm.Mail, _naming, _blobs, TimeProvider.System);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _naming.Dispose();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task Several_contents_are_read_in_one_step()
    {
        ContentReader[] readers = [await StoreAsync("one"), await StoreAsync("two"), await StoreAsync(new string('x', Long))];
        await _contents.LoadAsync(readers, Stop);
        Assert.Equal(1, _blobs.Reads);
        Assert.Equal("one", await TextAsync(readers[0]));
        Assert.Equal("two", await TextAsync(readers[1]));
        Assert.Equal(1, _blobs.Reads);
        Assert.Equal(Long, (await readers[2].ReadAllAsync(Stop)).Length);
    }

    [Fact]
    public async Task One_that_is_missing_or_damaged_leaves_the_others_readable()
    {
        ContentReader[] readers = [await StoreAsync("lost"), await StoreAsync("kept"), await StoreAsync("damaged")];
        await _store.Blobs.DeleteAsync(Account, [NameOf(readers[0])], Stop);
        _blobs.Damaged.Add(NameOf(readers[2]));
        await _contents.LoadAsync(readers, Stop);
        await Assert.ThrowsAsync<ContentException>(async () => await readers[0].ReadAllAsync(Stop));
        Assert.Equal("kept", await TextAsync(readers[1]));
        await Assert.ThrowsAsync<ContentException>(async () => await readers[2].ReadAllAsync(Stop));
    }

    [Fact]
    public async Task One_that_the_disk_refuses_leaves_the_others_readable()
    {
        ContentReader[] readers = [await StoreAsync("bad sector"), await StoreAsync("kept")];
        _blobs.Refused.Add(NameOf(readers[0]));
        await _contents.LoadAsync(readers, Stop);
        await Assert.ThrowsAsync<ContentException>(async () => await readers[0].ReadAllAsync(Stop));
        Assert.Equal("kept", await TextAsync(readers[1]));
    }

    private static BlobName NameOf(ContentReader reader) => BlobSeal.NameOf(reader.Content.Key);

    private static async Task<string> TextAsync(ContentReader reader) =>
        System.Text.Encoding.ASCII.GetString((await reader.ReadAllAsync(Stop)).Span);

    private async Task<ContentReader> StoreAsync(string text)
    {
        using var writer = _contents.Write();
        var bytes = System.Text.Encoding.ASCII.GetBytes(text);
        Assert.Equal(Refusal.None, await writer.WriteAsync(bytes, Stop));
        var written = (await writer.CompleteAsync(Stop)).Value!;
        Assert.Equal(Refusal.None, await _store.Blobs.PutAsync(Account, BlobHolders.Mail, written.Blobs, Stop));
        return _contents.Read(written.Content, bytes.Length);
    }

    private sealed class BadSectors(IBlobStore blobs) : IBlobStore
    {
        public HashSet<BlobName> Refused { get; } = [];

        public HashSet<BlobName> Damaged { get; } = [];

        public int Reads { get; private set; }

        public ValueTask<byte[]?[]> GetAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation)
        {
            Reads++;
            return GetAllAsync(account, names, cancellation);
        }

        public async ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation)
        {
            Reads++;
            return (await GetAllAsync(account, [name], cancellation))[0];
        }

        public async ValueTask<int> ReadAsync(AccountId account, BlobName name, Memory<byte> room, CancellationToken cancellation)
        {
            var bytes = await GetAsync(account, name, cancellation);
            bytes?.CopyTo(room);
            return bytes?.Length ?? -1;
        }

        public ValueTask<Refusal> PutAsync(
            AccountId account, BlobHolders holders, IReadOnlyList<SealedBlob> put, CancellationToken cancellation) =>
            blobs.PutAsync(account, holders, put, cancellation);

        public ValueTask<Outcome<ReleasedBlobs>> ReleaseAsync(
            AccountId account,
            BlobHolders holders,
            IReadOnlyList<BlobName> names,
            DateTimeOffset putBefore,
            CancellationToken cancellation) => blobs.ReleaseAsync(account, holders, names, putBefore, cancellation);

        public ValueTask<Outcome<int>> RewriteAsync(
            AccountId account,
            IReadOnlyList<BlobName> names,
            Func<BlobName, ReadOnlyMemory<byte>, SealedBlob?> rewrite,
            CancellationToken cancellation) => blobs.RewriteAsync(account, names, rewrite, cancellation);

        public ValueTask<Refusal> EraseAsync(CancellationToken cancellation) => blobs.EraseAsync(cancellation);

        public ValueTask<bool> ContainsAsync(AccountId account, BlobName name, CancellationToken cancellation) =>
            blobs.ContainsAsync(account, name, cancellation);

        public ValueTask<Refusal> DeleteAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation) =>
            blobs.DeleteAsync(account, names, cancellation);

        public IAsyncEnumerable<BlobLine> ListAsync(AccountId account, CancellationToken cancellation) =>
            blobs.ListAsync(account, cancellation);

        private async ValueTask<byte[]?[]> GetAllAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation)
        {
            if (names.Any(Refused.Contains)) throw new IOException("A bad sector.");
            var found = await blobs.GetAsync(account, names, cancellation);
            for (var i = 0; i < found.Length; i++)
            {
                if (Damaged.Contains(names[i])) found[i]![^1] ^= 1;
            }

            return found;
        }
    }
}
