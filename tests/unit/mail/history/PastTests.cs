using CompatBot.Core.Content;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Mail.History;

/// <summary>Random histories: what was seen at a moment is what the journal shows of it later, and nothing that lives is lost.</summary>
public sealed class PastTests
{
    private const int Moments = 100;

    private static CancellationToken Stop => MailBed.Stop;

    [Theory]
    [InlineData(1, 400)]
    [InlineData(2, 400)]
    [InlineData(3, 400)]
    [InlineData(4, 400)]
    public async Task Any_past_state_is_what_was_seen_then(int seed, int operations)
    {
        var random = new Random(seed);
        var store = default(MemoryStore);
        var bed = await MailBed.NewAsync(time => store = new MemoryStore(time));
        var seen = new SortedDictionary<ulong, string>();
        for (var i = 0; i < operations; i++)
        {
            await StepAsync(bed, store!, random);
            bed.Time.Advance(TimeSpan.FromMinutes(random.Next(600)));
            seen[bed.Mail.State.Sequence] = await bed.PictureAsync();
        }

        await CollectTests.AssertReadableAsync(bed);
        for (var i = 0; i < Moments; i++)
        {
            var (sequence, picture) = seen.ElementAt(random.Next(seen.Count));
            var past = await bed.Mail.History.StateAtAsync(sequence, Stop);
            Assert.Equal(picture, MailBed.Picture(past.Value!));
        }

        // All mail of a moment within the horizon can be brought back.
        var moment = seen.Keys.First(sequence => sequence > bed.Mail.State.ForgottenThrough);
        var then = (await bed.Mail.History.StateAtAsync(moment, Stop)).Value!;
        Assert.Equal(Refusal.None, (await bed.Mail.History.UndeleteAllAsync(moment, Stop)).Refusal);
        Assert.Empty(ContentsOf(then).Except(await ContentsAsync(bed)));
        Assert.Equal(default, (await bed.Mail.History.UndeleteAllAsync(moment, Stop)).Value);
        await CollectTests.AssertReadableAsync(bed);

        // Everything that can be brought back is the same without any snapshot, and can be read.
        var graves = await bed.GravesAsync();
        await store!.Snapshots.ClearAsync(MailBed.Account, Stop);
        var rebuilt = new MailBed(store, bed.Time);
        await rebuilt.OpenAsync();
        Assert.Equal(graves, await rebuilt.GravesAsync());
        foreach (var name in rebuilt.Mail.State.Names.Keys.ToList())
        {
            Assert.Equal(Refusal.None, (await rebuilt.Mail.History.UndeleteAsync(name, null, Stop)).Refusal);
        }

        await CollectTests.AssertReadableAsync(rebuilt);
    }

    [Fact]
    public async Task What_was_overwritten_a_thousand_times_is_shown_right_at_a_hundred_moments()
    {
        const int Versions = 1000;
        var (bed, random) = (await MailBed.NewAsync(), new Random(7));
        var written = new List<(DateTimeOffset Time, string Text)>();
        for (var version = 0; version < Versions; version++)
        {
            bed.Time.Advance(TimeSpan.FromSeconds(random.Next(1, 1000)));
            written.Add((bed.Time.GetUtcNow(), $"version {version}"));
            var appended = await bed.AppendAsync("Drafts", written[^1].Text);
            if (appended.Uid > 1) await UndeleteTests.ExpungeAsync(bed, "Drafts", appended.Uid - 1);
        }

        for (var moment = 0; moment < Moments; moment++)
        {
            var version = random.Next(Versions);
            var time = written[version].Time.AddMilliseconds(500);
            var sequence = (await bed.Mail.History.SequenceAtAsync(time, Stop)).Value;
            var drafts = (await bed.Mail.History.StateAtAsync(sequence, Stop)).Value!.Find("Drafts")!;
            Assert.Equal(1, drafts.Count);
            var octets = await bed.Mail.Read(drafts.Messages[0]).ReadAllAsync(Stop);
            Assert.Equal(written[version].Text, System.Text.Encoding.ASCII.GetString(octets.Span));
        }
    }

    private static async Task<HashSet<ContentRef>> ContentsAsync(MailBed bed)
    {
        await bed.PictureAsync(); // Loads all messages.
        return ContentsOf(bed.Mail.State);
    }

    private static HashSet<ContentRef> ContentsOf(MailState state) =>
    [
        .. from mailbox in state.Mailboxes.Values
           from index in Enumerable.Range(0, mailbox.Count)
           select mailbox.Messages[index].Content,
    ];

    private static async Task StepAsync(MailBed bed, MemoryStore store, Random random)
    {
        var names = bed.Mail.State.Names.Keys.ToList();
        var (name, other) = (names[random.Next(names.Count)], names[random.Next(names.Count)]);
        var mailbox = await bed.MailboxAsync(name);
        List<uint> some = [.. Enumerable.Range(0, mailbox.Count).Where(_ => random.Next(3) == 0).Select(i => mailbox.Messages.UidAt(i))];
        switch (random.Next(22))
        {
            case < 8:
                await bed.AppendAsync(name, $"text {random.Next(300)}", (MessageFlags)random.Next(4), $"kw{random.Next(5)}");
                break;
            case < 10:
                await bed.Mail.StoreAsync(mailbox.Id, some, (FlagAction)random.Next(3), MessageFlags.Flagged, ["kw9"], Stop);
                break;
            case < 13:
                if (some.Count > 0) await UndeleteTests.ExpungeAsync(bed, name, [.. some]);
                break;
            case 13:
                await bed.Mail.CopyAsync(mailbox.Id, some, other, Stop);
                break;
            case 14:
                await bed.Mail.MoveAsync(mailbox.Id, some, other, Stop);
                break;
            case 15:
                await bed.Mail.CreateAsync($"m{random.Next(6)}/{random.Next(3)}", SpecialUse.None, Stop);
                break;
            case 16:
                await bed.Mail.DeleteAsync(name, Stop);
                break;
            case 17:
                await bed.Mail.RenameAsync(name, $"r{random.Next(20)}", Stop);
                break;
            case 18:
                await bed.Mail.History.UndeleteAsync(name, null, Stop);
                if (bed.Mail.State.Deleted.Values.FirstOrDefault() is { } deleted)
                {
                    await bed.Mail.History.UndeleteMailboxAsync(deleted.Mailbox.Name, null, Stop);
                }

                break;
            case 19:
                await bed.Mail.History.UndeleteAllAsync((ulong)random.NextInt64((long)bed.Mail.State.Sequence), Stop);
                break;
            case 20:
                bed.Time.Advance(TimeSpan.FromDays(random.Next(12)));
                Assert.Equal(Refusal.None, (await CollectTests.CollectOutcomeAsync(bed)).Refusal);
                break;
            default:
                if (random.Next(2) == 0) await store.Snapshots.ClearAsync(MailBed.Account, Stop);
                await bed.ReopenAsync();
                break;
        }
    }
}
