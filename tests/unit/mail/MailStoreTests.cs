using System.Text;
using CompatBot.Core.Content;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Mail;

public sealed class MailStoreTests
{
    private static CancellationToken Stop => MailBed.Stop;

    [Fact]
    public async Task A_new_account_has_its_first_mailboxes()
    {
        var bed = await MailBed.NewAsync();
        Assert.Equal(["Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"], bed.Mail.State.Names.Keys);
        Assert.Equal(SpecialUse.Trash, bed.Mail.State.Find("Trash")!.SpecialUse);
        Assert.Equal(6, bed.Mail.State.Mailboxes.Values.Select(mailbox => mailbox.UidValidity).Distinct().Count());
    }

    [Fact]
    public async Task A_message_comes_back_byte_for_byte_with_its_flags()
    {
        var bed = await MailBed.NewAsync();
        var octets = "Subject: hi\r\n\r\nbody \0 \n bare\r";
        var appended = await bed.AppendAsync("inbox", octets, MessageFlags.Seen, "$Work");
        var inbox = await bed.MailboxAsync("INBOX");
        Assert.Equal((1u, 1, 0), (appended.Uid, inbox.Count, inbox.Unseen));
        Assert.Equal(MessageFlags.Seen | inbox.FlagOf("$work"), inbox.Messages[0].Flags);
        Assert.Equal(octets, Encoding.UTF8.GetString((await bed.Mail.Read(inbox.Messages[0]).ReadAllAsync(Stop)).Span));
        var summary = await bed.Mail.SummaryAsync(inbox.Id, inbox.Messages[0], Stop);
        Assert.Equal(octets.Length, summary.Size);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(ChunkBorders.MinBytes)]
    [InlineData(1 << 20)]
    [InlineData(ChunkBorders.MaxBytes)]
    [InlineData(ChunkBorders.MaxBytes + 1)]
    [InlineData((5 << 20) + 17)]
    public async Task Content_of_any_length_comes_back(int length)
    {
        var bed = await MailBed.NewAsync();
        var octets = new byte[length];
        new Random(length).NextBytes(octets);
        using var writer = bed.Mail.NewMessage();
        for (var at = 0; at < length; at += 70_001)
        {
            Assert.Equal(Refusal.None, await writer.WriteAsync(octets.AsMemory(at, Math.Min(70_001, length - at)), Stop));
        }

        var written = (await writer.CompleteAsync(Stop)).Value!;
        Assert.False((await bed.Mail.AppendAsync("INBOX", written, MessageFlags.None, [], null, Stop)).Declined);
        var row = (await bed.MailboxAsync("INBOX")).Messages[0];
        Assert.Equal(octets, (await bed.Mail.Read(row).ReadAllAsync(Stop)).ToArray());
        Assert.Equal(octets.AsSpan(length / 2)[..Math.Min(9, length - (length / 2))].ToArray(),
            (await bed.Mail.Read(row).ReadAsync(length / 2, Stop)).Span[..Math.Min(9, length - (length / 2))].ToArray());
    }

    [Fact]
    public async Task Flags_change_with_the_sequence_and_nothing_changes_for_nothing()
    {
        var bed = await MailBed.NewAsync();
        for (var i = 0; i < 5; i++) await bed.AppendAsync("INBOX", $"m{i}");
        var inbox = await bed.MailboxAsync("INBOX");
        var stored = (await bed.Mail.StoreAsync(inbox.Id, [4, 2, 99], FlagAction.Add, MessageFlags.Seen, ["A"], Stop)).Value!;
        Assert.Equal(3, stored.Unseen);
        var newest = bed.Journal.Head.Sequence;
        Assert.Equal([false, true, false, true, false], Enumerable.Range(0, 5).Select(i => stored.Messages[i].ModSeq == newest));
        var head = bed.Journal.Head;
        await bed.Mail.StoreAsync(inbox.Id, [2], FlagAction.Add, MessageFlags.Seen, ["a"], Stop);
        Assert.Equal(head, bed.Journal.Head);
        var replaced = (await bed.Mail.StoreAsync(inbox.Id, [2], FlagAction.Replace, MessageFlags.Draft, [], Stop)).Value!;
        Assert.Equal(MessageFlags.Draft, replaced.Messages[1].Flags);
        Assert.Equal(4, replaced.Unseen);
        Assert.Equal(MessageFlags.None, inbox.Messages[1].Flags);
    }

    [Fact]
    public async Task Expunge_removes_what_is_deleted_and_uids_are_not_used_again()
    {
        var bed = await MailBed.NewAsync();
        for (var i = 0; i < 4; i++) await bed.AppendAsync("INBOX", $"m{i}", i % 2 == 0 ? MessageFlags.Deleted : MessageFlags.None);
        var id = (await bed.MailboxAsync("INBOX")).Id;
        Assert.Equal(3, (await bed.Mail.ExpungeAsync(id, [3, 4], Stop)).Value!.Count);
        Assert.Equal(2, (await bed.Mail.ExpungeAsync(id, null, Stop)).Value!.Count);
        Assert.Equal(5u, (await bed.AppendAsync("INBOX", "m5")).Uid);
        await bed.ReopenAsync();
        Assert.Equal(6u, (await bed.AppendAsync("INBOX", "m6")).Uid);
    }

    [Fact]
    public async Task Move_is_one_step_and_pairs_uids()
    {
        var bed = await MailBed.NewAsync();
        for (var i = 0; i < 3; i++) await bed.AppendAsync("INBOX", $"m{i}", MessageFlags.None, "k" + i);
        var inbox = await bed.MailboxAsync("INBOX");
        var before = bed.Journal.Head.Sequence;
        var moved = (await bed.Mail.MoveAsync(inbox.Id, [1, 3], "Archive", Stop)).Value!;
        Assert.Equal(before + 1, bed.Journal.Head.Sequence);
        Assert.Equal<uint>([1, 3], moved.SourceUids);
        Assert.Equal<uint>([1, 2], moved.TargetUids);
        var archive = await bed.MailboxAsync("Archive");
        Assert.Equal(["k0", "k2"], archive.Keywords);
        Assert.Equal(1, (await bed.MailboxAsync("INBOX")).Count);
        Assert.Equal(Refusal.NotFound, (await bed.Mail.MoveAsync(inbox.Id, [2], "nowhere", Stop)).Refusal);
    }

    [Fact]
    public async Task Names_follow_the_rules()
    {
        var bed = await MailBed.NewAsync();
        Assert.False((await bed.Mail.CreateAsync("Übung/日本/x", SpecialUse.None, Stop)).Declined);
        Assert.NotNull(bed.Mail.State.Find("Übung/日本"));
        Assert.Equal(Refusal.AlreadyExists, (await bed.Mail.CreateAsync("inBox", SpecialUse.None, Stop)).Refusal);
        foreach (var name in new[] { "", "a//b", "/a", "a/", "a%b", "a*", "a\0b", new string('x', 256), new string('y', 1001) })
        {
            Assert.Equal(Refusal.Invalid, (await bed.Mail.CreateAsync(name, SpecialUse.None, Stop)).Refusal);
        }

        Assert.Equal(Refusal.HasChildren, (await bed.Mail.DeleteAsync("Übung", Stop)).Refusal);
        Assert.Equal(Refusal.NotPermitted, (await bed.Mail.DeleteAsync("INBOX", Stop)).Refusal);
        Assert.Equal(Refusal.Invalid, (await bed.Mail.RenameAsync("Übung", "Übung/x", Stop)).Refusal);
        Assert.False((await bed.Mail.RenameAsync("Übung", "neu/alt", Stop)).Declined);
        Assert.NotNull(bed.Mail.State.Find("neu/alt/日本/x"));
        Assert.Null(bed.Mail.State.Find("Übung/日本/x"));
    }

    [Fact] // RFC 3501 section 6.3.5
    public async Task Renaming_INBOX_moves_its_messages_and_leaves_it_empty()
    {
        var bed = await MailBed.NewAsync();
        await bed.AppendAsync("INBOX", "one");
        Assert.False((await bed.Mail.RenameAsync("INBOX", "old", Stop)).Declined);
        Assert.Equal((0, 1), ((await bed.MailboxAsync("INBOX")).Count, (await bed.MailboxAsync("old")).Count));
    }

    [Fact]
    public async Task A_read_only_device_changes_nothing()
    {
        var bed = await MailBed.NewAsync();
        var mail = new MailStore(bed.Realm, MailBed.Device, readOnly: true);
        var head = bed.Journal.Head;
        Assert.Equal(Refusal.NotPermitted, (await mail.CreateAsync("x", SpecialUse.None, Stop)).Refusal);
        Assert.Equal(Refusal.NotPermitted, (await mail.ExpungeAsync(new MailboxId(1), null, Stop)).Refusal);
        Assert.Equal(1u, (await mail.ClaimRecentAsync(new MailboxId(1), Stop)).Value);
        Assert.Equal(head, bed.Journal.Head);
    }

    [Fact]
    public async Task Recent_is_claimed_once()
    {
        var bed = await MailBed.NewAsync();
        await bed.AppendAsync("INBOX", "one");
        var id = (await bed.MailboxAsync("INBOX")).Id;
        Assert.Equal(1u, (await bed.Mail.ClaimRecentAsync(id, Stop)).Value);
        Assert.Equal(2u, (await bed.Mail.ClaimRecentAsync(id, Stop)).Value);
    }

    [Fact]
    public async Task A_mailbox_takes_as_many_keywords_as_it_has_bits_and_not_one_more()
    {
        var bed = await MailBed.NewAsync();
        await bed.AppendAsync("INBOX", "one", MessageFlags.None, [.. Enumerable.Range(0, MailboxState.KeywordsMax).Select(i => $"k{i}")]);
        var id = (await bed.MailboxAsync("INBOX")).Id;
        Assert.Equal(Refusal.TooMany, (await bed.Mail.StoreAsync(id, [1], FlagAction.Add, MessageFlags.None, ["more"], Stop)).Refusal);
        Assert.False((await bed.Mail.StoreAsync(id, [1], FlagAction.Remove, MessageFlags.None, ["k55", "unknown"], Stop)).Declined);
    }

    [Fact]
    public async Task A_watch_wakes_after_a_change()
    {
        var bed = await MailBed.NewAsync();
        var seen = new List<int>();
        using (bed.Mail.Watch(() => seen.Add(bed.Mail.State.Find("INBOX")!.Count)))
        {
            Assert.Empty(seen);
            await bed.AppendAsync("INBOX", "one");
            await bed.AppendAsync("INBOX", "two");
        }

        await bed.AppendAsync("INBOX", "three");
        Assert.Equal([1, 2], seen);
    }

    [Fact]
    public async Task Who_watches_a_mailbox_is_woken_for_its_messages_and_its_end_and_for_nothing_else()
    {
        var bed = await MailBed.NewAsync();
        await bed.Mail.CreateAsync("Work", SpecialUse.None, Stop);
        await bed.AppendAsync("Work", "one");
        await bed.AppendAsync("INBOX", "one");
        var (work, wakes) = ((await bed.MailboxAsync("Work")).Id, 0);
        using (bed.Mail.Watch(work, () => wakes++))
        {
            await bed.AppendAsync("INBOX", "two");
            await bed.Mail.SubscribeAsync("Work", subscribed: true, Stop);
            Assert.Equal(0, wakes);
            await bed.AppendAsync("Work", "two");
            Assert.Equal(1, wakes);
            await bed.Mail.StoreAsync(work, [1], FlagAction.Add, MessageFlags.Seen, [], Stop);
            Assert.Equal(2, wakes);
            await bed.Mail.ExpungeAsync(work, null, Stop); // Nothing is marked as deleted.
            Assert.Equal(2, wakes);
            await bed.Mail.DeleteAsync("Work", Stop);
            Assert.Equal(3, wakes);
        }

        using var late = bed.Mail.Watch(work, () => wakes++);
        await bed.AppendAsync("INBOX", "three");
        Assert.Equal(4, wakes); // It is gone, which who came late has to hear too, once.
        await bed.AppendAsync("INBOX", "four");
        Assert.Equal(4, wakes);
    }

    [Fact]
    public async Task The_state_after_replay_is_the_same_with_and_without_snapshots()
    {
        var store = new MemoryStore();
        var bed = await MailBed.NewAsync(store);
        var random = new Random(7);
        for (var i = 0; i < 2500; i++)
        {
            await bed.AppendAsync(i % 3 == 0 ? "Archive" : "INBOX", $"message {i}", (MessageFlags)random.Next(32));
        }

        var id = (await bed.MailboxAsync("INBOX")).Id;
        await bed.Mail.StoreAsync(id, [.. Enumerable.Range(1, 1600).Where(_ => random.Next(3) == 0).Select(i => (uint)i)],
            FlagAction.Add, MessageFlags.Answered, ["Tag"], Stop);
        await bed.Mail.ExpungeAsync(id, null, Stop);
        var picture = await bed.PictureAsync();
        await bed.OpenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
        await bed.ReopenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
        await bed.ReopenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
        await store.Snapshots.ClearAsync(MailBed.Account, Stop);
        Assert.Equal(picture, await bed.PictureAsync());
        await bed.OpenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
    }

    [Fact]
    public async Task A_lost_piece_of_the_snapshot_is_read_from_the_journal()
    {
        var store = new MemoryStore();
        var bed = await MailBed.NewAsync(store);
        for (var i = 0; i < 1500; i++) await bed.AppendAsync("INBOX", $"message {i}");
        var picture = await bed.PictureAsync();
        await bed.Realm.CloseAsync(Stop);
        var piece = bed.Mail.State.Find("INBOX")!.Messages.Segments().First().Piece!.Value;
        await store.Snapshots.ReplaceAsync(MailBed.Account, [], [piece], Stop);
        await bed.OpenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
    }
}
