using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Core.Mail.History;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Mail.History;

public sealed class UndeleteTests
{
    private static CancellationToken Stop => MailBed.Stop;

    [Fact]
    public async Task A_deleted_message_comes_back_with_a_new_UID_and_everything_else_as_it_was()
    {
        var bed = await MailBed.NewAsync();
        await bed.AppendAsync("INBOX", "kept");
        await bed.AppendAsync("INBOX", "gone", MessageFlags.Seen | MessageFlags.Flagged, "$Work", "later");
        var before = (await bed.MailboxAsync("INBOX")).Messages[1];
        bed.Time.Advance(TimeSpan.FromHours(1));
        await ExpungeAsync(bed, "INBOX", 2);
        var listed = await bed.Mail.History.DeletedAsync((await bed.MailboxAsync("INBOX")).Id, Stop).SingleAsync(Stop);
        Assert.Equal((2u, bed.Time.GetUtcNow()), (listed.Row.Uid, Rounded(listed.DeletedAt)));

        Assert.Equal(1, (await bed.Mail.History.UndeleteAsync("inbox", new HashSet<uint> { 2 }, Stop)).Value);
        var inbox = await bed.MailboxAsync("INBOX");
        var saved = (uint)bed.Time.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(before with { Uid = 3, ModSeq = inbox.HighestModSeq, SaveDate = saved }, inbox.Messages[1]);
        Assert.Equal("gone", Encoding.UTF8.GetString((await bed.Mail.Read(inbox.Messages[1]).ReadAllAsync(Stop)).Span));
        Assert.Equal(0, (await bed.Mail.History.UndeleteAsync("INBOX", null, Stop)).Value); // A second time: nothing.
        Assert.Equal(2, (await bed.MailboxAsync("INBOX")).Count);
    }

    [Fact]
    public async Task What_was_moved_is_not_deleted_and_is_not_brought_back()
    {
        var bed = await MailBed.NewAsync();
        await bed.AppendAsync("INBOX", "moved");
        await bed.Mail.MoveAsync((await bed.MailboxAsync("INBOX")).Id, [1], "Archive", Stop);
        Assert.Equal(0, (await bed.Mail.History.UndeleteAsync("INBOX", null, Stop)).Value);
        Assert.Equal(0, (await bed.MailboxAsync("INBOX")).Graves.Count);
        await ExpungeAsync(bed, "Archive", 1);
        Assert.Equal(1, (await bed.Mail.History.UndeleteAsync("Archive", null, Stop)).Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_deleted_mailbox_comes_back_with_its_UIDVALIDITY_and_UIDs(bool restart)
    {
        var bed = await MailBed.NewAsync();
        await bed.Mail.CreateAsync("work/plans", SpecialUse.None, Stop);
        for (var i = 0; i < 3; i++) await bed.AppendAsync("work/plans", $"plan {i}", MessageFlags.Flagged, "kw");
        await ExpungeAsync(bed, "work/plans", 2);
        var before = await bed.MailboxAsync("work/plans");
        Assert.False((await bed.Mail.DeleteAsync("work/plans", Stop)).Declined);
        await bed.Mail.DeleteAsync("work", Stop);
        if (restart) await bed.ReopenAsync();

        var back = (await bed.Mail.History.UndeleteMailboxAsync("work/plans", null, Stop)).Value!;
        var after = await bed.MailboxAsync("work/plans");
        Assert.Equal((before.Id, before.UidValidity, before.UidNext), (after.Id, after.UidValidity, after.UidNext));
        Assert.Equal(back.HighestModSeq, after.HighestModSeq);
        Assert.True(after.HighestModSeq > before.HighestModSeq);
        Assert.Equal([before.Messages[0], before.Messages[1]], [after.Messages[0], after.Messages[1]]);
        Assert.NotNull(bed.Mail.State.Find("work")); // Its parent is there again.
        Assert.Equal(back.Id, (await bed.Mail.History.UndeleteMailboxAsync("work/plans", null, Stop)).Value!.Id);
        Assert.Equal(1, (await bed.Mail.History.UndeleteAsync("work/plans", null, Stop)).Value);
    }

    [Fact]
    public async Task A_mailbox_whose_name_is_taken_comes_back_under_another()
    {
        var bed = await MailBed.NewAsync();
        await bed.Mail.CreateAsync("a", SpecialUse.None, Stop);
        await bed.AppendAsync("a", "first");
        await bed.Mail.DeleteAsync("a", Stop);
        await bed.Mail.CreateAsync("a", SpecialUse.None, Stop);
        var history = bed.Mail.History;
        Assert.Equal(Refusal.AlreadyExists, (await history.UndeleteMailboxAsync("a", null, Stop)).Refusal);
        Assert.Equal("b", (await history.UndeleteMailboxAsync("a", "b", Stop)).Value!.Name);
        Assert.Equal(Refusal.NotFound, (await history.UndeleteMailboxAsync("c", null, Stop)).Refusal);
        Assert.Equal(1, (await bed.MailboxAsync("b")).Count);
    }

    [Fact]
    public async Task A_special_use_that_somebody_else_has_by_now_is_not_taken_away()
    {
        var bed = await MailBed.NewAsync();
        await bed.Mail.DeleteAsync("Trash", Stop);
        await bed.Mail.CreateAsync("Bin", SpecialUse.Trash, Stop);
        await bed.Mail.History.UndeleteMailboxAsync("Trash", null, Stop);
        Assert.Equal(SpecialUse.None, bed.Mail.State.Find("Trash")!.SpecialUse);
        Assert.Equal(SpecialUse.Trash, bed.Mail.State.Find("Bin")!.SpecialUse);
    }

    [Fact]
    public async Task All_mail_of_a_moment_comes_back_once()
    {
        var bed = await MailBed.NewAsync();
        await bed.Mail.CreateAsync("a", SpecialUse.None, Stop);
        await bed.Mail.CreateAsync("b", SpecialUse.None, Stop);
        foreach (var text in (string[])["one", "two", "two", "three"]) await bed.AppendAsync("a", text);
        await bed.AppendAsync("b", "four");
        bed.Time.Advance(TimeSpan.FromHours(1));
        var moment = (await bed.Mail.History.SequenceAtAsync(bed.Time.GetUtcNow(), Stop)).Value;
        bed.Time.Advance(TimeSpan.FromHours(1));

        await bed.AppendAsync("a", "later");
        await ExpungeAsync(bed, "a", 2, 5); // Gone since: UID 2. "later" was not there then.
        await bed.Mail.MoveAsync(bed.Mail.State.Find("a")!.Id, [4], "INBOX", Stop);
        await ExpungeAsync(bed, "INBOX", 1); // Moved, then gone: "three".
        await bed.Mail.MoveAsync(bed.Mail.State.Find("a")!.Id, [1], "Archive", Stop); // Moved only: "one".
        await bed.Mail.RenameAsync("b", "c", Stop);
        await bed.Mail.DeleteAsync("c", Stop);

        var undeleted = (await bed.Mail.History.UndeleteAllAsync(moment, Stop)).Value;
        Assert.Equal(new Undeleted(1, 2), undeleted);
        Assert.Equal(["two", "two"], await TextsAsync(bed, "a"));
        Assert.Equal(["three"], await TextsAsync(bed, "INBOX"));
        Assert.Equal(["one"], await TextsAsync(bed, "Archive"));
        Assert.Equal(["four"], await TextsAsync(bed, "b"));
        Assert.Equal(default, (await bed.Mail.History.UndeleteAllAsync(moment, Stop)).Value);
        Assert.Equal(Refusal.NotFound, (await bed.Mail.History.UndeleteAllAsync(ulong.MaxValue, Stop)).Refusal);
    }

    [Fact]
    public async Task A_read_only_device_changes_nothing()
    {
        var bed = await MailBed.NewAsync();
        var history = new MailStore(bed.Realm, MailBed.Device, readOnly: true).History;
        Assert.Equal(Refusal.NotPermitted, (await history.UndeleteAsync("INBOX", null, Stop)).Refusal);
        Assert.Equal(Refusal.NotPermitted, (await history.UndeleteMailboxAsync("a", null, Stop)).Refusal);
        Assert.Equal(Refusal.NotPermitted, (await history.UndeleteAllAsync(1, Stop)).Refusal);
        Assert.Equal(Refusal.NotPermitted, (await history.SetHorizonAsync(1, Stop)).Refusal);
    }

    [Theory]
    [InlineData(-1, Refusal.Invalid)]
    [InlineData(0, Refusal.None)]
    [InlineData(MailHistory.HorizonDaysMax, Refusal.None)]
    [InlineData(MailHistory.HorizonDaysMax + 1, Refusal.Invalid)]
    public async Task The_horizon_has_limits_and_survives_a_restart(int days, Refusal expected)
    {
        var bed = await MailBed.NewAsync();
        Assert.Equal(expected, (await bed.Mail.History.SetHorizonAsync(days, Stop)).Refusal);
        await bed.ReopenAsync();
        Assert.Equal(expected == Refusal.None ? days : null, bed.Mail.State.HorizonDays);
    }

    [Theory]
    [InlineData(MailboxNames.DeletedMailboxesMax - 1, Refusal.None)]
    [InlineData(MailboxNames.DeletedMailboxesMax, Refusal.TooMany)]
    public async Task Deleted_mailboxes_that_are_kept_have_a_limit(int deleted, Refusal expected)
    {
        var bed = await MailBed.NewAsync();
        var state = bed.Mail.State;
        var one = state.Find("Archive")!;
        var graves = Enumerable.Range(1000, deleted).ToDictionary(
            id => new MailboxId((ulong)id), id => new DeletedMailbox(one with { Id = new MailboxId((ulong)id) }, 1));
        var full = state with { Deleted = state.Deleted.AddRange(graves) };
        Assert.Equal(expected, MailboxChanges.Delete("Archive")(full, bed.Time.GetUtcNow()).Refusal);
    }

    [Fact]
    public async Task The_events_say_who_did_what()
    {
        var bed = await MailBed.NewAsync();
        await bed.AppendAsync("INBOX", "x", MessageFlags.None);
        await ExpungeAsync(bed, "INBOX", 1);
        await bed.Mail.History.UndeleteAsync("INBOX", null, Stop);
        await bed.Mail.CreateAsync("a", SpecialUse.None, Stop);
        await bed.Mail.RenameAsync("a", "b", Stop);
        var events = await bed.Mail.History.EventsAsync(Stop).ToListAsync(Stop);
        Assert.Equal(MailAction.MailboxCreated, events[0].Action);
        Assert.Null(events[0].Device);
        var ours = events.Where(one => one.Device is not null).ToList();
        Assert.All(ours, one => Assert.Equal(MailBed.Device, one.Device));
        MailAction[] expected =
        [
            MailAction.Added, MailAction.FlagsChanged, MailAction.Removed, MailAction.Added, MailAction.Restored,
            MailAction.MailboxCreated, MailAction.MailboxRenamed,
        ];
        Assert.Equal(expected, ours.Select(one => one.Action));
        Assert.Equal("+\\Deleted", ours[1].Detail);
        Assert.Equal(("b", "a"), (ours[^1].Name, ours[^1].Detail));
        Assert.Equal([2u, 2u], ours[3].Uids);
    }

    internal static async Task ExpungeAsync(MailBed bed, string mailbox, params uint[] uids)
    {
        var id = (await bed.MailboxAsync(mailbox)).Id;
        Assert.False((await bed.Mail.StoreAsync(id, uids, FlagAction.Add, MessageFlags.Deleted, [], Stop)).Declined);
        Assert.False((await bed.Mail.ExpungeAsync(id, uids, Stop)).Declined);
    }

    internal static async Task<string[]> TextsAsync(MailBed bed, string mailbox)
    {
        var (texts, state) = (new List<string>(), await bed.MailboxAsync(mailbox));
        for (var i = 0; i < state.Count; i++)
        {
            texts.Add(Encoding.UTF8.GetString((await bed.Mail.Read(state.Messages[i]).ReadAllAsync(Stop)).Span));
        }

        return [.. texts];
    }

    /// <summary>Entries of one moment are a microsecond apart.</summary>
    private static DateTimeOffset Rounded(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
}
