using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Mail;

/// <summary>Many messages in one commit.</summary>
public sealed class AppendAllTests
{
    [Fact]
    public async Task All_are_there_in_their_order_under_one_change()
    {
        var bed = await MailBed.NewAsync();
        await bed.AppendAsync("INBOX", "Subject: first\r\n\r\n");
        var head = bed.Journal.Head.Sequence;
        var messages = new List<MailAppend>();
        for (var i = 0; i < 300; i++) messages.Add(await MessageAsync(bed, i, $"key{i % 7}"));
        var appended = await bed.Mail.AppendAllAsync("inbox", messages, MailBed.Stop);
        Assert.Equal(2u, appended.Value.Uid);
        Assert.Equal(head + 1, bed.Journal.Head.Sequence);
        var inbox = await bed.MailboxAsync("INBOX");
        Assert.Equal(301, inbox.Count);
        Assert.Equal(7, inbox.Keywords.Length);
        for (var i = 0; i < 300; i++)
        {
            var row = inbox.Messages[i + 1];
            Assert.Equal(((uint)i + 2, head + 1, (long)i), (row.Uid, row.ModSeq, row.InternalDate));
            Assert.Equal($"{i}", $"{(await bed.Mail.SummaryAsync(inbox.Id, row, MailBed.Stop)).Envelope.Subject}");
        }

        var picture = await bed.PictureAsync();
        await bed.ReopenAsync();
        Assert.Equal(picture, await bed.PictureAsync());
    }

    [Fact]
    public async Task All_or_none()
    {
        var bed = await MailBed.NewAsync();
        var picture = await bed.PictureAsync();
        var one = await MessageAsync(bed, 1);
        Assert.Equal(Refusal.NotFound, (await bed.Mail.AppendAllAsync("nowhere", [one], MailBed.Stop)).Refusal);
        var many = Enumerable.Repeat(one, MailChanges.AppendsMax + 1).ToList();
        Assert.Equal(Refusal.TooMany, (await bed.Mail.AppendAllAsync("INBOX", many, MailBed.Stop)).Refusal);
        var keys = Enumerable.Range(0, MailboxState.KeywordsMax + 1).Select(i => one with { Keywords = [$"key{i}"] }).ToList();
        Assert.Equal(Refusal.TooMany, (await bed.Mail.AppendAllAsync("INBOX", keys, MailBed.Stop)).Refusal);
        Assert.Equal(Refusal.None, (await bed.Mail.AppendAllAsync("INBOX", [], MailBed.Stop)).Refusal);
        Assert.Equal(picture, await bed.PictureAsync());
        Assert.Equal(Refusal.None, (await bed.Mail.AppendAllAsync("INBOX", keys[..^1], MailBed.Stop)).Refusal);
        var reader = new MailStore(bed.Realm, MailBed.Device, readOnly: true);
        Assert.Equal(Refusal.NotPermitted, (await reader.AppendAllAsync("INBOX", [one], MailBed.Stop)).Refusal);
    }

    private static async Task<MailAppend> MessageAsync(MailBed bed, int number, params string[] keywords)
    {
        using var writer = bed.Mail.NewMessage();
        await writer.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"Subject: {number}\r\n\r\n{number}"), MailBed.Stop);
        var written = (await writer.CompleteAsync(MailBed.Stop)).Value!;
        return new MailAppend(written, MessageFlags.Seen, keywords, DateTimeOffset.FromUnixTimeSeconds(number));
    }
}
