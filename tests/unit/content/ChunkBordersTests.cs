using CompatBot.Core.Content;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Content;

/// <summary>Content is cut where its octets say, so that an edit of a long file stores only what it changed.</summary>
public sealed class ChunkBordersTests : IAsyncLifetime
{
    private static readonly AccountId Account = AccountId.New();

    private readonly MemoryStore _store = new();
    private readonly SecretBytes _naming = SecretBytes.Copy("the naming key of this very test"u8);
    private readonly Contents _contents;

    public ChunkBordersTests() => _contents = new Contents(Account, Realm.Files, _naming, _store.Blobs, TimeProvider.System);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _naming.Dispose();
        await _store.DisposeAsync();
    }

    [Fact]
    public void Chunks_are_about_a_MiB_and_within_their_limits()
    {
        var lengths = Cut(new ChunkBorders(Account, _naming), Random(1, 64 << 20), int.MaxValue);
        Assert.All(lengths.SkipLast(1), length => Assert.InRange(length, ChunkBorders.MinBytes, ChunkBorders.MaxBytes));
        Assert.InRange(lengths.Average(), 900_000, 1_400_000);
        Assert.Equal(64 << 20, lengths.Sum());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(77_777)]
    [InlineData(600_000)]
    public void Borders_do_not_depend_on_how_the_octets_come(int most)
    {
        var borders = new ChunkBorders(Account, _naming);
        var octets = Random(2, most == 1 ? 3 << 20 : 20 << 20);
        Assert.Equal(Cut(borders, octets, int.MaxValue), Cut(borders, octets, most));
    }

    [Fact]
    public void Octets_that_are_all_the_same_are_cut_at_the_limit()
    {
        var lengths = Cut(new ChunkBorders(Account, _naming), new byte[5 << 20], 1 << 16);
        Assert.Equal([ChunkBorders.MaxBytes, ChunkBorders.MaxBytes, (5 << 20) - (2 * ChunkBorders.MaxBytes)], lengths);
    }

    [Fact]
    public void Borders_are_a_secret_of_the_account_and_its_epoch()
    {
        var octets = Random(3, 8 << 20);
        using var other = SecretBytes.Random(32);
        var own = Cut(new ChunkBorders(Account, _naming), octets, int.MaxValue);
        Assert.NotEqual(own, Cut(new ChunkBorders(AccountId.New(), _naming), octets, int.MaxValue));
        Assert.NotEqual(own, Cut(new ChunkBorders(Account, other), octets, int.MaxValue));
    }

    [Fact]
    public async Task What_is_put_into_a_long_file_or_taken_out_of_it_costs_the_chunks_around_it()
    {
        var octets = Random(4, 30 << 20).ToList();
        await StoreAsync([.. octets]);
        var before = await CountAsync();
        octets.Insert(0, 42);
        octets.RemoveRange(11 << 20, 1000);
        octets.InsertRange(20 << 20, Random(5, 5000));
        var changed = await StoreAsync([.. octets]);
        Assert.Equal(octets, (await changed.ReadAllAsync(Stop)).ToArray());
        Assert.InRange(await CountAsync(), before + 4, before + 8); // Each change one chunk or two, and the list.
    }

    [Fact]
    public async Task Any_range_is_streamed_as_it_is()
    {
        var octets = Random(6, 5_000_000);
        var random = new Random(7);
        foreach (var length in (int[])[0, 1, 300_000, octets.Length])
        {
            var reader = await StoreAsync(octets[..length]);
            for (var i = 0; i < 20; i++)
            {
                var from = random.Next(length + 1);
                var to = random.Next(from, length + 1000);
                var streamed = new List<byte>();
                if (i % 3 == 0) await reader.ReadAsync(random.Next(length + 1), Stop); // It keeps a chunk.
                await foreach (var part in reader.StreamAsync(from, to, Stop)) streamed.AddRange(part.Span);
                var wanted = octets.AsSpan(from, Math.Min(to, length) - from);
                Assert.True(wanted.SequenceEqual(streamed.ToArray()), $"{from} to {to} of {length}");
            }
        }
    }

    [Fact]
    public async Task A_stream_that_is_left_early_or_damaged_ends_in_order()
    {
        var reader = await StoreAsync(Random(8, 6 << 20));
        await foreach (var _ in reader.StreamAsync(0, long.MaxValue, Stop)) break;
        var names = new List<BlobName>();
        await foreach (var (key, _, _) in reader.ChunksAsync(0, reader.Length, Stop)) names.Add(BlobSeal.NameOf(key));
        await _store.Blobs.DeleteAsync(Account, [names[2]], Stop);
        var parts = 0;
        await Assert.ThrowsAsync<ContentException>(async () =>
        {
            await foreach (var _ in reader.StreamAsync(0, long.MaxValue, Stop)) parts++;
        });
        Assert.Equal(2, parts);
    }

    /// <returns>The lengths of the chunks.</returns>
    private static List<int> Cut(ChunkBorders borders, byte[] octets, int most)
    {
        var (lengths, hash, count) = (new List<int>(), 0UL, 0);
        for (var rest = octets.AsSpan(); !rest.IsEmpty;)
        {
            var part = rest[..Math.Min(rest.Length, most)];
            var border = borders.Find(part, count, ref hash);
            rest = rest[(border < 0 ? part.Length : border)..];
            count += border < 0 ? part.Length : border;
            if (border < 0 && !rest.IsEmpty) continue;
            lengths.Add(count);
            count = 0;
        }

        return lengths;
    }

    private static byte[] Random(int seed, int length)
    {
        var octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return octets;
    }

    private async Task<int> CountAsync() => await _store.Blobs.ListAsync(Account, Stop).CountAsync(Stop);

    private async Task<ContentReader> StoreAsync(byte[] octets)
    {
        using var writer = _contents.Write();
        Assert.Equal(Refusal.None, await writer.WriteAsync(octets, Stop));
        var written = (await writer.CompleteAsync(Stop)).Value!;
        Assert.Equal(Refusal.None, await _store.Blobs.PutAsync(Account, BlobHolders.Files, written.Blobs, Stop));
        return _contents.Read(written.Content, octets.Length);
    }
}
