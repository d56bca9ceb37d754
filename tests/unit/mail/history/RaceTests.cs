using System.Text;
using CompatBot.Core.Content;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Storage.Memory;
using Xunit;

namespace CompatBot.UnitTests.Mail.History;

/// <summary>Collections, one after the other, beside writers that write what is being collected: no live message loses a blob.</summary>
public sealed class RaceTests
{
    private const int Writers = 4;
    private const int Operations = 120;

    private static CancellationToken Stop => MailBed.Stop;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_is_written_beside_collections_can_be_read(int seed)
    {
        var bed = await MailBed.NewAsync(time => new MemoryStore(time));
        await bed.Mail.History.SetHorizonAsync(0, Stop);
        for (var i = 0; i < Writers; i++) await bed.Mail.CreateAsync($"m{i}", SpecialUse.None, Stop);
        using var done = new CancellationTokenSource();
        var collecting = Task.Run(() => CollectAsync(bed, done.Token), Stop);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(
            writer => Task.Run(() => WriteAsync(bed, new Random((seed * 100) + writer), $"m{writer}"), Stop)));
        await done.CancelAsync();
        var released = await collecting;
        Assert.True(released > 0);
        bed.Time.Advance(Contents.PutGrace * 3);
        Assert.Equal(Refusal.None, (await CollectTests.CollectOutcomeAsync(bed)).Refusal);
        await CollectTests.AssertReadableAsync(bed);
    }

    private static async Task<long> CollectAsync(MailBed bed, CancellationToken done)
    {
        var released = 0L;
        while (!done.IsCancellationRequested)
        {
            bed.Time.Advance(Contents.PutGrace / 8);
            var collected = await CollectTests.CollectOutcomeAsync(bed);
            Assert.Equal(Refusal.None, collected.Refusal);
            released += collected.Value!.Released;
        }

        return released;
    }

    private static async Task WriteAsync(MailBed bed, Random random, string mailbox)
    {
        for (var i = 0; i < Operations; i++)
        {
            using var writer = bed.Mail.NewMessage();
            var letter = (char)('a' + random.Next(12)); // Few contents: most of them were there before, and are doomed.
            var length = random.Next(4) == 0 ? Contents.ChunkBytes + random.Next(3) : random.Next(1, 4);
            Assert.Equal(Refusal.None, await writer.WriteAsync(Encoding.ASCII.GetBytes(new string(letter, length)), Stop));
            await Task.Yield();
            var written = (await writer.CompleteAsync(Stop)).Value!;
            var appended = await bed.Mail.AppendAsync(mailbox, written, MessageFlags.None, [], null, Stop);
            Assert.True(appended.Refusal is Refusal.None or Refusal.Unavailable); // Unavailable: it lay too long.
            var state = await bed.MailboxAsync(mailbox);
            List<uint> some = [.. Enumerable.Range(0, state.Count).Where(_ => random.Next(3) == 0).Select(state.Messages.UidAt)];
            switch (random.Next(6))
            {
                case < 3 when some.Count > 0:
                    await UndeleteTests.ExpungeAsync(bed, mailbox, [.. some]);
                    break;
                case 3:
                    await bed.Mail.CopyAsync(state.Id, some, mailbox, Stop);
                    break;
                case 4:
                    await bed.Mail.History.UndeleteAsync(mailbox, null, Stop);
                    break;
                default:
                    await UndeleteTests.TextsAsync(bed, mailbox);
                    break;
            }
        }
    }
}
