using System.Text;
using CompatBot.Core.Content;
using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Mail;
using CompatBot.Core.Mail.History;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Mail.History;

public sealed class CollectTests
{
    private const int Large = (2 << 20) + 5;

    /// <summary>And a little: entries of one moment are a microsecond apart.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(MailHistory.HorizonDays) + TimeSpan.FromSeconds(1);

    private static CancellationToken Stop => MailBed.Stop;

    [Fact]
    public async Task What_was_deleted_stays_for_the_horizon_and_goes_after_it()
    {
        var (bed, store) = await NewAsync();
        await bed.AppendAsync("INBOX", "kept");
        await bed.AppendAsync("INBOX", "gone");
        await bed.AppendAsync("INBOX", new string('x', Large)); // A tree.
        var rows = (await bed.MailboxAsync("INBOX")).Messages;
        var (gone, large) = (rows[1].Content, rows[2].Content);
        await UndeleteTests.ExpungeAsync(bed, "INBOX", 2, 3);

        bed.Time.Advance(Horizon - TimeSpan.FromHours(1));
        Assert.Equal((0, 0), await CollectAsync(bed));
        Assert.Equal(2, await bed.Mail.History.DeletedAsync(bed.Mail.State.Find("INBOX")!.Id, Stop).CountAsync(Stop));
        bed.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((2, 4), await CollectAsync(bed)); // "gone"; 2 MiB of one letter are one chunk twice, the rest, and their list.
        Assert.False(await store.Blobs.ContainsAsync(MailBed.Account, BlobSeal.NameOf(gone.Key), Stop));
        Assert.False(await store.Blobs.ContainsAsync(MailBed.Account, BlobSeal.NameOf(large.Key), Stop));
        Assert.Equal(["kept"], await UndeleteTests.TextsAsync(bed, "INBOX"));
        Assert.Equal(0, (await bed.Mail.History.UndeleteAsync("INBOX", null, Stop)).Value);
        Assert.Equal((0, 0), await CollectAsync(bed)); // Again: nothing.
    }

    [Fact]
    public async Task A_deleted_mailbox_goes_after_the_horizon_and_the_accounts_own_horizon_counts()
    {
        var (bed, store) = await NewAsync();
        Assert.Equal(7, (await bed.Mail.History.SetHorizonAsync(7, Stop)).Value);
        await bed.Mail.CreateAsync("a", SpecialUse.None, Stop);
        for (var i = 0; i < 50; i++) await bed.AppendAsync("a", $"message {i}");
        await bed.Mail.CopyAsync(bed.Mail.State.Find("a")!.Id, [50], "INBOX", Stop);
        await bed.Mail.DeleteAsync("a", Stop);
        await bed.ReopenAsync();
        bed.Time.Advance(TimeSpan.FromDays(6));
        Assert.Equal((0, 0), await CollectAsync(bed));
        bed.Time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
        Assert.Equal((51, 49), await CollectAsync(bed));
        Assert.Equal(Refusal.NotFound, (await bed.Mail.History.UndeleteMailboxAsync("a", null, Stop)).Refusal);
        Assert.Equal(["message 49"], await UndeleteTests.TextsAsync(bed, "INBOX"));
        Assert.Equal(1, await store.Blobs.ListAsync(MailBed.Account, Stop).CountAsync(Stop));
        await bed.ReopenAsync();
        Assert.Empty(bed.Mail.State.Deleted);
    }

    [Fact]
    public async Task An_upload_that_was_cut_off_is_collected_and_one_under_way_is_not()
    {
        var (bed, store) = await NewAsync();
        using var cut = bed.Mail.NewMessage();
        await cut.WriteAsync(new byte[Large], Stop);
        await UntilStoredAsync(store, 1);
        bed.Time.Advance(Contents.PutGrace + TimeSpan.FromHours(1));
        using var going = bed.Mail.NewMessage();
        await going.WriteAsync(Encoding.ASCII.GetBytes(new string('y', Large)), Stop);
        await UntilStoredAsync(store, 2);
        Assert.Equal((0, 1), await CollectAsync(bed));
        Assert.Equal(1, await store.Blobs.ListAsync(MailBed.Account, Stop).CountAsync(Stop));
        var written = (await going.CompleteAsync(Stop)).Value!;
        Assert.False((await bed.Mail.AppendAsync("INBOX", written, MessageFlags.None, [], null, Stop)).Declined);
        Assert.Equal(Large, (await UndeleteTests.TextsAsync(bed, "INBOX"))[0].Length);
    }

    [Theory]
    [InlineData(0, Refusal.None)]
    [InlineData(1, Refusal.Unavailable)]
    public async Task Content_that_lay_too_long_is_refused(int secondsTooMany, Refusal expected)
    {
        var (bed, _) = await NewAsync();
        using var slow = bed.Mail.NewMessage();
        await slow.WriteAsync(new byte[Large], Stop);
        bed.Time.Advance(Contents.CommitWithin + TimeSpan.FromSeconds(secondsTooMany));
        var written = (await slow.CompleteAsync(Stop)).Value!;
        var appended = await bed.Mail.AppendAsync("INBOX", written, MessageFlags.None, [], null, Stop);
        Assert.Equal(expected, appended.Refusal);
    }

    [Fact]
    public async Task A_writer_that_comes_upon_a_doomed_blob_keeps_it()
    {
        var memory = default(MemoryStore);
        var dying = default(DyingStore);
        var bed = await MailBed.NewAsync(time => dying = new DyingStore(memory = new MemoryStore(time)));
        for (var i = 0; i < 100; i++) await bed.AppendAsync("INBOX", $"message {i}");
        await UndeleteTests.ExpungeAsync(bed, "INBOX", [.. Enumerable.Range(1, 100).Select(i => (uint)i)]);
        bed.Time.Advance(Horizon);
        var texts = Enumerable.Range(0, 100).Select(i => $"message {i}").ToDictionary(
            text => BlobSeal.NameOf(BlobSeal.KeyOf(MailBed.Keyring.NamingKey, Encoding.ASCII.GetBytes(text))));
        var again = new List<string>();
        dying!.BeforeRelease = async names =>
        {
            again.Add(texts[names[0]]);
            await bed.AppendAsync("INBOX", again[^1]); // Equal content: the same blob.
        };
        var (_, released) = await CollectAsync(bed);
        Assert.True(again.Count > 2);
        Assert.Equal(100 - again.Count, released);
        Assert.Equal(again, await UndeleteTests.TextsAsync(bed, "INBOX"));
    }

    [Fact]
    public async Task A_chunk_list_that_does_not_open_stops_the_collection()
    {
        var (bed, store) = await NewAsync();
        await bed.AppendAsync("INBOX", new string('x', Large));
        await bed.AppendAsync("INBOX", "gone");
        await UndeleteTests.ExpungeAsync(bed, "INBOX", 2);
        var list = (await bed.MailboxAsync("INBOX")).Messages[0].Content;
        await store.Blobs.DeleteAsync(MailBed.Account, [BlobSeal.NameOf(list.Key)], Stop);
        bed.Time.Advance(Horizon);
        var collected = await bed.Realm.Collector.CollectAsync(MailHistory.HorizonDays, new Pace(bed.Time, 1), Stop);
        Assert.Equal(Refusal.Damaged, collected.Refusal);
        Assert.Equal(3, await store.Blobs.ListAsync(MailBed.Account, Stop).CountAsync(Stop));
    }

    [Fact]
    public async Task A_lost_snapshot_piece_loses_no_message()
    {
        var counting = default(CountingSnapshots);
        var memory = default(MemoryStore);
        var bed = await MailBed.NewAsync(time => counting = new CountingSnapshots(memory = new MemoryStore(time)));
        for (var i = 0; i < 30; i++) await bed.AppendAsync(i % 2 == 0 ? "INBOX" : "Sent", $"message {i}");
        await UndeleteTests.ExpungeAsync(bed, "Sent", 1, 2, 3);
        await bed.Mail.DeleteAsync("Archive", Stop);
        await bed.Realm.CloseAsync(Stop);
        var pieces = counting!.Lengths.Keys.ToList();
        foreach (var piece in pieces)
        {
            var kept = (await memory!.Snapshots.GetAsync(MailBed.Account, piece, Stop))!;
            await memory.Snapshots.ReplaceAsync(MailBed.Account, [], [piece], Stop);
            var after = new MailBed(memory, bed.Time);
            await after.OpenAsync();
            bed.Time.Advance(Contents.PutGrace * 2);
            Assert.Equal(0, (await CollectOutcomeAsync(after)).Value!.Released);
            await AssertReadableAsync(after);
            Assert.Equal(3, await after.Mail.History.DeletedAsync(after.Mail.State.Find("Sent")!.Id, Stop).CountAsync(Stop));
            await memory.Snapshots.ReplaceAsync(MailBed.Account, [new SealedBlob(piece, kept)], [], Stop);
        }

        Assert.True(pieces.Count >= 4);
    }

    [Fact]
    public async Task Parts_of_an_item_that_waits_stay_and_parts_without_one_go()
    {
        var (bed, store) = await NewAsync();
        var target = new ClosedTarget(MailBed.Account, MailBed.Key.SealingKey, store.Blobs, _ => ValueTask.CompletedTask);
        await using (var delivery = new Delivery([target], store, bed.Time))
        {
            await delivery.WriteAsync(new byte[Large], Stop);
            Assert.Equal(Refusal.None, await delivery.CommitAsync(Stop));
        }

        var cut = new ClosedTarget(MailBed.Account, MailBed.Key.SealingKey, store.Blobs, _ => ValueTask.CompletedTask);
        await using (var delivery = new Delivery([cut], store, bed.Time)) await delivery.WriteAsync(new byte[Large], Stop);
        var before = await store.Blobs.ListAsync(MailBed.Account, Stop).CountAsync(Stop);
        bed.Time.Advance(Horizon + TimeSpan.FromHours(1));
        Assert.Equal((0, 2), await CollectAsync(bed));
        Assert.Equal(before - 2, await store.Blobs.ListAsync(MailBed.Account, Stop).CountAsync(Stop));
        await bed.Realm.Intake.TakeInAsync(Stop);
        await bed.Realm.Intake.Work;
        Assert.Equal(Large, (await UndeleteTests.TextsAsync(bed, "INBOX"))[0].Length);
    }

    [Fact]
    public async Task A_delivery_that_took_too_long_is_refused()
    {
        var (bed, store) = await NewAsync();
        var target = new ClosedTarget(MailBed.Account, MailBed.Key.SealingKey, store.Blobs, _ => ValueTask.CompletedTask);
        await using var delivery = new Delivery([target], store, bed.Time);
        await delivery.WriteAsync(new byte[10], Stop);
        bed.Time.Advance(Contents.CommitWithin + TimeSpan.FromSeconds(1));
        Assert.Equal(Refusal.Unavailable, await delivery.CommitAsync(Stop));
    }

    [Fact]
    public async Task No_step_is_one_at_which_a_kill_loses_a_message()
    {
        for (var kill = 0; ; kill++)
        {
            var memory = default(MemoryStore);
            var dying = default(DyingStore);
            var bed = await MailBed.NewAsync(time => dying = new DyingStore(memory = new MemoryStore(time)));
            await bed.Mail.CreateAsync("old", SpecialUse.None, Stop);
            for (var i = 0; i < 90; i++) await bed.AppendAsync(i % 3 == 0 ? "old" : "INBOX", $"message {i}");
            await bed.Mail.DeleteAsync("old", Stop);
            await UndeleteTests.ExpungeAsync(bed, "INBOX", [.. Enumerable.Range(1, 40).Select(i => (uint)i)]);
            await bed.ReopenAsync();
            bed.Time.Advance(Horizon);
            await UndeleteTests.ExpungeAsync(bed, "INBOX", 41, 42); // Deleted, but not before the horizon.
            var picture = await bed.PictureAsync();

            (dying!.WritesLeft, dying.LastIsDone) = (kill / 2, kill % 2 == 1);
            var collected = await bed.Realm.Collector.CollectAsync(MailHistory.HorizonDays, new Pace(bed.Time, 1), Stop);
            var died = dying.IsDead;
            Assert.Equal(died, collected.Refusal == Refusal.Unavailable || collected.Value?.Erased == false || dying.WritesLeft < 0);

            var after = new MailBed(memory!, bed.Time);
            await after.OpenAsync();
            Assert.Equal(picture, await after.PictureAsync());
            await AssertReadableAsync(after);
            Assert.Equal(Refusal.None, (await CollectOutcomeAsync(after)).Refusal);
            Assert.Equal(picture, await after.PictureAsync());
            Assert.Equal(20, await memory!.Blobs.ListAsync(MailBed.Account, Stop).CountAsync(Stop));
            Assert.Equal(2, (await after.Mail.History.UndeleteAsync("INBOX", null, Stop)).Value);
            await AssertReadableAsync(after);
            if (!died) break;
        }
    }

    [Fact]
    public void Content_is_committed_long_before_it_can_be_garbage() => Assert.True(2 * Contents.CommitWithin <= Contents.PutGrace);

    [Fact]
    public async Task The_summaries_of_what_is_forgotten_go_as_well()
    {
        var counting = default(CountingSnapshots);
        var bed = await MailBed.NewAsync(time => counting = new CountingSnapshots(new MemoryStore(time)));
        await bed.Mail.CreateAsync("a", SpecialUse.None, Stop);
        foreach (var mailbox in (string[])["INBOX", "INBOX", "a"]) await bed.AppendAsync(mailbox, "Subject: secret\r\n\r\n");
        await UndeleteTests.ExpungeAsync(bed, "INBOX", 1);
        await bed.Mail.DeleteAsync("a", Stop);
        await bed.ReopenAsync();
        var before = counting!.Lengths.Count;
        var lengths = counting.Lengths.Values.Order().ToList();
        bed.Time.Advance(Horizon);
        await CollectAsync(bed);
        Assert.True(counting.Lengths.Count < before); // The deleted mailbox's block, and its segment.
        Assert.True(counting.Lengths.Values.Max() < lengths[^1]); // INBOX has one summary less.
    }

    [Fact]
    public async Task Many_graves_do_not_make_every_snapshot_large()
    {
        var counting = default(CountingSnapshots);
        var bed = await MailBed.NewAsync(time => counting = new CountingSnapshots(new MemoryStore(time)));
        await bed.AppendAsync("INBOX", "a message");
        var inbox = await bed.MailboxAsync("INBOX");
        for (var count = 1; count < 30_000; count *= 2)
        {
            await bed.Mail.CopyAsync(inbox.Id, [.. Enumerable.Range(1, count).Select(i => (uint)i)], "INBOX", Stop);
        }

        await UndeleteTests.ExpungeAsync(bed, "INBOX", [.. Enumerable.Range(2, 32_767).Select(i => (uint)i)]);
        await bed.ReopenAsync();
        Assert.True(counting!.Written > 32_767 * 65);
        counting.Written = 0;
        await bed.AppendAsync("INBOX", "another");
        await UndeleteTests.ExpungeAsync(bed, "INBOX", 1);
        await bed.ReopenAsync();
        Assert.InRange(counting.Written, 1, 100_000); // The root, and the last segment of graves.
        Assert.Equal(32_768, await bed.Mail.History.DeletedAsync(inbox.Id, Stop).CountAsync(Stop));
        Assert.Equal(32_768, (await bed.Mail.History.UndeleteAsync("INBOX", null, Stop)).Value); // In two changes.
        Assert.Equal(32_769, (await bed.MailboxAsync("INBOX")).Count);
    }

    internal static async Task AssertReadableAsync(MailBed bed)
    {
        foreach (var name in bed.Mail.State.Names.Keys) await UndeleteTests.TextsAsync(bed, name);
    }

    internal static ValueTask<Outcome<CollectReport>> CollectOutcomeAsync(MailBed bed) =>
        bed.Realm.Collector.CollectAsync(MailHistory.HorizonDays, new Pace(bed.Time, 1), Stop);

    private static async Task<(long Forgotten, long Released)> CollectAsync(MailBed bed)
    {
        var collected = await CollectOutcomeAsync(bed);
        Assert.Equal(Refusal.None, collected.Refusal);
        Assert.True(collected.Value!.Erased);
        return (collected.Value!.Forgotten, collected.Value!.Released);
    }

    /// <summary>A full chunk is stored while more comes.</summary>
    private static async Task UntilStoredAsync(IStore store, int blobs)
    {
        while (await store.Blobs.ListAsync(MailBed.Account, Stop).CountAsync(Stop) < blobs) await Task.Delay(1, Stop);
    }

    private static async Task<(MailBed Bed, IStore Store)> NewAsync()
    {
        var store = default(MemoryStore);
        return (await MailBed.NewAsync(time => store = new MemoryStore(time)), store!);
    }
}
