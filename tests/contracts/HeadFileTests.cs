using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Storage.Heads;

namespace CompatBot.ContractTests;

public sealed class HeadFileTests : IDisposable
{
    private const int RecordBytes = 16 + SignedHead.Length + 8;

    private readonly TestFolder _folder = new(inMemory: true);
    private readonly AccountId _ann = AccountId.New();
    private readonly AccountId _bob = AccountId.New();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder.Path, HeadFile.FileName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_newest_of_an_account_is_there_after_reopening()
    {
        await using (var book = HeadFile.Open(_folder.Path))
        {
            Assert.Null(book.Find(_ann));
            await book.PutAsync([(_ann, Head(1)), (_bob, Head(2))], Cancellation);
            await book.PutAsync([(_ann, Head(3))], Cancellation);
            AssertHead(book, _ann, 3);
        }

        await using var again = HeadFile.Open(_folder.Path);
        AssertHead(again, _ann, 3);
        AssertHead(again, _bob, 2);
        Assert.Equal(0, again.DamagedRecords);
    }

    [Fact]
    public async Task Wherever_the_last_record_was_cut_the_one_before_counts()
    {
        await using (var book = HeadFile.Open(_folder.Path))
        {
            await book.PutAsync([(_ann, Head(1))], Cancellation);
            await book.PutAsync([(_ann, Head(2))], Cancellation);
        }

        var whole = await System.IO.File.ReadAllBytesAsync(File, Cancellation);
        for (var cut = RecordBytes; cut < 2 * RecordBytes; cut++)
        {
            await System.IO.File.WriteAllBytesAsync(File, whole[..cut], Cancellation);
            await using (var book = HeadFile.Open(_folder.Path))
            {
                AssertHead(book, _ann, 1);
                await book.PutAsync([(_bob, Head(4))], Cancellation);
            }

            await using var again = HeadFile.Open(_folder.Path);
            AssertHead(again, _ann, 1);
            AssertHead(again, _bob, 4);
        }
    }

    [Fact]
    public async Task A_damaged_record_hides_no_other()
    {
        await using (var book = HeadFile.Open(_folder.Path))
        {
            await book.PutAsync([(_ann, Head(1)), (_ann, Head(2)), (_bob, Head(3))], Cancellation);
        }

        var bytes = await System.IO.File.ReadAllBytesAsync(File, Cancellation);
        bytes[RecordBytes + 40] ^= 1;
        await System.IO.File.WriteAllBytesAsync(File, bytes, Cancellation);
        await using var again = HeadFile.Open(_folder.Path);
        Assert.Equal(1, again.DamagedRecords);
        AssertHead(again, _ann, 1);
        AssertHead(again, _bob, 3);
    }

    [Fact]
    public async Task It_does_not_grow_without_end()
    {
        await using (var book = HeadFile.Open(_folder.Path))
        {
            var many = Enumerable.Range(0, 1000).Select(i => (_ann, (ReadOnlyMemory<byte>)Head((byte)i))).ToArray();
            for (var i = 0; i < 10; i++) await book.PutAsync(many, Cancellation);
            await book.PutAsync([(_bob, Head(9))], Cancellation);
        }

        Assert.InRange(new FileInfo(File).Length, 2 * RecordBytes, 5000 * RecordBytes);
        await using var again = HeadFile.Open(_folder.Path);
        AssertHead(again, _ann, 999 & 255);
        AssertHead(again, _bob, 9);
    }

    [Fact]
    public async Task One_at_a_time()
    {
        await using var book = HeadFile.Open(_folder.Path);
        Assert.ThrowsAny<IOException>(() => HeadFile.Open(_folder.Path));
    }

    private static byte[] Head(byte content) => [.. Enumerable.Repeat(content, SignedHead.Length)];

    private static void AssertHead(HeadFile book, AccountId account, int content) =>
        Assert.Equal(Head((byte)content), book.Find(account)!.Value.ToArray());
}
