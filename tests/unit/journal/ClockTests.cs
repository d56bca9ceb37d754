using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Mail;
using CompatBot.UnitTests.Mail.History;
using Xunit;

namespace CompatBot.UnitTests.Journal;

/// <summary>The machine's clock goes back an hour, then years ahead, then is set right.</summary>
public sealed class ClockTests
{
    private static readonly TimeSpan[] Leaps =
        [TimeSpan.FromHours(-1), TimeSpan.FromDays(3652), TimeSpan.FromDays(-3652), TimeSpan.FromHours(1)];

    private static CancellationToken Stop => MailBed.Stop;

    [Fact]
    public async Task The_journal_s_time_never_goes_back_and_clients_see_the_same_numbers()
    {
        var store = default(MemoryStore);
        var bed = await MailBed.NewAsync(time => store = new MemoryStore(time));
        var validity = (await bed.MailboxAsync("INBOX")).UidValidity;
        await bed.AppendAsync("INBOX", "before");
        var validities = new HashSet<uint> { validity };
        for (var i = 0; i < Leaps.Length; i++)
        {
            bed.Time.Leap(Leaps[i]);
            await bed.AppendAsync("INBOX", $"after {i}");
            await bed.Mail.CreateAsync("again", SpecialUse.None, Stop);
            Assert.True(validities.Add((await bed.MailboxAsync("again")).UidValidity), "a UIDVALIDITY came again");
            await bed.Mail.DeleteAsync("again", Stop);
            var picture = await bed.PictureAsync();
            if (i % 2 == 0) await store!.Snapshots.ClearAsync(MailBed.Account, Stop);
            await bed.OpenAsync();
            Assert.Equal(picture, await bed.PictureAsync());
        }

        var inbox = await bed.MailboxAsync("INBOX");
        Assert.Equal((validity, 6u, 5), (inbox.UidValidity, inbox.UidNext, inbox.Count));
        var times = new List<long>();
        await foreach (var entry in store!.Journal.ReadAsync(MailBed.Account, 0, Stop))
        {
            Assert.True(EntrySeal.TryReadHeader(entry.Bytes.Span, out var header));
            times.Add(header.TimeMicroseconds);
        }

        Assert.Equal(times.Distinct().Order(), times);
    }

    [Fact]
    public async Task What_is_deleted_after_the_clock_was_ahead_can_still_be_brought_back()
    {
        var bed = await MailBed.NewAsync(time => new MemoryStore(time));
        await bed.AppendAsync("INBOX", "one", MessageFlags.Deleted);
        bed.Time.Leap(TimeSpan.FromDays(3652));
        await bed.AppendAsync("INBOX", "two", MessageFlags.Deleted);
        bed.Time.Leap(TimeSpan.FromDays(-3652));
        await bed.Mail.ExpungeAsync(bed.Mail.State.Find("INBOX")!.Id, null, Stop);
        bed.Time.Advance(TimeSpan.FromDays(20));
        Assert.Equal(Refusal.None, (await CollectTests.CollectOutcomeAsync(bed)).Refusal);
        Assert.Equal(2, (await bed.Mail.History.UndeleteAsync("INBOX", null, Stop)).Value);
        await CollectTests.AssertReadableAsync(bed);
    }
}
