using System.Text;
using CompatBot.Core.Content;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Journal;
using Google.Protobuf;
using Xunit;

namespace CompatBot.UnitTests.Mail;

public sealed class MailIntakeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Stop => MailBed.Stop;

    [Fact]
    public async Task Opening_takes_in_one_slice_and_the_rest_follows_behind_in_order()
    {
        var store = new SteppedStore(new MemoryStore());
        var bed = await ClosedBedAsync(store);
        await DropAsync(store, 0, 10_000);
        var (second, reads) = (new TaskCompletionSource(), 0);
        store.Step = async step =>
        {
            if (step == "read" && ++reads == 2) await second.Task;
            return Refusal.None;
        };
        await bed.OpenAsync();
        Assert.Equal(IntakeSlices.SliceMessages, (await bed.MailboxAsync("INBOX")).Count);
        Assert.True(bed.Realm.Intake.IsBehind);
        second.SetResult();
        await bed.Realm.Intake.Work;
        Assert.False(bed.Realm.Intake.IsBehind);
        await AssertInboxAsync(bed, 10_000);
        Assert.Equal((0, 0), await store.DepthAsync(MailBed.Account, Realm.Mail, Stop));
    }

    [Theory]
    [InlineData(IntakeSlices.SliceMessages, 10, 1)]
    [InlineData(IntakeSlices.SliceMessages + 1, 10, 2)]
    [InlineData(4, (1 << 19) - 100, 2)] // Two of them fill the octets of a slice.
    [InlineData(4, (1 << 19) + 100, 4)]
    [InlineData(2, (3 << 20) + 5, 2)]
    public async Task A_slice_is_one_change_and_has_its_limits(int messages, int octets, int slices)
    {
        var store = new SteppedStore(new MemoryStore());
        var bed = await ClosedBedAsync(store);
        await DropAsync(store, 0, messages, octets);
        var steps = new List<string>();
        store.Step = step =>
        {
            lock (steps) steps.Add(step);
            return new(Refusal.None);
        };
        await bed.OpenAsync();
        await bed.Realm.Intake.Work;
        await AssertInboxAsync(bed, messages);
        Assert.Equal((slices, slices), (steps.Count(step => step == "append"), steps.Count(step => step == "delete")));
    }

    [Fact]
    public async Task Opening_does_not_wait_for_a_message_that_is_larger_than_a_slice()
    {
        var store = new SteppedStore(new MemoryStore());
        var bed = await ClosedBedAsync(store);
        await DropAsync(store, 0, 1, (2 << 20) + 1);
        var append = new TaskCompletionSource();
        store.Step = async step =>
        {
            if (step == "append") await append.Task;
            return Refusal.None;
        };
        await bed.OpenAsync();
        Assert.Equal(0, (await bed.MailboxAsync("INBOX")).Count);
        append.SetResult();
        await bed.Realm.Intake.Work;
        await AssertInboxAsync(bed, 1);
    }

    [Fact]
    public async Task A_store_that_dies_at_any_step_neither_loses_nor_doubles_a_message()
    {
        const int messages = IntakeSlices.SliceMessages + 3;
        var died = true;
        for (var last = 0; died; last++)
        {
            var memory = new MemoryStore();
            var store = new SteppedStore(memory);
            var bed = await ClosedBedAsync(store);
            await DropAsync(store, 0, 2, ChunkBorders.MaxBytes + 5);
            await DropAsync(store, 2, messages - 2);
            var (steps, fatal) = (0, last);
            died = false;
            store.Step = _ => steps++ >= fatal ? throw new IOException("dead") : new(Refusal.None);
            bed.Log.Expected = (_, error) => died |= error is IOException;
            await bed.OpenAsync();
            await UntilAsync(() => died || bed.Realm.Intake.Work.IsCompleted);
            await bed.Realm.Intake.CloseAsync();

            // As after a restart: nothing of the first process is left but the store.
            var again = new MailBed(memory, bed.Time);
            await again.OpenAsync();
            await again.Realm.Intake.Work;
            await AssertInboxAsync(again, messages);
            Assert.Equal((0, 0), await memory.Dropbox.DepthAsync(MailBed.Account, Realm.Mail, Stop));

            // Two messages are a list and two chunks each, the second of which they share; no sealed part is left.
            Assert.Equal(messages + 3, await BlobsAsync(memory));
        }
    }

    [Fact]
    public async Task A_slice_that_fails_is_reported_and_tried_again_later_each_time_up_to_a_limit()
    {
        var store = new SteppedStore(new MemoryStore());
        var bed = await ClosedBedAsync(store);
        await DropAsync(store, 0, 300);
        var reports = 0;
        var refusal = Refusal.StoreFull;
        bed.Log.Expected = (said, _) =>
        {
            Assert.Equal(refusal, said);
            Interlocked.Increment(ref reports);
        };
        store.Step = step => new(step == "append" ? refusal : Refusal.None);
        await bed.OpenAsync();
        var pause = MailIntake.RetryFirst;
        for (var i = 1; i <= 12; i++)
        {
            await UntilAsync(() => Volatile.Read(ref reports) == i && bed.Time.NextDue == pause);
            bed.Time.Advance(pause);
            pause = pause * 2 < MailIntake.RetryMax ? pause * 2 : MailIntake.RetryMax;
        }

        Assert.Equal(MailIntake.RetryMax, pause);
        await UntilAsync(() => Volatile.Read(ref reports) == 13 && bed.Time.NextDue == pause);
        Assert.Equal(0, (await bed.MailboxAsync("INBOX")).Count);

        // More arrivals do not hurry a store that is in trouble, and do not wait for it.
        await DropAsync(store, 300, 1);
        await bed.Realm.Intake.TakeInAsync(Stop);
        Assert.Equal(13, reports);
        refusal = Refusal.None;
        bed.Time.Advance(pause);
        await bed.Realm.Intake.Work;
        await AssertInboxAsync(bed, 301);
    }

    [Fact]
    public async Task Closing_stops_between_two_slices_and_the_next_opening_goes_on()
    {
        var store = new SteppedStore(new MemoryStore());
        var bed = await ClosedBedAsync(store);
        await DropAsync(store, 0, 1000);
        var (second, reads) = (new TaskCompletionSource(), 0);
        store.Step = async step =>
        {
            if (step == "read" && ++reads == 2) await second.Task;
            return Refusal.None;
        };
        await bed.OpenAsync();
        await UntilAsync(() => Volatile.Read(ref reads) == 2);
        var closing = bed.Realm.CloseAsync(Stop).AsTask();
        Assert.False(closing.IsCompleted); // The keys are not forgotten while a slice uses them.
        second.SetResult();
        await closing;
        Assert.Equal(IntakeSlices.SliceMessages, (await bed.MailboxAsync("INBOX")).Count);
        await bed.Realm.Intake.TakeInAsync(Stop); // A closed intake takes nothing in.
        Assert.Equal(2, reads);
        await bed.OpenAsync();
        await bed.Realm.Intake.Work;
        await AssertInboxAsync(bed, 1000);
    }

    [Fact]
    public async Task Closing_does_not_wait_for_the_next_try()
    {
        var store = new SteppedStore(new MemoryStore());
        var bed = await ClosedBedAsync(store);
        await DropAsync(store, 0, 1);
        bed.Log.Expected = (_, _) => { };
        store.Step = step => new(step == "delete" ? Refusal.Unavailable : Refusal.None);
        await bed.OpenAsync();
        await bed.Realm.CloseAsync(Stop);
        store.Step = _ => new(Refusal.None);
        await bed.OpenAsync();
        await AssertInboxAsync(bed, 1);
        Assert.Equal((0, 0), await store.DepthAsync(MailBed.Account, Realm.Mail, Stop));
    }

    [Fact]
    public async Task Few_accounts_at_a_time_take_in_behind_their_logins_and_no_login_waits_for_them()
    {
        var store = new MemoryStore();
        var bed = await ClosedBedAsync(store);
        await DropAsync(store, 0, 1000);
        for (var i = 0; i < Intakes.TurnsMax; i++) await bed.Intakes.TakeTurnAsync(Stop);
        Assert.False(bed.Intakes.TakeTurnAsync(new CancellationToken(canceled: true)).IsCompletedSuccessfully);
        await bed.OpenAsync();
        Assert.Equal(IntakeSlices.SliceMessages, (await bed.MailboxAsync("INBOX")).Count);
        for (var i = 0; i < Intakes.TurnsMax; i++) bed.Intakes.EndTurn();
        await bed.Realm.Intake.Work;
        await AssertInboxAsync(bed, 1000);
    }

    [Fact]
    public async Task Two_writers_of_one_account_take_each_message_in_once()
    {
        var store = new MemoryStore();
        var left = await MailBed.NewAsync(store);
        var right = new MailBed(store, left.Time);
        await right.OpenAsync();
        await DropAsync(store, 0, 2000);
        await Task.WhenAll(left.Realm.Intake.TakeInAsync(Stop).AsTask(), right.Realm.Intake.TakeInAsync(Stop).AsTask());
        await Task.WhenAll(left.Realm.Intake.Work, right.Realm.Intake.Work);
        await left.OpenAsync();
        await AssertInboxAsync(left, 2000);
    }

    [Fact]
    public async Task What_is_forged_with_the_public_key_reaches_the_owner_as_it_is()
    {
        var store = new MemoryStore();
        var bed = await ClosedBedAsync(store);
        byte[][] forged =
        [
            [1, 2, 3, 4],
            Seal([255, 255, 255]),
            Seal(new DroppedMail { Parts = { ByteString.CopyFrom(1, 2) }, PartKey = ByteString.CopyFrom(new byte[32]) }.ToByteArray()),
            Seal(new DroppedMail { Parts = { ByteString.CopyFrom(new byte[32]) } }.ToByteArray()),
            Seal(new DroppedMail { InternalDate = long.MaxValue }.ToByteArray()),
            Seal(new DroppedMail { InternalDate = long.MinValue }.ToByteArray()),
        ];
        await store.Dropbox.PutAsync([.. forged.Select(bytes => new DroppedItem(MailBed.Account, Realm.Mail, bytes, []))], Stop);
        await bed.OpenAsync();
        var inbox = await bed.MailboxAsync("INBOX");
        Assert.Equal(forged.Length, inbox.Count);
        for (var i = 0; i < forged.Length; i++)
        {
            var notice = Encoding.ASCII.GetString((await bed.Mail.Read(inbox.Messages[i]).ReadAllAsync(Stop)).Span);
            Assert.Contains(Convert.ToBase64String(forged[i], Base64FormattingOptions.InsertLineBreaks), notice, StringComparison.Ordinal);
        }
    }

    private static byte[] Seal(byte[] plain) => DropSeal.Seal(MailBed.Key.SealingKey, MailBed.Account, plain);

    private static async Task<MailBed> ClosedBedAsync(IStore store)
    {
        var bed = await MailBed.NewAsync(store);
        await bed.Realm.CloseAsync(Stop);
        return bed;
    }

    /// <summary>Drops messages whose dates count up from <paramref name="first"/>.</summary>
    private static async Task DropAsync(IStore store, int first, int count, int octets = 20)
    {
        for (var i = first; i < first + count; i++)
        {
            var target = new ClosedTarget(MailBed.Account, MailBed.Key.SealingKey, store.Blobs, _ => ValueTask.CompletedTask);
            await using var delivery = new Delivery([target], store, ManualTime.At(i));
            await delivery.WriteAsync(Encoding.ASCII.GetBytes($"Subject: {i}\r\n\r\n".PadRight(octets)), Stop);
            Assert.Equal(Refusal.None, await delivery.CommitAsync(Stop));
        }
    }

    private static async Task AssertInboxAsync(MailBed bed, int count)
    {
        var inbox = await bed.MailboxAsync("INBOX");
        Assert.Equal(count, inbox.Count);
        for (var i = 0; i < count; i++) Assert.Equal((i, (uint)i + 1), (inbox.Messages[i].InternalDate, inbox.Messages[i].Uid));
    }

    private static async Task<int> BlobsAsync(MemoryStore store)
    {
        var blobs = 0;
        await foreach (var _ in store.Blobs.ListAsync(MailBed.Account, Stop)) blobs++;
        return blobs;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waited.Elapsed < Patience, "It did not happen");
            await Task.Yield();
        }
    }
}
