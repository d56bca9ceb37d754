using System.Security.Cryptography;
using CompatBot.ContractTests.Faults;
using CompatBot.Core.Store;

namespace CompatBot.ContractTests;

/// <summary>Blobs get other bytes under their names: as a whole, and never in the place of what somebody else put there.</summary>
public abstract class RewriteContract : StoreContract
{
    private const int Small = 5_000;
    private const int Large = 700_000;
    private const int Border = 512 << 10;

    protected DateClock Clock { get; } = new();

    [Theory]
    [InlineData(Small, Small + 45)]
    [InlineData(Large, Large + 45)]
    [InlineData(Border - 10, Border + 35)]
    [InlineData(Large, Small)]
    [InlineData(0, 100)]
    public async Task A_blob_gets_other_bytes_and_keeps_its_holders_and_its_hour(int before, int after)
    {
        var (account, blob, other) = (AccountId.New(), Blob(before) with { Epoch = 1 }, Blob(10));
        await PutAsync(account, BlobHolders.Mail | BlobHolders.Files, blob, other);
        var line = await LineAsync(account, blob);
        Clock.Now += TimeSpan.FromHours(5);
        var better = new SealedBlob(blob.Name, RandomNumberGenerator.GetBytes(after)) { Epoch = 700 };
        Assert.Equal(1, await RewriteAsync(account, (name, bytes) =>
        {
            Assert.Equal(blob.Name, name);
            Assert.True(blob.Bytes.Span.SequenceEqual(bytes.Span));
            return better;
        }, blob.Name));
        await AssertBlobAsync(account, better);
        await AssertBlobAsync(account, other);
        Assert.Equal(line with { Bytes = after, Epoch = 700 }, await LineAsync(account, blob));
        await PutAsync(account, BlobHolders.Calendar, blob); // Equal names mean equal content: what is there stays.
        Assert.Equal((after, 700u), ((int)(await LineAsync(account, blob)).Bytes, (await LineAsync(account, blob)).Epoch));
    }

    [Fact]
    public async Task Rewritten_blobs_survive_reopening()
    {
        var (account, small, large) = (AccountId.New(), Blob(Small), Blob(Large));
        await PutAsync(account, BlobHolders.Mail, small, large);
        SealedBlob[] better = [small with { Bytes = large.Bytes, Epoch = 2 }, large with { Bytes = small.Bytes, Epoch = 3 }];
        Assert.Equal(2, await RewriteAsync(account, (name, _) => better.First(blob => blob.Name == name), small.Name, large.Name));
        await ReopenAsync();
        foreach (var blob in better) await AssertBlobAsync(account, blob);
        uint[] expected = [2, 3];
        Assert.Equal(expected, await EpochsAsync(account, better));
    }

    [Fact]
    public async Task What_is_gone_or_is_to_stay_is_passed_over()
    {
        var (account, blobs) = (AccountId.New(), Enumerable.Range(0, 5).Select(i => Blob(i % 2 == 0 ? Small : Large)).ToArray());
        await PutAsync(account, BlobHolders.Mail, blobs);
        await Store.Blobs.DeleteAsync(account, [blobs[4].Name], Cancellation);
        BlobName[] names = [.. blobs.Select(blob => blob.Name), Blob(1).Name];
        Assert.Equal(2, await RewriteAsync(
            account,
            (name, bytes) => name == blobs[0].Name || name == blobs[1].Name ? new SealedBlob(name, bytes) { Epoch = 3 } : null,
            names));
        foreach (var blob in blobs[..4]) await AssertBlobAsync(account, blob);
        uint[] expected = [3, 3, 0, 0];
        Assert.Equal(expected, await EpochsAsync(account, blobs[..4]));
        Assert.Equal(0, await RewriteAsync(AccountId.New(), (name, _) => new SealedBlob(name, default), names));
        Assert.Equal(4, (await ListAsync(account)).Count);
    }

    [Theory]
    [InlineData(Small, true)]
    [InlineData(Small, false)]
    [InlineData(Large, true)]
    [InlineData(Large, false)]
    public async Task What_somebody_put_there_meanwhile_stays(int length, bool isPutAgain)
    {
        var (account, blob) = (AccountId.New(), Blob(length));
        await PutAsync(account, BlobHolders.Mail, blob);
        var better = new SealedBlob(blob.Name, RandomNumberGenerator.GetBytes(length));
        using var go = new ManualResetEventSlim();
        var isRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var rewriting = Task.Run(
            () => RewriteAsync(account, (name, _) =>
            {
                isRead.SetResult();
                go.Wait(Cancellation);
                return new SealedBlob(name, RandomNumberGenerator.GetBytes(length + 45)) { Epoch = 2 };
            }, blob.Name),
            Cancellation);
        await isRead.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.Equal(Refusal.None, await Store.Blobs.DeleteAsync(account, [blob.Name], Cancellation));
        if (isPutAgain) await PutAsync(account, BlobHolders.Mail, better);
        go.Set();
        Assert.Equal(0, await rewriting);
        if (isPutAgain) await AssertBlobAsync(account, better);
        else Assert.Null(await Store.Blobs.GetAsync(account, blob.Name, Cancellation));
    }

    [Fact]
    public async Task Whoever_reads_meanwhile_finds_the_old_bytes_or_the_new_ones()
    {
        var (account, blobs) = (AccountId.New(), Enumerable.Range(0, 12).Select(i => Blob(i % 2 == 0 ? Small : Large)).ToArray());
        await PutAsync(account, BlobHolders.Mail, blobs);
        var better = blobs.ToDictionary(blob => blob.Name, blob => RandomNumberGenerator.GetBytes(blob.Bytes.Length + 45));
        var rewriting = Task.Run(async () =>
        {
            foreach (var blob in blobs) await RewriteAsync(account, (name, _) => new SealedBlob(name, better[name]), blob.Name);
        }, Cancellation);
        var room = new byte[IBlobStore.BlobBytesMax];
        do
        {
            foreach (var blob in blobs)
            {
                var length = await Store.Blobs.ReadAsync(account, blob.Name, room, Cancellation);
                var expected = length == blob.Bytes.Length ? blob.Bytes : better[blob.Name];
                Assert.True(expected.Span.SequenceEqual(room.AsSpan(0, length)));
            }
        }
        while (!rewriting.IsCompleted);
        await rewriting;
    }

    [Fact]
    public async Task A_release_takes_what_was_rewritten()
    {
        var (account, small, large) = (AccountId.New(), Blob(Small), Blob(Large));
        await PutAsync(account, BlobHolders.Mail, small, large);
        BlobName[] names = [small.Name, large.Name];
        Assert.Equal(2, await RewriteAsync(account, (name, bytes) => new SealedBlob(name, bytes[1..]) { Epoch = 1024 }, names));
        Clock.Now += TimeSpan.FromHours(2);
        var released = await Store.Blobs.ReleaseAsync(account, BlobHolders.Mail, names, Clock.Now, Cancellation);
        Assert.Equal(new ReleasedBlobs(2, Small + Large - 2), released.Value);
        Assert.Empty(await ListAsync(account));
    }

    [Fact]
    public async Task Nothing_above_the_limit_is_taken()
    {
        var (account, blob) = (AccountId.New(), Blob(Small));
        await PutAsync(account, BlobHolders.Mail, blob);
        await Assert.ThrowsAsync<ArgumentException>(
            () => RewriteAsync(account, (name, _) => new SealedBlob(name, new byte[IBlobStore.BlobBytesMax + 1]), blob.Name));
        await AssertBlobAsync(account, blob);
    }

    private async Task PutAsync(AccountId account, BlobHolders holders, params SealedBlob[] blobs) =>
        Assert.Equal(Refusal.None, await Store.Blobs.PutAsync(account, holders, blobs, Cancellation));

    private async Task<int> RewriteAsync(
        AccountId account, Func<BlobName, ReadOnlyMemory<byte>, SealedBlob?> rewrite, params BlobName[] names)
    {
        var rewritten = await Store.Blobs.RewriteAsync(account, names, rewrite, Cancellation);
        Assert.Equal(Refusal.None, rewritten.Refusal);
        return rewritten.Value;
    }

    private async Task<BlobLine> LineAsync(AccountId account, SealedBlob blob) =>
        await Store.Blobs.ListAsync(account, Cancellation).SingleAsync(line => line.Name == blob.Name, Cancellation);

    private async Task<uint[]> EpochsAsync(AccountId account, SealedBlob[] blobs)
    {
        var lines = await Store.Blobs.ListAsync(account, Cancellation).ToDictionaryAsync(line => line.Name, null, Cancellation);
        return [.. blobs.Select(blob => lines[blob.Name].Epoch)];
    }
}

public sealed class MemoryRewriteTests : RewriteContract
{
    protected override bool IsDurable => false;

    protected override ValueTask<IStore> OpenAsync() => ValueTask.FromResult<IStore>(new Storage.Memory.MemoryStore(Clock));
}

public sealed class SqliteRewriteTests : RewriteContract
{
    private readonly TestFolder _folder = new();

    protected override ValueTask<IStore> OpenAsync() => _folder.OpenAsync(Clock);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
