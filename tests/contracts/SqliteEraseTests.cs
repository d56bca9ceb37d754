using CompatBot.ContractTests.Faults;
using CompatBot.Core.Store;

namespace CompatBot.ContractTests;

/// <summary>After an erasure no file of the data directory holds the bytes of what was deleted.</summary>
public sealed class SqliteEraseTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly DateClock _clock = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deleted_bytes_are_in_no_file()
    {
        var account = AccountId.New();
        var blobs = Enumerable.Range(0, 30).Select(i => Blob(100 << (i % 12))).ToArray(); // 100 bytes to 200 KB: rows and files.
        await using var store = await _folder.OpenAsync(_clock);
        await store.Blobs.PutAsync(account, BlobHolders.Mail, blobs, Cancellation);
        await store.Snapshots.ReplaceAsync(account, blobs[..3], [], Cancellation);
        var (gone, kept) = (blobs[..20], blobs[20..]);
        Assert.Equal(30, Found(_folder, blobs));
        _clock.Now += TimeSpan.FromDays(2);
        var names = gone.Select(blob => blob.Name).ToList();
        Assert.Equal(20, (await store.Blobs.ReleaseAsync(account, BlobHolders.Mail, names, _clock.Now, Cancellation)).Value.Blobs);
        await store.Snapshots.ClearAsync(account, Cancellation);
        Assert.Equal(Refusal.None, await store.Blobs.EraseAsync(Cancellation));
        Assert.Equal(0, new FileInfo(Path.Combine(_folder.Path, "compatbot.db-wal")).Length);
        Assert.Equal(0, Found(_folder, gone));
        Assert.Equal(10, Found(_folder, kept));
    }

    [Fact]
    public async Task Bytes_that_others_took_the_place_of_are_in_no_file()
    {
        var account = AccountId.New();
        var blobs = Enumerable.Range(0, 30).Select(i => Blob(100 << (i % 14))).ToArray();
        await using var store = await _folder.OpenAsync(_clock);
        await store.Blobs.PutAsync(account, BlobHolders.Mail, blobs, Cancellation);
        var better = blobs.Select(blob => blob with { Bytes = Blob(blob.Bytes.Length + 45).Bytes }).ToArray();
        var rewritten = await store.Blobs.RewriteAsync(
            account, [.. blobs.Select(blob => blob.Name)], (name, _) => better.First(blob => blob.Name == name), Cancellation);
        Assert.Equal(30, rewritten.Value);
        Assert.Equal(Refusal.None, await store.Blobs.EraseAsync(Cancellation));
        Assert.Equal((0, 30), (Found(_folder, blobs), Found(_folder, better)));
    }

    /// <summary>Where rows go, SQLite moves others together: what stays behind of a moved row must not outlive the row.</summary>
    [Fact]
    public async Task Nothing_stays_behind_of_rows_that_moved_before_they_were_deleted()
    {
        for (var seed = 0; seed < 16; seed++)
        {
            var (account, random, clock) = (AccountId.New(), new Random(seed), new DateClock());
            var (gone, kept) = (new List<SealedBlob>(), new List<SealedBlob>());
            using var folder = new TestFolder(inMemory: true);
            await using var store = await folder.OpenAsync(clock);
            for (var round = 0; round < 5; round++)
            {
                SealedBlob[] blobs = [.. kept, .. Enumerable.Range(0, 100).Select(_ => Blob(random.Next(48, 600)))];
                await store.Blobs.PutAsync(account, BlobHolders.Mail, blobs.AsMemory(kept.Count).ToArray(), Cancellation);
                random.Shuffle(blobs);
                kept = [.. blobs.Take(blobs.Length / 5)];
                SealedBlob[] released = [.. blobs.Skip(kept.Count)];
                gone.AddRange(released);
                clock.Now += TimeSpan.FromDays(2);
                var names = released.Select(blob => blob.Name).ToList();
                await store.Blobs.ReleaseAsync(account, BlobHolders.Mail, names, clock.Now, Cancellation);
            }

            Assert.Equal(Refusal.None, await store.Blobs.EraseAsync(Cancellation));
            Assert.Equal((0, kept.Count), (Found(folder, gone), Found(folder, kept)));

            // Every row is written again, to the log first, with the hour: the pages in the cache must not bring anything back.
            clock.Now += TimeSpan.FromDays(2);
            await store.Blobs.PutAsync(account, BlobHolders.Mail, kept, Cancellation);
            Assert.Equal(0, Found(folder, gone));
            Assert.Equal(Refusal.None, await store.Blobs.EraseAsync(Cancellation));
            Assert.Equal(0, Found(folder, gone));
        }
    }

    public void Dispose() => _folder.Dispose();

    private static SealedBlob Blob(int length)
    {
        var bytes = System.Security.Cryptography.RandomNumberGenerator.GetBytes(length);
        return new SealedBlob(new BlobName(System.Security.Cryptography.RandomNumberGenerator.GetBytes(BlobName.Length)), bytes);
    }

    /// <summary>How many of the blobs have 48 bytes of one of their thousands in some file.</summary>
    private static int Found(TestFolder folder, IEnumerable<SealedBlob> blobs)
    {
        var files = Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) != "lock").Select(ReadShared).ToList();
        return blobs.Count(blob => Pieces(blob).Any(piece => files.Exists(file => file.AsSpan().IndexOf(piece.Span) >= 0)));
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(SealedBlob blob)
    {
        for (var at = 0; at + 48 <= blob.Bytes.Length; at += 1000) yield return blob.Bytes.Slice(at, 48);
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
