using CompatBot.Storage.Memory;
using CompatBot.UnitTests.Mail.History;
using Xunit;

namespace CompatBot.UnitTests.Mail;

public sealed class LoadedOnceTests
{
    [Fact]
    public async Task The_messages_of_a_mailbox_are_read_from_the_snapshot_once()
    {
        CountingSnapshots? counting = null;
        var bed = await MailBed.NewAsync(time => counting = new CountingSnapshots(new MemoryStore(time)));
        for (var i = 0; i < 5; i++) await bed.AppendAsync("INBOX", $"Subject: {i}\r\n\r\n");
        await bed.ReopenAsync();
        var before = counting!.Reads;
        Assert.Equal(5, (await bed.Mail.OpenAsync("INBOX", MailBed.Stop)).Value!.Messages.Count);
        Assert.Equal(before + 1, counting.Reads); // Both by who looks and by the next commit: they share the state.
    }
}
