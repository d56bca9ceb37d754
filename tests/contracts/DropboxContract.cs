using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.ContractTests;

public abstract class DropboxContract : StoreContract
{
    [Fact]
    public async Task An_empty_dropbox_has_no_depth_and_reads_nothing()
    {
        var account = AccountId.New();
        Assert.Equal((0L, 0L), await Store.Dropbox.DepthAsync(account, Realm.Mail, Cancellation));
        Assert.Empty(await ReadAsync(account, Realm.Mail));
        Assert.Equal(Refusal.None, await Store.Dropbox.DeleteAsync(account, Realm.Mail, 5, [], Cancellation));
    }

    [Fact]
    public async Task Items_get_numbers_from_one_by_account_and_realm_and_come_back_in_order()
    {
        var (account, other) = (AccountId.New(), AccountId.New());
        DroppedItem[] items =
        [
            Item(account, Realm.Mail, 10), Item(other, Realm.Mail, 20), Item(account, Realm.Calendar, 30),
            Item(account, Realm.Mail, 0), Item(account, Realm.Mail, IDropbox.ItemBytesMax),
        ];
        Assert.Equal(Refusal.None, await Store.Dropbox.PutAsync(items, Cancellation));
        var mail = await ReadAsync(account, Realm.Mail);
        Assert.Equal([1ul, 2, 3], mail.Select(item => item.Number));
        Assert.Equal([items[0].Bytes.ToArray(), items[3].Bytes.ToArray(), items[4].Bytes.ToArray()], mail.Select(item => item.Bytes));
        Assert.Equal([1ul], (await ReadAsync(other, Realm.Mail)).Select(item => item.Number));
        Assert.Equal([1ul], (await ReadAsync(account, Realm.Calendar)).Select(item => item.Number));
        Assert.Equal([3ul], (await ReadAsync(account, Realm.Mail, after: 2)).Select(item => item.Number));
        Assert.Empty(await ReadAsync(account, Realm.Mail, after: ulong.MaxValue));
        Assert.Equal((3L, 10L + IDropbox.ItemBytesMax), await Store.Dropbox.DepthAsync(account, Realm.Mail, Cancellation));
    }

    [Fact]
    public async Task Usage_is_what_the_newest_entry_says_and_what_waits()
    {
        var account = AccountId.New();
        Assert.Equal(default, await UsageAsync(account));
        Assert.Equal(Refusal.None, await AppendAsync(account, 1, null));
        Assert.Equal(default, await UsageAsync(account));
        Assert.Equal(Refusal.None, await AppendAsync(account, 2, 700));
        Assert.Equal(Refusal.None, await AppendAsync(account, 3, null));
        Assert.Equal(Refusal.Conflict, await AppendAsync(account, 3, 999));
        DroppedItem[] items = [.. Enumerable.Range(1, 3).Select(i => Item(account, Realm.Mail, 9) with { Octets = i * 10 })];
        Assert.Equal(Refusal.None, await Store.Dropbox.PutAsync(items, Cancellation));
        Assert.Equal(new RealmUsage(700, 60), await UsageAsync(account));
        Assert.Equal(Refusal.None, await Store.Dropbox.DeleteAsync(account, Realm.Mail, 2, [], Cancellation));
        Assert.Equal(Refusal.None, await AppendAsync(account, 4, 650));
        Assert.Equal(default, await Store.Directory.UsageAsync(account, Realm.Calendar, Cancellation));
        Assert.Equal(new RealmUsage(650, 30), await UsageAsync(account));
        await ReopenAsync();
        Assert.Equal(new RealmUsage(650, 30), await UsageAsync(account));
    }

    [Fact]
    public async Task An_item_above_the_limit_is_a_bug_of_the_caller() => await Assert.ThrowsAsync<ArgumentException>(async () =>
        await Store.Dropbox.PutAsync([Item(AccountId.New(), Realm.Mail, IDropbox.ItemBytesMax + 1)], Cancellation));

    [Fact]
    public async Task Items_bring_their_blobs_and_deleting_takes_both()
    {
        var account = AccountId.New();
        SealedBlob[] blobs = [Blob(100), Blob(IBlobStore.BlobBytesMax), Blob(300)];
        await Store.Dropbox.PutAsync([Item(account, Realm.Mail, 5, blobs[..2]), Item(account, Realm.Mail, 5, blobs[2])], Cancellation);
        foreach (var blob in blobs)
        {
            await AssertBlobAsync(account, blob);
        }

        Assert.Equal(
            Refusal.None, await Store.Dropbox.DeleteAsync(account, Realm.Mail, 1, [blobs[0].Name, blobs[1].Name], Cancellation));
        Assert.Equal([2ul], (await ReadAsync(account, Realm.Mail)).Select(item => item.Number));
        Assert.Equal((1L, 5L), await Store.Dropbox.DepthAsync(account, Realm.Mail, Cancellation));
        Assert.Equal([blobs[2].Name], (await ListAsync(account)).Keys);
    }

    [Fact]
    public async Task Numbers_are_never_used_again_after_a_deletion()
    {
        var account = AccountId.New();
        await PutAsync(account, 3);
        await Store.Dropbox.DeleteAsync(account, Realm.Mail, ulong.MaxValue, [], Cancellation);
        Assert.Empty(await ReadAsync(account, Realm.Mail));
        Assert.Equal((0L, 0L), await Store.Dropbox.DepthAsync(account, Realm.Mail, Cancellation));
        await PutAsync(account, 1);
        Assert.Equal([4ul], (await ReadAsync(account, Realm.Mail)).Select(item => item.Number));
    }

    [Fact]
    public async Task Numbers_are_never_used_again_after_a_deletion_and_reopening()
    {
        var account = AccountId.New();
        await PutAsync(account, 3);
        await Store.Dropbox.DeleteAsync(account, Realm.Mail, 3, [], Cancellation);
        await ReopenAsync();
        await PutAsync(account, 2);
        Assert.Equal([4ul, 5], (await ReadAsync(account, Realm.Mail)).Select(item => item.Number));
        await ReopenAsync();
        Assert.Equal([4ul, 5], (await ReadAsync(account, Realm.Mail)).Select(item => item.Number));
    }

    [Fact]
    public async Task Numbers_can_be_skipped_but_never_lowered_and_the_last_is_known()
    {
        var account = AccountId.New();
        Assert.Equal(0ul, await Store.Dropbox.LastNumberAsync(account, Realm.Mail, Cancellation));
        Assert.Equal(Refusal.None, await Store.Dropbox.SkipNumbersAsync(account, Realm.Mail, 7, Cancellation));
        Assert.Equal((0L, 0L), await Store.Dropbox.DepthAsync(account, Realm.Mail, Cancellation));
        await PutAsync(account, 2);
        Assert.Equal([8ul, 9], (await ReadAsync(account, Realm.Mail)).Select(item => item.Number));
        await Store.Dropbox.SkipNumbersAsync(account, Realm.Mail, 3, Cancellation);
        Assert.Equal(9ul, await Store.Dropbox.LastNumberAsync(account, Realm.Mail, Cancellation));
        await Store.Dropbox.DeleteAsync(account, Realm.Mail, 9, [], Cancellation);
        Assert.Equal(9ul, await Store.Dropbox.LastNumberAsync(account, Realm.Mail, Cancellation));
        Assert.Equal(0ul, await Store.Dropbox.LastNumberAsync(account, Realm.Calendar, Cancellation));
    }

    [Fact]
    public async Task Whoever_reads_while_many_put_misses_no_number()
    {
        var account = AccountId.New();
        var putting = Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => PutAsync(account, 20), Cancellation)));
        var last = 0ul;
        while (last < 200)
        {
            foreach (var (number, _) in await ReadAsync(account, Realm.Mail, last))
            {
                Assert.Equal(last + 1, number);
                last = number;
            }

            if (last < 200 && putting.IsFaulted)
            {
                break;
            }
        }

        await putting;
        Assert.Equal(200ul, last);
    }

    private static DroppedItem Item(AccountId account, Realm realm, int length, params SealedBlob[] blobs) =>
        new(account, realm, RandomNumberGenerator.GetBytes(length), blobs);

    private async Task PutAsync(AccountId account, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(Refusal.None, await Store.Dropbox.PutAsync([Item(account, Realm.Mail, 50)], Cancellation));
        }
    }

    private Task<RealmUsage> UsageAsync(AccountId account) => Store.Directory.UsageAsync(account, Realm.Mail, Cancellation).AsTask();

    private Task<Refusal> AppendAsync(AccountId account, ulong sequence, long? usage) =>
        Store.Journal.AppendAsync(Append(account, sequence) with { UsageBytes = usage }, Cancellation).AsTask();

    private async Task<List<(ulong Number, byte[] Bytes)>> ReadAsync(AccountId account, Realm realm, ulong after = 0) =>
        await Store.Dropbox.ReadAsync(account, realm, after, Cancellation).ToListAsync(Cancellation);
}
