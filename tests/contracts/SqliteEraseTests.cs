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
        Assert.Equal(30, Found(blobs));
        _clock.Now += TimeSpan.FromDays(2);
        var names = gone.Select(blob => blob.Name).ToList();
        Assert.Equal(20, (await store.Blobs.ReleaseAsync(account, BlobHolders.Mail, names, _clock.Now, Cancellation)).Value.Blobs);
        await store.Snapshots.ClearAsync(account, Cancellation);
        Assert.Equal(Refusal.None, await store.Blobs.EraseAsync(Cancellation));
        Assert.Equal(0, new FileInfo(Path.Combine(_folder.Path, "compatbot.db-wal")).Length);
        Assert.Equal(0, Found(gone));
        Assert.Equal(10, Found(kept));
    }

    public void Dispose() => _folder.Dispose();

    private static SealedBlob Blob(int length)
    {
        var bytes = System.Security.Cryptography.RandomNumberGenerator.GetBytes(length);
        return new SealedBlob(new BlobName(System.Security.Cryptography.RandomNumberGenerator.GetBytes(BlobName.Length)), bytes);
    }

    /// <summary>How many of the blobs have their first 64 bytes in some file; a longer blob's middle is on pages of its own.</summary>
    private int Found(SealedBlob[] blobs)
    {
        var files = Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) != "lock").Select(ReadShared).ToList();
        return blobs.Count(blob => Pieces(blob).Any(piece => files.Exists(file => file.AsSpan().IndexOf(piece.Span) >= 0)));
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(SealedBlob blob)
    {
        for (var at = 0; at < blob.Bytes.Length; at += 4000) yield return blob.Bytes.Slice(at, Math.Min(64, blob.Bytes.Length - at));
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
