using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Mail;

/// <summary>What an account may have: exact to the octet, whoever adds and however many at once.</summary>
public sealed class QuotaTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_last_octet_goes_in_and_one_more_does_not()
    {
        var bed = await MailBed.NewAsync();
        bed.Journal.Quota = new Quota(10, null);
        await bed.AppendAsync("INBOX", "1234567");
        Assert.Equal(Refusal.OverQuota, await TryAsync(bed, "4444"));
        Assert.Equal(Refusal.None, await TryAsync(bed, "333"));
        Assert.Equal(Refusal.OverQuota, await TryAsync(bed, "1"));
        Assert.Equal(10, bed.Mail.State.UsageBytes);
        bed.Journal.Quota = new Quota(11, null);
        Assert.Equal(Refusal.None, await TryAsync(bed, "1"));
    }

    [Fact]
    public async Task Many_at_once_do_not_pass_together()
    {
        var bed = await MailBed.NewAsync();
        bed.Journal.Quota = new Quota(55, null);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => TryAsync(bed, "0123456789"))));
        Assert.Equal(5, answers.Count(answer => answer == Refusal.None));
        Assert.Equal(15, answers.Count(answer => answer == Refusal.OverQuota));
        Assert.Equal(50, bed.Mail.State.UsageBytes);
    }

    [Fact]
    public async Task On_a_full_account_copies_and_undeletes_are_refused_and_moves_flags_and_deletes_go_through()
    {
        var bed = await MailBed.NewAsync();
        await bed.AppendAsync("INBOX", "12345");
        await bed.AppendAsync("INBOX", "67890", MessageFlags.Deleted);
        bed.Journal.Quota = new Quota(4, null);
        var inbox = await bed.MailboxAsync("INBOX");
        Assert.Equal(Refusal.OverQuota, (await bed.Mail.CopyAsync(inbox.Id, [1], "Archive", Stop)).Refusal);
        Assert.Equal(Refusal.None, (await bed.Mail.StoreAsync(inbox.Id, [1], FlagAction.Add, MessageFlags.Seen, [], Stop)).Refusal);
        Assert.Equal(Refusal.None, (await bed.Mail.MoveAsync(inbox.Id, [1], "Archive", Stop)).Refusal);
        Assert.Equal(Refusal.None, (await bed.Mail.ExpungeAsync(inbox.Id, null, Stop)).Refusal);
        Assert.Equal(5, bed.Mail.State.UsageBytes);
        Assert.Equal(Refusal.None, (await bed.Mail.DeleteAsync("Archive", Stop)).Refusal);
        Assert.Equal(0, bed.Mail.State.UsageBytes);
        Assert.Equal(Refusal.OverQuota, (await bed.Mail.History.UndeleteMailboxAsync("Archive", null, Stop)).Refusal);
        Assert.Equal(Refusal.OverQuota, (await bed.Mail.History.UndeleteAsync("INBOX", new HashSet<uint> { 2 }, Stop)).Refusal);
        bed.Journal.Quota = default;
        Assert.Equal(Refusal.None, (await bed.Mail.History.UndeleteMailboxAsync("Archive", null, Stop)).Refusal);
        Assert.Equal(Refusal.None, (await bed.Mail.History.UndeleteAsync("INBOX", new HashSet<uint> { 2 }, Stop)).Refusal);
        Assert.Equal(10, bed.Mail.State.UsageBytes);
    }

    [Fact]
    public async Task The_sum_is_the_same_from_a_snapshot_from_the_journal_and_in_the_store()
    {
        var store = new MemoryStore();
        var bed = await MailBed.NewAsync(store);
        await bed.AppendAsync("INBOX", "12345");
        await bed.AppendAsync("Sent", "678");
        await bed.AppendAsync("Sent", "9", MessageFlags.Deleted);
        await bed.Mail.ExpungeAsync((await bed.MailboxAsync("Sent")).Id, null, Stop);
        Assert.Equal(8, bed.Mail.State.UsageBytes);
        Assert.Equal(new RealmUsage(8, 0), await store.Directory.UsageAsync(MailBed.Account, Realm.Mail, Stop));
        await bed.ReopenAsync();
        Assert.Equal(8, bed.Mail.State.UsageBytes);
        await store.Snapshots.ClearAsync(MailBed.Account, Stop);
        await bed.OpenAsync();
        Assert.Equal(8, bed.Mail.State.UsageBytes);
    }

    private static async Task<Refusal> TryAsync(MailBed bed, string message)
    {
        using var writer = bed.Mail.NewMessage();
        Assert.Equal(Refusal.None, await writer.WriteAsync(System.Text.Encoding.UTF8.GetBytes(message), Stop));
        var written = await writer.CompleteAsync(Stop);
        return (await bed.Mail.AppendAsync("INBOX", written.Value!, MessageFlags.None, [], null, Stop)).Refusal;
    }
}
