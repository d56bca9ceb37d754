using System.Security.Cryptography;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite;

namespace CompatBot.ContractTests.Faults;

/// <summary>A mixed load on a store whose disk steps are logged; remembers what was acknowledged after which step.</summary>
internal sealed class CrashLoad : IDisposable
{
    private const int AppendsPerAccount = 12;

    private readonly TestFolder _folder = new();
    private readonly FaultVfs _vfs = new();
    private readonly FaultDisk _disk;
    private readonly Lock _lock = new();

    public CrashLoad()
    {
        _disk = new FaultDisk(_vfs.Log);
        Options = new SqliteOptions { Vfs = _vfs.Name, Disk = _disk, CheckpointPages = 24, FileBytesMin = 16 << 10, ReserveBytes = 0 };
    }

    public sealed record Appended(AccountId Account, ulong Sequence, int AckedAt);

    public sealed record Deleted(AccountId Account, BlobName Name, int BegunAt, int AckedAt);

    public sealed record Rewritten(BlobName Name, byte[] Bytes, int BegunAt, int AckedAt);

    public sealed record Dropped(int Count, int AckedAt);

    public sealed record TakenIn(ulong Through, int BegunAt, int AckedAt);

    public SqliteOptions Options { get; }

    public string Folder => _folder.Path;

    public FaultVfs Vfs => _vfs;

    public FaultDisk Disk => _disk;

    public AccountId[] Accounts { get; } = [.. Enumerable.Range(0, 5).Select(_ => AccountId.New())];

    public AccountId Mailbox { get; } = AccountId.New();

    public Dictionary<BlobName, byte[]> Blobs { get; } = [];

    public List<Appended> Appends { get; } = [];

    public List<Deleted> Deletions { get; } = [];

    public List<Rewritten> Rewrites { get; } = [];

    public List<Dropped> Drops { get; } = [];

    public List<TakenIn> Intakes { get; } = [];

    public DiskStep[] Steps => _vfs.Log.ToArray();

    public async Task RunAsync(CancellationToken cancellation)
    {
        await using var store = await SqliteStore.OpenAsync(_folder.Path, Options, TimeProvider.System, cancellation);
        await Task.WhenAll(
            [.. Accounts.Select((account, i) => Task.Run(() => AppendAsync(store, account, new Random(i)), cancellation)),
            Task.Run(() => DropAsync(store), cancellation)]);
    }

    public void Dispose()
    {
        _vfs.Dispose();
        _folder.Dispose();
    }

    /// <summary>An entry that names its blobs, so that a test can tell whether both are there.</summary>
    public JournalAppend Append(AccountId account, ulong sequence, Random random)
    {
        var blobs = new SealedBlob[random.Next(4)];
        for (var i = 0; i < blobs.Length; i++)
        {
            var length = random.Next(6) == 0 ? 20_000 : random.Next(6000);
            blobs[i] = new SealedBlob(
                new BlobName(RandomNumberGenerator.GetBytes(BlobName.Length)), RandomNumberGenerator.GetBytes(length));
            lock (_lock)
            {
                Blobs.Add(blobs[i].Name, blobs[i].Bytes.ToArray());
            }
        }

        var entry = new StoredEntry(sequence, blobs.SelectMany(blob => blob.Name.ToBytes()).ToArray());
        return new JournalAppend(account, Realm.Mail, entry, blobs);
    }

    private async Task AppendAsync(SqliteStore store, AccountId account, Random random)
    {
        BlobName? last = null;
        for (ulong sequence = 1; sequence <= AppendsPerAccount; sequence++)
        {
            var append = Append(account, sequence, random);
            Assert.Equal(Refusal.None, await store.Journal.AppendAsync(append, CancellationToken.None));
            Note(Appends, new(account, sequence, _vfs.Log.Count));
            if (last is { } old && random.Next(3) == 0) await RewriteAsync(store, account, old, random);
            if (last is { } name && random.Next(3) == 0)
            {
                var begun = _vfs.Log.Count;
                if (random.Next(2) == 0)
                {
                    Assert.Equal(Refusal.None, await store.Blobs.DeleteAsync(account, [name], CancellationToken.None));
                }
                else
                {
                    var later = TimeProvider.System.GetUtcNow().AddHours(2);
                    var released = await store.Blobs.ReleaseAsync(account, BlobHolders.Mail, [name], later, CancellationToken.None);
                    Assert.Equal(1, released.Value.Blobs);
                }

                Note(Deletions, new(account, name, begun, _vfs.Log.Count));
                Assert.Equal(Refusal.None, await store.Blobs.EraseAsync(CancellationToken.None));
            }

            last = append.Blobs.Count > 0 ? append.Blobs[0].Name : null;
        }
    }

    private async Task RewriteAsync(SqliteStore store, AccountId account, BlobName name, Random random)
    {
        var (begun, bytes) = (_vfs.Log.Count, RandomNumberGenerator.GetBytes(random.Next(2) == 0 ? 20_000 : random.Next(6000)));
        var rewritten = await store.Blobs.RewriteAsync(
            account, [name], (blob, _) => new SealedBlob(blob, bytes) { Epoch = 2 }, CancellationToken.None);
        Assert.Equal(1, rewritten.Value);
        Note(Rewrites, new(name, bytes, begun, _vfs.Log.Count));
    }

    private async Task DropAsync(SqliteStore store)
    {
        for (var i = 1; i <= AppendsPerAccount; i++)
        {
            DroppedItem[] items = [new(Mailbox, Realm.Mail, RandomNumberGenerator.GetBytes(i * 100), [])];
            Assert.Equal(Refusal.None, await store.Dropbox.PutAsync(items, CancellationToken.None));
            Note(Drops, new(i, _vfs.Log.Count));
            if (i % 4 == 0)
            {
                var begun = _vfs.Log.Count;
                Assert.Equal(
                    Refusal.None, await store.Dropbox.DeleteAsync(Mailbox, Realm.Mail, (ulong)i, [], CancellationToken.None));
                Note(Intakes, new((ulong)i, begun, _vfs.Log.Count));
            }
        }
    }

    private void Note<T>(List<T> list, T what)
    {
        lock (_lock)
        {
            list.Add(what);
        }
    }
}
