using CompatBot.ContractTests.Faults;
using CompatBot.Core.Store;

namespace CompatBot.ContractTests;

/// <summary>Who holds a blob, when it was put, and that releasing beside a writer never takes what the writer is about to name.</summary>
public abstract class HolderContract : StoreContract
{
    private const int Large = 300_000;

    protected DateClock Clock { get; } = new();

    [Theory]
    [InlineData(100)]
    [InlineData(Large)]
    public async Task A_blob_goes_when_its_last_holder_lets_go(int length)
    {
        var (account, blob) = (AccountId.New(), Blob(length));
        await PutAsync(account, BlobHolders.Mail, blob);
        await PutAsync(account, BlobHolders.Files, blob);
        Clock.Now += TimeSpan.FromHours(2);
        Assert.Equal(default, await ReleaseAsync(account, BlobHolders.Mail, Clock.Now, blob));
        Assert.Equal(BlobHolders.Files, (await LineAsync(account, blob)).Holders);
        await AssertBlobAsync(account, blob);

        Assert.Equal(default, await ReleaseAsync(account, BlobHolders.Mail, Clock.Now, blob)); // Again: nothing.
        await AssertBlobAsync(account, blob);
        Assert.Equal(new ReleasedBlobs(1, length), await ReleaseAsync(account, BlobHolders.Files, Clock.Now, blob));
        Assert.Null(await Store.Blobs.GetAsync(account, blob.Name, Cancellation));
        Assert.Equal(default, await ReleaseAsync(account, BlobHolders.Files, Clock.Now, blob, Blob(1)));
        Assert.Equal(default, await ReleaseAsync(AccountId.New(), BlobHolders.Files, Clock.Now, blob));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(Large)]
    public async Task What_was_put_again_is_passed_over(int length)
    {
        var (account, blob) = (AccountId.New(), Blob(length));
        await PutAsync(account, BlobHolders.Mail, blob);
        Clock.Now += TimeSpan.FromHours(30);
        await PutAsync(account, BlobHolders.Mail, blob); // A writer that is about to name it.
        var before = Clock.Now - TimeSpan.FromHours(24);
        Assert.Equal(default, await ReleaseAsync(account, BlobHolders.Mail, before, blob));
        Assert.Equal(default, await ReleaseAsync(account, BlobHolders.Mail, Clock.Now, blob)); // The same hour: too near to tell.
        await AssertBlobAsync(account, blob);
        var line = await LineAsync(account, blob);
        Assert.Equal(Clock.Now - TimeSpan.FromMinutes(30), line.PutAt);
        Assert.Equal(length, line.Bytes);
        Assert.Equal(1, (await ReleaseAsync(account, BlobHolders.Mail, Clock.Now + TimeSpan.FromHours(1), blob)).Blobs);
    }

    [Fact]
    public async Task An_append_holds_its_blobs_for_its_realm_and_freshens_them()
    {
        var (account, blob) = (AccountId.New(), Blob(Large));
        await PutAsync(account, BlobHolders.Mail, blob);
        Clock.Now += TimeSpan.FromHours(30);
        var append = new JournalAppend(account, Realm.Files, Entry(1), [blob]);
        Assert.Equal(Refusal.None, await Store.Journal.AppendAsync(append, Cancellation));
        var line = await LineAsync(account, blob);
        Assert.Equal(BlobHolders.Mail | BlobHolders.Files, line.Holders);
        Assert.Equal(Clock.Now - TimeSpan.FromMinutes(30), line.PutAt);
        Clock.Now -= TimeSpan.FromHours(20); // A clock that goes back takes no freshness away.
        await PutAsync(account, BlobHolders.Mail, blob);
        Assert.Equal(line, await LineAsync(account, blob));
    }

    [Fact]
    public async Task The_parts_of_a_dropped_item_belong_to_its_dropbox()
    {
        var (account, part) = (AccountId.New(), Blob(Large));
        Assert.Equal(
            Refusal.None, await Store.Dropbox.PutAsync([new DroppedItem(account, Realm.Mail, new byte[5], [part])], Cancellation));
        var line = await LineAsync(account, part);
        Assert.Equal(BlobHolder.DropOf(Realm.Mail), line.Holders);
        Clock.Now += TimeSpan.FromHours(2);
        Assert.Equal(default, await ReleaseAsync(account, BlobHolders.Mail, Clock.Now, part));
        await AssertBlobAsync(account, part);
        Assert.Equal(Refusal.None, await Store.Dropbox.DeleteAsync(account, Realm.Mail, 1, [part.Name], Cancellation));
        Assert.Null(await Store.Blobs.GetAsync(account, part.Name, Cancellation));
    }

    [Fact]
    public async Task Releases_beside_a_writer_of_the_same_blobs_leave_all_that_was_committed()
    {
        var account = AccountId.New();
        var blobs = Enumerable.Range(0, 40).Select(i => Blob(i % 4 == 0 ? 200_000 : 300)).ToArray();
        foreach (var blob in blobs) await PutAsync(account, BlobHolders.Mail, blob);
        Clock.Now += TimeSpan.FromHours(48);
        var before = Clock.Now - TimeSpan.FromHours(24);
        var releasing = Task.Run(async () =>
        {
            foreach (var blob in blobs) await ReleaseAsync(account, BlobHolders.Mail, before, blob);
        }, Cancellation);
        var sequence = 0UL;
        foreach (var blob in blobs.Reverse()) Assert.Equal(Refusal.None, await AppendAsync(account, ++sequence, blob));
        await releasing;
        foreach (var blob in blobs) await AssertBlobAsync(account, blob);
    }

    [Fact]
    public async Task Holders_and_releases_survive_reopening_and_an_erasure()
    {
        var account = AccountId.New();
        var (gone, kept) = (Blob(Large), Blob(Large));
        await PutAsync(account, BlobHolders.Mail, gone);
        await PutAsync(account, BlobHolders.Mail | BlobHolders.Calendar, kept);
        Clock.Now += TimeSpan.FromHours(2);
        await ReleaseAsync(account, BlobHolders.Mail, Clock.Now, gone, kept);
        Assert.Equal(Refusal.None, await Store.Blobs.EraseAsync(Cancellation));
        await AssertBlobAsync(account, kept);
        await ReopenAsync();
        Assert.Equal(BlobHolders.Calendar, (await LineAsync(account, kept)).Holders);
        Assert.False(await Store.Blobs.ContainsAsync(account, gone.Name, Cancellation));
    }

    private async Task PutAsync(AccountId account, BlobHolders holders, SealedBlob blob) =>
        Assert.Equal(Refusal.None, await Store.Blobs.PutAsync(account, holders, [blob], Cancellation));

    private async Task<ReleasedBlobs> ReleaseAsync(
        AccountId account, BlobHolders holders, DateTimeOffset before, params SealedBlob[] blobs)
    {
        var released = await Store.Blobs.ReleaseAsync(account, holders, [.. blobs.Select(blob => blob.Name)], before, Cancellation);
        Assert.Equal(Refusal.None, released.Refusal);
        return released.Value;
    }

    private async Task<BlobLine> LineAsync(AccountId account, SealedBlob blob) =>
        await Store.Blobs.ListAsync(account, Cancellation).SingleAsync(line => line.Name == blob.Name, Cancellation);
}

public sealed class MemoryHolderTests : HolderContract
{
    protected override bool IsDurable => false;

    protected override ValueTask<IStore> OpenAsync() => ValueTask.FromResult<IStore>(new Storage.Memory.MemoryStore(Clock));
}

public sealed class SqliteHolderTests : HolderContract
{
    private readonly TestFolder _folder = new();

    protected override ValueTask<IStore> OpenAsync() => _folder.OpenAsync(Clock);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
