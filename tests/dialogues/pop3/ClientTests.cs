using CompatBot.DialogueTests.Imap;
using Xunit;
using static CompatBot.DialogueTests.Pop3.Pop3Bed;

namespace CompatBot.DialogueTests.Pop3;

/// <summary>What real clients do that no RFC says; which ones is in each test's name.</summary>
public sealed class ClientTests
{
    [Fact]
    public Task Outlook_asks_for_mechanisms_by_AUTH_alone() => PlayAsync("""
        S: +OK CompatBot ready
        C: AUTH
        S: +OK Mechanisms follow
        S: SCRAM-SHA-256
        S: PLAIN
        S: LOGIN
        S: .
        """);

    [Fact] // It waits for ever behind a NUL (Dovecot's outlook-no-nuls); the size stays what it was.
    public async Task Outlook_is_sent_no_NUL()
    {
        await using var bed = await ImapBed.MakeAsync(null, null, "Subject: nul\r\n\r\na\0b\r\n\0\0");
        await using var client = new DialogueClient(Handler(bed));
        await client.ExpectAsync("+OK <*>");
        await client.SendAsync($"USER {ImapBed.Address}\r\nPASS {ImapBed.Password}\r\nRETR 1\r\n");
        await client.ExpectAsync("+OK <*>");
        await client.ExpectAsync("+OK <*>");
        await client.ExpectAsync("+OK 23 octets");
        await client.ExpectAsync("Subject: nul");
        await client.ExpectAsync("");
        Assert.Equal((byte[])[(byte)'a', 0x80, (byte)'b', 13, 10, 0x80, 0x80, 13, 10], await client.ReadBytesAsync(9));
        await client.ExpectAsync(".");
    }
}
