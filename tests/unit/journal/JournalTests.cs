using CompatBot.Core.Journal;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Mail;
using Xunit;

namespace CompatBot.UnitTests.Journal;

public sealed class JournalTests
{
    private static CancellationToken Stop => MailBed.Stop;

    [Fact]
    public async Task Commits_overlap_and_become_visible_in_order_only_when_durable()
    {
        var faulty = new FaultyJournal(new MemoryStore());
        var bed = await MailBed.NewAsync(faulty);
        faulty.Hold = true;
        var creates = Enumerable.Range(0, 20).Select(i => bed.Mail.CreateAsync($"m{i:00}", SpecialUse.None, Stop).AsTask()).ToArray();
        Assert.Equal(6, bed.Mail.State.Mailboxes.Count);
        faulty.Release();
        await Task.WhenAll(creates);
        Assert.All(creates, create => Assert.False(create.Result.Declined));
        Assert.Equal(26, bed.Mail.State.Mailboxes.Count);
    }

    [Theory]
    [InlineData(Refusal.StoreFull)]
    [InlineData(Refusal.Unavailable)]
    public async Task A_refused_append_leaves_nothing_and_what_stood_behind_it_is_built_again(Refusal refusal)
    {
        var faulty = new FaultyJournal(new MemoryStore());
        var bed = await MailBed.NewAsync(faulty);
        var victim = bed.Journal.Head.Sequence + 3;
        var hit = false;
        faulty.Fault = append => append.Entry.Sequence == victim && !hit && (hit = true) ? refusal : Refusal.None;
        faulty.Hold = true;
        var creates = Enumerable.Range(0, 10).Select(i => bed.Mail.CreateAsync($"m{i}", SpecialUse.None, Stop).AsTask()).ToArray();
        faulty.Release();
        var outcomes = await Task.WhenAll(creates);
        Assert.Equal(refusal, outcomes[2].Refusal);
        Assert.Equal(9, outcomes.Count(outcome => !outcome.Declined));
        Assert.Null(bed.Mail.State.Find("m2"));
        var picture = await bed.PictureAsync();
        await bed.OpenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
    }

    [Fact]
    public async Task Two_writers_of_one_account_see_each_others_changes_and_lose_none()
    {
        var store = new MemoryStore();
        var left = await MailBed.NewAsync(store);
        var right = new MailBed(store, left.Time);
        await right.OpenAsync();
        for (var i = 0; i < 50; i++)
        {
            await Task.WhenAll(left.AppendAsync("INBOX", $"left {i}"), right.AppendAsync("INBOX", $"right {i}"));
        }

        await left.AppendAsync("INBOX", "last");
        Assert.Equal(101, (await left.MailboxAsync("INBOX")).Count);
        await right.OpenAsync();
        Assert.Equal(await left.PictureAsync(), await right.PictureAsync());
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("drop")]
    [InlineData("swap")]
    public async Task A_damaged_journal_is_refused_and_kept(string damage)
    {
        var store = new MemoryStore();
        var bed = await MailBed.NewAsync(store);
        for (var i = 0; i < 5; i++) await bed.AppendAsync("INBOX", $"m{i}");
        var entries = new List<StoredEntry>();
        await foreach (var entry in store.Journal.ReadAsync(MailBed.Account, 0, Stop)) entries.Add(entry);
        var bytes = entries[2].Bytes.ToArray();
        bytes[^1] ^= 1;
        if (damage == "flip") entries[2] = new StoredEntry(3, bytes);
        if (damage == "drop") entries.RemoveAt(2);
        if (damage == "swap") (entries[1], entries[2]) = (new StoredEntry(2, entries[2].Bytes), new StoredEntry(3, entries[1].Bytes));
        var damaged = new MemoryStore();
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = new StoredEntry((ulong)i + 1, entries[i].Bytes);
            Assert.Equal(Refusal.None, await damaged.Journal.AppendAsync(new JournalAppend(MailBed.Account, Realm.Mail, entry, []), Stop));
        }

        await Assert.ThrowsAsync<JournalException>(() => MailBed.NewAsync(damaged));
        Assert.Equal((ulong)entries.Count, await damaged.Journal.HeadAsync(MailBed.Account, Stop));
    }

    [Fact]
    public async Task What_was_dropped_is_taken_in_once_and_in_order()
    {
        var store = new MemoryStore();
        var bed = await MailBed.NewAsync(store);
        await bed.Realm.CloseAsync(Stop);
        for (var i = 0; i < 600; i++) await DropAsync(store, $"Subject: {i}\r\n\r\nbody {i}\r\n", 1_000_000 + i);
        await bed.OpenAsync();
        await bed.Realm.Intake.Work;
        var inbox = await bed.MailboxAsync("INBOX");
        Assert.Equal(600, inbox.Count);
        for (var i = 0; i < 600; i++) Assert.Equal(1_000_000 + i, inbox.Messages[i].InternalDate);
        Assert.Equal((0, 0), await store.Dropbox.DepthAsync(MailBed.Account, Realm.Mail, Stop));
        await bed.ReopenAsync();
        Assert.Equal(600, (await bed.MailboxAsync("INBOX")).Count);
    }

    [Fact]
    public async Task Taking_in_again_after_a_crash_before_the_delete_adds_nothing()
    {
        var faulty = new FaultyJournal(new MemoryStore());
        var bed = await MailBed.NewAsync(faulty);
        await DropAsync(faulty, "Subject: once\r\n\r\n", 5);
        var copies = new List<byte[]>();
        await foreach (var (_, bytes) in faulty.Dropbox.ReadAsync(MailBed.Account, Realm.Mail, 0, Stop)) copies.Add(bytes);
        faulty.Fault = _ => Refusal.Unavailable;
        bed.Log.Expected = (refusal, _) => Assert.Equal(Refusal.Unavailable, refusal);
        await bed.Realm.Intake.TakeInAsync(Stop);
        Assert.Equal(0, (await bed.MailboxAsync("INBOX")).Count);
        faulty.Fault = _ => Refusal.None;
        await bed.OpenAsync();
        Assert.Equal(1, (await bed.MailboxAsync("INBOX")).Count);
        await bed.Realm.Intake.TakeInAsync(Stop);
        Assert.Equal((1, 1), ((await bed.MailboxAsync("INBOX")).Count, copies.Count));
    }

    [Fact]
    public async Task A_dropped_thing_that_does_not_open_reaches_the_owner_as_it_is()
    {
        var store = new MemoryStore();
        var bed = await MailBed.NewAsync(store);
        await store.Dropbox.PutAsync([new DroppedItem(MailBed.Account, Realm.Mail, new byte[] { 1, 2, 3, 4 }, [])], Stop);
        await DropAsync(store, "Subject: good\r\n\r\n", 5);
        await bed.Realm.Intake.TakeInAsync(Stop);
        var inbox = await bed.MailboxAsync("INBOX");
        Assert.Equal(2, inbox.Count);
        var notice = System.Text.Encoding.ASCII.GetString((await bed.Mail.Read(inbox.Messages[0]).ReadAllAsync(Stop)).Span);
        Assert.Contains(Convert.ToBase64String([1, 2, 3, 4]), notice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData((1 << 20) + 5, false)]
    [InlineData((3 << 20) + 5, false)]
    [InlineData(1 << 20, true)]
    [InlineData((3 << 20) + 5, true)]
    public async Task A_delivery_of_any_size_arrives_whole_in_an_open_and_in_a_closed_account(int length, bool open)
    {
        var store = new MemoryStore();
        var bed = await MailBed.NewAsync(store);
        var octets = new byte[length];
        new Random(length).NextBytes(octets);
        DeliveryTarget target = open
            ? new OpenTarget(MailBed.Account, bed.Realm, store)
            : new ClosedTarget(MailBed.Account, MailBed.Key.SealingKey, store.Blobs, bed.Realm.Intake.TakeInAsync);
        var delivery = new Delivery([target], store, bed.Time);
        for (var at = 0; at < length; at += 50_000) await delivery.WriteAsync(octets.AsMemory(at, Math.Min(50_000, length - at)), Stop);
        Assert.Equal(Refusal.None, await delivery.CommitAsync(Stop));
        await bed.Realm.Intake.Work;
        var row = (await bed.MailboxAsync("INBOX")).Messages[0];
        Assert.Equal(octets, (await bed.Mail.Read(row).ReadAllAsync(Stop)).ToArray());
        Assert.Equal(length, (await bed.Mail.SummaryAsync(bed.Mail.State.Find("INBOX")!.Id, row, Stop)).Size);
    }

    private static async Task DropAsync(IStore store, string message, long date)
    {
        var target = new ClosedTarget(MailBed.Account, MailBed.Key.SealingKey, store.Blobs, _ => ValueTask.CompletedTask);
        await using var delivery = new Delivery([target], store, ManualTime.At(date));
        await delivery.WriteAsync(System.Text.Encoding.ASCII.GetBytes(message), Stop);
        Assert.Equal(Refusal.None, await delivery.CommitAsync(Stop));
    }
}
