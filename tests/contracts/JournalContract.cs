using CompatBot.Core.Store;

namespace CompatBot.ContractTests;

public abstract class JournalContract : StoreContract
{
    [Fact]
    public async Task An_account_without_entries_has_head_zero_and_reads_nothing()
    {
        var account = AccountId.New();
        Assert.Equal(0ul, await Store.Journal.HeadAsync(account, Cancellation));
        Assert.Empty(await SequencesAsync(account));
    }

    [Fact]
    public async Task Entries_come_back_byte_for_byte_in_order()
    {
        var account = AccountId.New();
        var entries = Range(1, 20).Select(sequence => Entry(sequence, (int)sequence * 700)).ToArray();
        foreach (var entry in entries)
        {
            Assert.Equal(Refusal.None, await Store.Journal.AppendAsync(new(account, Realm.Mail, entry, []), Cancellation));
        }

        var read = await Store.Journal.ReadAsync(account, 5, Cancellation).ToListAsync(Cancellation);
        Assert.Equal(Range(6, 20), read.Select(entry => entry.Sequence));
        Assert.All(read, entry => Assert.True(entry.Bytes.Span.SequenceEqual(entries[entry.Sequence - 1].Bytes.Span)));
        Assert.Equal(20ul, await Store.Journal.HeadAsync(account, Cancellation));
        Assert.Empty(await SequencesAsync(account, after: 20));
        Assert.Empty(await SequencesAsync(account, after: ulong.MaxValue));
    }

    [Theory]
    [InlineData(1)] // there already
    [InlineData(2)] // the head itself
    [InlineData(4)] // a gap
    [InlineData(long.MaxValue)]
    public async Task An_append_that_does_not_follow_the_head_is_a_conflict_and_leaves_nothing(ulong sequence)
    {
        var account = AccountId.New();
        await AppendAsync(account, 1);
        await AppendAsync(account, 2);
        var blob = Blob(4096);
        Assert.Equal(Refusal.Conflict, await AppendAsync(account, sequence, blob));
        Assert.Equal(2ul, await Store.Journal.HeadAsync(account, Cancellation));
        Assert.False(await Store.Blobs.ContainsAsync(account, blob.Name, Cancellation));
        Assert.Equal(Refusal.None, await AppendAsync(account, 3, blob));
        await AssertBlobAsync(account, blob);
    }

    [Fact]
    public async Task Sequence_zero_is_a_bug_of_the_caller() =>
        await Assert.ThrowsAsync<ArgumentException>(() => AppendAsync(AccountId.New(), 0));

    [Fact]
    public async Task An_entry_of_the_longest_length_is_kept_and_a_longer_one_is_a_bug()
    {
        var account = AccountId.New();
        var longest = Entry(1, IJournalStore.EntryBytesMax);
        Assert.Equal(Refusal.None, await Store.Journal.AppendAsync(new(account, Realm.Mail, longest, []), Cancellation));
        var read = await Store.Journal.ReadAsync(account, 0, Cancellation).SingleAsync(Cancellation);
        Assert.True(read.Bytes.Span.SequenceEqual(longest.Bytes.Span));
        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await Store.Journal.AppendAsync(new(account, Realm.Mail, Entry(2, IJournalStore.EntryBytesMax + 1), []), Cancellation));
    }

    [Fact]
    public async Task An_entry_may_be_empty()
    {
        var account = AccountId.New();
        Assert.Equal(Refusal.None, await Store.Journal.AppendAsync(new(account, Realm.Mail, new(1, default), []), Cancellation));
        Assert.Equal(0, (await Store.Journal.ReadAsync(account, 0, Cancellation).SingleAsync(Cancellation)).Bytes.Length);
    }

    [Fact]
    public async Task Appends_queued_without_waiting_take_effect_in_call_order()
    {
        var account = AccountId.New();
        var pending = Range(1, 500).Select(sequence => AppendAsync(account, sequence, Blob(64))).ToArray();
        Assert.All(await Task.WhenAll(pending), refusal => Assert.Equal(Refusal.None, refusal));
        Assert.Equal(Range(1, 500), await SequencesAsync(account));
    }

    [Fact]
    public async Task Appends_with_large_blobs_do_not_let_later_small_ones_overtake()
    {
        var account = AccountId.New();
        var large = Blob(IBlobStore.BlobBytesMax);
        Task<Refusal>[] pending =
        [
            AppendAsync(account, 1, large), AppendAsync(account, 2), AppendAsync(account, 3, Blob(700_000), Blob(10)),
            AppendAsync(account, 4), AppendAsync(account, 5),
        ];
        Assert.All(await Task.WhenAll(pending), refusal => Assert.Equal(Refusal.None, refusal));
        Assert.Equal(Range(1, 5), await SequencesAsync(account));
        await AssertBlobAsync(account, large);
        Assert.Equal(Refusal.None, await AppendAsync(account, 6));
    }

    [Fact]
    public async Task When_one_is_refused_so_are_those_queued_behind_it()
    {
        var account = AccountId.New();
        await AppendAsync(account, 1);
        var pending = new[] { AppendAsync(account, 3), AppendAsync(account, 4), AppendAsync(account, 2), AppendAsync(account, 3) };
        Assert.Equal([Refusal.Conflict, Refusal.Conflict, Refusal.None, Refusal.None], await Task.WhenAll(pending));
        Assert.Equal(Range(1, 3), await SequencesAsync(account));
    }

    [Fact]
    public async Task Of_many_that_race_for_one_sequence_exactly_one_wins_and_others_of_the_batch_get_through()
    {
        var account = AccountId.New();
        var others = Enumerable.Range(0, 20).Select(_ => AccountId.New()).ToArray();
        for (ulong sequence = 1; sequence <= 20; sequence++)
        {
            var contenders = others.Select(other => Task.Run(() => AppendAsync(account, sequence, Blob(50)))).ToArray();
            var bystanders = others.Select(other => Task.Run(() => AppendAsync(other, sequence))).ToArray();
            var verdicts = await Task.WhenAll(contenders);
            Assert.Equal(1, verdicts.Count(refusal => refusal == Refusal.None));
            Assert.Equal(19, verdicts.Count(refusal => refusal == Refusal.Conflict));
            Assert.All(await Task.WhenAll(bystanders), refusal => Assert.Equal(Refusal.None, refusal));
        }

        Assert.Equal(20, (await ListAsync(account)).Count);
    }

    [Fact]
    public async Task An_appended_entry_brings_its_blobs()
    {
        var account = AccountId.New();
        SealedBlob[] blobs = [Blob(0), Blob(1), Blob(4096), Blob(200_000), Blob(IBlobStore.BlobBytesMax)];
        Assert.Equal(Refusal.None, await AppendAsync(account, 1, blobs));
        foreach (var blob in blobs)
        {
            await AssertBlobAsync(account, blob);
        }
    }

    [Fact]
    public async Task The_callers_buffer_may_be_reused_once_the_append_is_done()
    {
        var account = AccountId.New();
        var buffer = new byte[100];
        var blob = new SealedBlob(Blob(0).Name, buffer);
        buffer.AsSpan().Fill(7);
        await Store.Journal.AppendAsync(new(account, Realm.Mail, new(1, buffer), [blob]), Cancellation);
        buffer.AsSpan().Fill(9);
        var read = await Store.Journal.ReadAsync(account, 0, Cancellation).SingleAsync(Cancellation);
        Assert.All(read.Bytes.ToArray(), octet => Assert.Equal(7, octet));
        Assert.All((await Store.Blobs.GetAsync(account, blob.Name, Cancellation))!, octet => Assert.Equal(7, octet));
    }

    [Fact]
    public async Task A_read_ends_at_the_head_of_its_beginning()
    {
        var account = AccountId.New();
        await AppendAsync(account, 1);
        await AppendAsync(account, 2);
        var read = new List<ulong>();
        await foreach (var entry in Store.Journal.ReadAsync(account, 0, Cancellation))
        {
            read.Add(entry.Sequence);
            Assert.Equal(Refusal.None, await AppendAsync(account, 2 + (ulong)read.Count));
        }

        Assert.Equal(Range(1, 2), read);
    }

    [Fact]
    public async Task A_cancelled_append_is_not_there_and_a_queued_one_is_not_cancelled()
    {
        var account = AccountId.New();
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Store.Journal.AppendAsync(Append(account, 1), source.Token));
        Assert.Equal(0ul, await Store.Journal.HeadAsync(account, Cancellation));

        using var late = new CancellationTokenSource();
        var queued = Store.Journal.AppendAsync(Append(account, 1), late.Token);
        await late.CancelAsync();
        Assert.Equal(Refusal.None, await queued);
    }

    [Fact]
    public async Task Journals_survive_reopening_and_go_on_where_they_were()
    {
        var accounts = Enumerable.Range(0, 5).Select(_ => AccountId.New()).ToArray();
        var blob = Blob(5000);
        foreach (var account in accounts)
        {
            await AppendAsync(account, 1, blob);
            await AppendAsync(account, 2);
        }

        await ReopenAsync();
        foreach (var account in accounts)
        {
            Assert.Equal(2ul, await Store.Journal.HeadAsync(account, Cancellation));
            Assert.Equal(Refusal.Conflict, await AppendAsync(account, 2));
            Assert.Equal(Refusal.None, await AppendAsync(account, 3));
            Assert.Equal(Range(1, 3), await SequencesAsync(account));
            await AssertBlobAsync(account, blob);
        }
    }

    [Fact]
    public async Task What_is_queued_when_the_store_closes_is_written_and_what_comes_later_is_refused()
    {
        var account = AccountId.New();
        var store = Store;
        var pending = Range(1, 200).Select(sequence => AppendAsync(account, sequence)).ToArray();
        await store.DisposeAsync();
        Assert.All(await Task.WhenAll(pending), refusal => Assert.Equal(Refusal.None, refusal));
        Assert.Equal(Refusal.Unavailable, await store.Journal.AppendAsync(Append(account, 201), Cancellation));
        await ReopenAsync();
        Assert.Equal(Range(1, 200), await SequencesAsync(account));
    }

    [Fact]
    public async Task Many_writers_and_readers_see_only_whole_entries()
    {
        var accounts = Enumerable.Range(0, 8).Select(_ => AccountId.New()).ToArray();
        var writers = accounts.Select(account => Task.Run(async () =>
        {
            for (ulong sequence = 1; sequence <= 60; sequence++)
            {
                Assert.Equal(Refusal.None, await AppendAsync(account, sequence, Blob(2000), Blob(100)));
            }
        }, Cancellation)).ToArray();
        var readers = accounts.Select(account => Task.Run(async () =>
        {
            for (var last = 0ul; last < 60;)
            {
                var head = await Store.Journal.HeadAsync(account, Cancellation);
                var read = await SequencesAsync(account, last);
                Assert.Equal(Range(last + 1, last + (ulong)read.Length), read);
                Assert.True(last + (ulong)read.Length >= head);
                last += (ulong)read.Length;
            }
        }, Cancellation)).ToArray();
        await Task.WhenAll([.. writers, .. readers]);
        Assert.Equal(120, (await ListAsync(accounts[0])).Count);
    }
}
