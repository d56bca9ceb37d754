using CompatBot.Core.Content;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Content;

/// <summary>New content that shares chunks of old content: the same octets as when all is written, and nothing stored twice.</summary>
public sealed class SharedContentTests : IAsyncLifetime
{
    private const int Chunk = Contents.ChunkBytes;

    private static readonly AccountId Account = AccountId.New();

    private readonly MemoryStore _store = new();
    private readonly SecretBytes _naming = SecretBytes.Random(32);
    private readonly Contents _contents;

    public SharedContentTests() => _contents = new Contents(Account, Realm.Files, _naming, _store.Blobs, TimeProvider.System);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _naming.Dispose();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task A_changed_chunk_is_all_that_is_stored_anew()
    {
        var old = Random(7, (5 * Chunk) + 1000);
        var reader = await StoreAsync(old);
        var before = await CountAsync();
        using var writer = _contents.Write();
        Assert.Equal(Refusal.None, await writer.ShareAsync(reader, 0, (2 * Chunk) + 50, Stop));
        Assert.Equal(Refusal.None, await writer.WriteAsync(new byte[] { 1, 2, 3 }, Stop));
        Assert.Equal(Refusal.None, await writer.ShareAsync(reader, (2 * Chunk) + 53, old.Length, Stop));
        new byte[] { 1, 2, 3 }.CopyTo(old, (2 * Chunk) + 50);
        Assert.Equal(old, await CompleteAsync(writer));
        Assert.Equal(before + 2, await CountAsync()); // The chunk, and the list.
    }

    [Fact]
    public async Task A_copy_of_everything_is_the_same_content()
    {
        foreach (var length in (int[])[0, 1, Chunk - 1, Chunk, Chunk + 1, (3 * Chunk) + 7])
        {
            var old = Random(length, length);
            var reader = await StoreAsync(old);
            using var writer = _contents.Write();
            Assert.Equal(Refusal.None, await writer.ShareAsync(reader, 0, length, Stop));
            Assert.Equal(reader.Content, (await writer.CompleteAsync(Stop)).Value!.Content);
        }
    }

    [Fact]
    public async Task Small_parts_are_gathered_and_large_ones_shared()
    {
        var parts = new List<byte[]>();
        for (var i = 0; i < 200; i++) parts.Add(Random(i, i % 50 == 49 ? (2 * Chunk) + 100_000 : 3000));
        var readers = new List<ContentReader>();
        foreach (var part in parts) readers.Add(await StoreAsync(part));
        var before = await CountAsync();
        using var writer = _contents.Write();
        foreach (var reader in readers) Assert.Equal(Refusal.None, await writer.ShareAsync(reader, 0, reader.Length, Stop));
        Assert.Equal(parts.SelectMany(part => part), await CompleteAsync(writer));
        Assert.InRange(await CountAsync(), before + 1, before + 7); // What is gathered between large parts, and the list.
    }

    [Fact]
    public async Task Any_parts_of_any_contents_give_their_octets()
    {
        var random = new Random(11);
        for (var round = 0; round < 30; round++)
        {
            var (wanted, readers) = (new List<byte>(), new List<(ContentReader Reader, byte[] Octets)>());
            for (var i = 0; i < 3; i++)
            {
                var octets = Random(random.Next(), random.Next(1, 3 * Chunk));
                readers.Add((await StoreAsync(octets), octets));
            }

            using var writer = _contents.Write();
            for (var step = 0; step < 6; step++)
            {
                var (reader, octets) = readers[random.Next(readers.Count)];
                var from = random.Next(octets.Length);
                var to = random.Next(3) == 0 ? octets.Length : random.Next(from, octets.Length);
                Assert.Equal(Refusal.None, await writer.ShareAsync(reader, from, to, Stop));
                wanted.AddRange(octets.AsSpan(from, to - from));
                var fresh = Random(step, random.Next(400_000));
                Assert.Equal(Refusal.None, await writer.WriteAsync(fresh, Stop));
                wanted.AddRange(fresh);
            }

            Assert.True(wanted.SequenceEqual(await CompleteAsync(writer)), $"round {round}");
        }
    }

    [Theory] // Of "123456789": the check values of the catalogues; and of a million letters, from RFC 6234's test and Python's zlib.
    [InlineData(HashKind.Crc32, "123456789", 1, "cbf43926")]
    [InlineData(HashKind.Adler32, "123456789", 1, "091e01de")]
    [InlineData(HashKind.Md5, "123456789", 1, "25f9e794323b453885f5181f1b624d0b")]
    [InlineData(HashKind.Sha1, "a", 1_000_000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f")]
    [InlineData(HashKind.Sha256, "a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")]
    [InlineData(HashKind.Adler32, "a", 1_000_000, "15d870f9")]
    [InlineData(HashKind.Crc32, "a", 1_000_000, "dc25bfbc")]
    [InlineData(HashKind.Crc32, "", 1, "00000000")]
    [InlineData(HashKind.Adler32, "", 1, "00000001")]
    public async Task Hashes_are_those_of_others(HashKind kind, string text, int times, string hash)
    {
        var octets = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, times)));
        var reader = await StoreAsync(octets);
        Assert.Equal(hash, Convert.ToHexStringLower(await ContentHash.OfAsync(kind, reader, 0, octets.Length, Stop)));
    }

    private static byte[] Random(int seed, int length)
    {
        var octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    private async Task<int> CountAsync()
    {
        var count = 0;
        await foreach (var _ in _store.Blobs.ListAsync(Account, Stop)) count++;
        return count;
    }

    private async Task<byte[]> CompleteAsync(ContentWriter writer)
    {
        var written = (await writer.CompleteAsync(Stop)).Value!;
        Assert.Equal(Refusal.None, await _store.Blobs.PutAsync(Account, BlobHolders.Files, written.Blobs, Stop));
        return (await _contents.Read(written.Content, written.Length).ReadAllAsync(Stop)).ToArray();
    }

    private async Task<ContentReader> StoreAsync(byte[] octets)
    {
        using var writer = _contents.Write();
        Assert.Equal(Refusal.None, await writer.WriteAsync(octets, Stop));
        var written = (await writer.CompleteAsync(Stop)).Value!;
        Assert.Equal(Refusal.None, await _store.Blobs.PutAsync(Account, BlobHolders.Files, written.Blobs, Stop));
        return _contents.Read(written.Content, octets.Length);
    }
}
