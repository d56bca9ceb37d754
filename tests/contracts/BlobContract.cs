using CompatBot.Core.Store;

namespace CompatBot.ContractTests;

public abstract class BlobContract : StoreContract
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(65_536)]
    [InlineData((128 << 10) - 1)]
    [InlineData(128 << 10)]
    [InlineData(512 << 10)]
    [InlineData(IBlobStore.BlobBytesMax)]
    public async Task A_blob_of_any_length_comes_back(int length)
    {
        var account = AccountId.New();
        var blob = Blob(length);
        Assert.Equal(Refusal.None, await Store.Blobs.PutAsync(account, BlobHolders.Mail, [blob], Cancellation));
        await AssertBlobAsync(account, blob);
        Assert.True(await Store.Blobs.ContainsAsync(account, blob.Name, Cancellation));
        Assert.Equal(length, (await ListAsync(account))[blob.Name]);
    }

    [Fact]
    public async Task A_longer_blob_is_a_bug_of_the_caller() => await Assert.ThrowsAsync<ArgumentException>(async () =>
        await Store.Blobs.PutAsync(AccountId.New(), BlobHolders.Mail, [Blob(IBlobStore.BlobBytesMax + 1)], Cancellation));

    [Theory]
    [InlineData(100)]
    [InlineData(700_000)]
    public async Task A_blob_that_is_longer_than_the_room_for_it_is_not_read(int length)
    {
        var (account, blob, room) = (AccountId.New(), Blob(length), new byte[length]);
        await Store.Blobs.PutAsync(account, BlobHolders.Mail, [blob], Cancellation);
        Assert.Equal(length, await Store.Blobs.ReadAsync(account, blob.Name, room, Cancellation));
        Assert.True(blob.Bytes.Span.SequenceEqual(room));
        await Assert.ThrowsAnyAsync<IOException>(
            async () => await Store.Blobs.ReadAsync(account, blob.Name, room.AsMemory(1), Cancellation));
    }

    [Fact]
    public async Task What_is_not_there_is_null_and_nobody_sees_the_blobs_of_others()
    {
        var (account, other) = (AccountId.New(), AccountId.New());
        var blob = Blob(100);
        await Store.Blobs.PutAsync(account, BlobHolders.Mail, [blob], Cancellation);
        Assert.Null(await Store.Blobs.GetAsync(account, Blob(0).Name, Cancellation));
        Assert.Null(await Store.Blobs.GetAsync(other, blob.Name, Cancellation));
        Assert.Equal(-1, await Store.Blobs.ReadAsync(other, blob.Name, new byte[IBlobStore.BlobBytesMax], Cancellation));
        Assert.False(await Store.Blobs.ContainsAsync(other, blob.Name, Cancellation));
        Assert.Empty(await ListAsync(other));
    }

    [Fact]
    public async Task Several_come_back_in_the_order_asked_for()
    {
        var account = AccountId.New();
        SealedBlob[] blobs = [Blob(100), Blob(300_000), Blob(0), Blob(20_000)];
        await Store.Blobs.PutAsync(account, BlobHolders.Mail, blobs, Cancellation);
        var missing = Blob(10).Name;
        BlobName[] names = [blobs[3].Name, missing, blobs[1].Name, blobs[0].Name, blobs[2].Name, blobs[0].Name];
        var found = await Store.Blobs.GetAsync(account, names, Cancellation);
        Assert.Equal(
            [blobs[3].Bytes.ToArray(), null, blobs[1].Bytes.ToArray(), blobs[0].Bytes.ToArray(), [], blobs[0].Bytes.ToArray()], found);
        Assert.Empty(await Store.Blobs.GetAsync(account, [], Cancellation));
        Assert.Equal([null], await Store.Blobs.GetAsync(AccountId.New(), [missing], Cancellation));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(300_000)]
    public async Task A_name_that_exists_is_left_alone(int length)
    {
        var account = AccountId.New();
        var blob = Blob(length);
        Assert.Equal(Refusal.None, await Store.Blobs.PutAsync(account, BlobHolders.Mail, [blob, blob], Cancellation));
        var other = blob with { Bytes = new byte[length] };
        Assert.Equal(Refusal.None, await Store.Blobs.PutAsync(account, BlobHolders.Mail, [other], Cancellation));
        Assert.Equal(Refusal.None, await AppendAsync(account, 1, blob, Blob(10)));
        await AssertBlobAsync(account, blob);
        Assert.Equal(2, (await ListAsync(account)).Count);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(300_000)]
    public async Task A_deleted_blob_is_gone_and_may_come_again(int length)
    {
        var account = AccountId.New();
        var (blob, kept) = (Blob(length), Blob(length));
        await Store.Blobs.PutAsync(account, BlobHolders.Mail, [blob, kept], Cancellation);
        Assert.Equal(Refusal.None, await Store.Blobs.DeleteAsync(account, [blob.Name, Blob(0).Name], Cancellation));
        Assert.Null(await Store.Blobs.GetAsync(account, blob.Name, Cancellation));
        await AssertBlobAsync(account, kept);
        await Store.Blobs.PutAsync(account, BlobHolders.Mail, [blob], Cancellation);
        await AssertBlobAsync(account, blob);
        Assert.Equal(Refusal.None, await Store.Blobs.DeleteAsync(AccountId.New(), [blob.Name], Cancellation));
        await AssertBlobAsync(account, blob);
    }

    [Fact]
    public async Task Putting_deleting_and_reading_one_name_at_once_gives_the_bytes_or_nothing()
    {
        var account = AccountId.New();
        SealedBlob[] blobs = [Blob(200), Blob(200_000)];
        await Parallel.ForAsync(0, 60, Cancellation, async (i, cancellation) =>
        {
            var blob = blobs[i % 2];
            switch (i % 3)
            {
                case 0:
                    Assert.Equal(Refusal.None, await Store.Blobs.PutAsync(account, BlobHolders.Mail, [blob], cancellation));
                    break;
                case 1:
                    Assert.Equal(Refusal.None, await Store.Blobs.DeleteAsync(account, [blob.Name], cancellation));
                    break;
                default:
                    var found = await Store.Blobs.GetAsync(account, blob.Name, cancellation);
                    Assert.True(found is null || blob.Bytes.Span.SequenceEqual(found));
                    break;
            }
        });
        Assert.Equal(Refusal.None, await Store.Blobs.PutAsync(account, BlobHolders.Mail, blobs, Cancellation));
        await AssertBlobAsync(account, blobs[0]);
        await AssertBlobAsync(account, blobs[1]);
    }

    [Fact]
    public async Task A_list_names_every_blob_once_however_many_there_are()
    {
        var account = AccountId.New();
        var blobs = Enumerable.Range(0, 2500).Select(i => Blob(i % 50)).ToArray();
        await Store.Blobs.PutAsync(account, BlobHolders.Mail, blobs, Cancellation);
        var listed = await ListAsync(account);
        Assert.Equal(2500, listed.Count);
        Assert.All(blobs, blob => Assert.Equal(blob.Bytes.Length, listed[blob.Name]));
    }

    [Fact]
    public async Task Blobs_and_their_deletion_survive_reopening()
    {
        var account = AccountId.New();
        SealedBlob[] blobs = [Blob(10), Blob(5000), Blob(400_000), Blob(20), Blob(500_000)];
        await Store.Blobs.PutAsync(account, BlobHolders.Mail, blobs, Cancellation);
        await Store.Blobs.DeleteAsync(account, [blobs[3].Name, blobs[4].Name], Cancellation);
        await ReopenAsync();
        foreach (var blob in blobs[..3])
        {
            await AssertBlobAsync(account, blob);
        }

        Assert.Null(await Store.Blobs.GetAsync(account, blobs[3].Name, Cancellation));
        Assert.Null(await Store.Blobs.GetAsync(account, blobs[4].Name, Cancellation));
        Assert.Equal(3, (await ListAsync(account)).Count);
    }

    [Fact]
    public async Task Snapshot_pieces_are_replaced_deleted_and_cleared()
    {
        var (account, other) = (AccountId.New(), AccountId.New());
        var (first, second) = (Blob(3000), Blob(200_000));
        Assert.Equal(Refusal.None, await Store.Snapshots.ReplaceAsync(account, [first, second], [], Cancellation));
        await Store.Snapshots.ReplaceAsync(other, [first], [], Cancellation);
        Assert.Equal(first.Bytes.ToArray(), await Store.Snapshots.GetAsync(account, first.Name, Cancellation));
        Assert.Null(await Store.Blobs.GetAsync(account, first.Name, Cancellation));

        var newer = first with { Bytes = new byte[] { 1, 2, 3 } };
        Assert.Equal(Refusal.None, await Store.Snapshots.ReplaceAsync(account, [newer], [second.Name, first.Name], Cancellation));
        Assert.Equal([1, 2, 3], await Store.Snapshots.GetAsync(account, first.Name, Cancellation));
        Assert.Null(await Store.Snapshots.GetAsync(account, second.Name, Cancellation));

        Assert.Equal(Refusal.None, await Store.Snapshots.ClearAsync(account, Cancellation));
        Assert.Null(await Store.Snapshots.GetAsync(account, first.Name, Cancellation));
        Assert.NotNull(await Store.Snapshots.GetAsync(other, first.Name, Cancellation));
    }

    [Fact]
    public async Task A_snapshot_piece_above_the_limit_is_a_bug_of_the_caller() => await Assert.ThrowsAsync<ArgumentException>(async () =>
        await Store.Snapshots.ReplaceAsync(AccountId.New(), [Blob(ISnapshotStore.PieceBytesMax + 1)], [], Cancellation));
}
