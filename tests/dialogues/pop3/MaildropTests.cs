using System.Text;
using CompatBot.Core.Mail;
using CompatBot.DialogueTests.Imap;
using Xunit;
using static CompatBot.DialogueTests.Pop3.Pop3Bed;

namespace CompatBot.DialogueTests.Pop3;

/// <summary>A maildrop beside other clients, hostile ones and a hostile message.</summary>
public sealed class MaildropTests
{
    [Fact]
    public async Task A_bare_LF_in_a_message_ends_no_response()
    {
        await using var bed = await ImapBed.MakeAsync(null, null, "Subject: x\r\n\r\nevil\n.\n+OK 5 octets\r\n.\r\n");
        await Dialogue.PlayAsync(Handler(bed), LogIn + """
            C: RETR 1
            S: +OK 38 octets
            S: Subject: x
            S: 
            S: evil
            S: ..
            S: +OK 5 octets
            S: ..
            S: .
            """, bed.Time);
    }

    [Fact]
    public async Task What_others_delete_meanwhile_stays_readable_and_what_comes_is_not_counted()
    {
        await using var bed = await ImapBed.MakeAsync(null, null, First, Second);
        await using var other = await bed.OpenAsync();
        var inbox = (await other.Mail!.OpenAsync("INBOX", TestContext.Current.CancellationToken)).Value!;
        var client = new DialogueClient(Handler(bed), null);
        await client.ExpectAsync("+OK CompatBot ready");
        foreach (var (line, reply) in new[]
        {
            ("USER " + ImapBed.Address, "+OK Send PASS"), ("PASS " + ImapBed.Password, "+OK 2 messages (82 octets)"),
        })
        {
            await client.SendAsync(line + "\r\n");
            await client.ExpectAsync(reply);
        }

        await other.Mail.RemoveAsync(inbox.Id, [1], TestContext.Current.CancellationToken);
        await ImapBed.AppendAsync(other.Mail, "INBOX", "Subject: third\r\n\r\n");
        await client.SendAsync("STAT\r\nTOP 1 0\r\nDELE 1\r\nDELE 2\r\nQUIT\r\n");
        foreach (var reply in (string[])["+OK 2 82", "+OK <*>", "Subject: first", "", ".", "+OK <*>", "+OK <*>", "+OK Goodbye"])
        {
            await client.ExpectAsync(reply);
        }

        await client.DisposeAsync();
        var left = (await other.Mail.OpenAsync("INBOX", TestContext.Current.CancellationToken)).Value!;
        Assert.Equal(3u, Assert.Single(Enumerable.Range(0, left.Messages.Count).Select(left.Messages.UidAt)));
    }

    [Fact]
    public async Task What_was_retrieved_and_stays_is_seen_by_the_other_clients()
    {
        await using var bed = await ImapBed.MakeAsync(null, null, First, Second);
        await Dialogue.PlayAsync(Handler(bed), LogIn + """
            C: RETR 2
            S: +OK 25 octets
            S: Subject: second
            S: 
            S: body
            S: .
            C: TOP 1 0
            S: +OK Top of message follows
            S: Subject: first
            S: 
            S: .
            C: QUIT
            S: +OK Goodbye
            """, bed.Time);
        await using var other = await bed.OpenAsync();
        var inbox = (await other.Mail!.OpenAsync("INBOX", TestContext.Current.CancellationToken)).Value!;
        Assert.Equal([MessageFlags.None, MessageFlags.Seen], [inbox.Messages.FlagsAt(0), inbox.Messages.FlagsAt(1)]);
    }

    [Fact]
    public async Task A_revoked_device_is_cut_off()
    {
        await using var bed = await ImapBed.MakeAsync(null, null, First, Second);
        await using var client = new DialogueClient(Handler(bed), null);
        await client.ExpectAsync("+OK CompatBot ready");
        await client.SendAsync($"USER {ImapBed.Address}\r\nPASS {ImapBed.Password}\r\nDELE 1\r\n");
        foreach (var reply in (string[])["+OK Send PASS", "+OK <*>", "+OK <*>"]) await client.ExpectAsync(reply);
        await bed.Accounts.RevokeAsync(bed.Account.Id, bed.Account.Devices[0].Id, TestContext.Current.CancellationToken);
        await client.ExpectAsync("-ERR [AUTH] Session ended by the owner of the account");
        await client.ExpectAsync("<closed>");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Nothing_breaks_the_server(int seed)
    {
        string[] phrases =
        [
            "USER ann@mail.test\r\n", "PASS aaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", "STAT\r\n", "LIST\r\n", "LIST 1\r\n", "UIDL\r\n", "RETR 1\r\n",
            "TOP 2 1\r\n", "DELE 1\r\n", "RSET\r\n", "NOOP\r\n", "CAPA\r\n", "AUTH PLAIN\r\n", "*\r\n", "AUTH LOGIN YW5uYQ==\r\n",
            "STLS\r\n", "UTF8\r\n", "QUIT\r\n",
            "\r\n", "\n", "\0", "\u00ff\u00fe\r\n", "RETR\r\n", "RETR 1 2 3\r\n", "TOP 1 99999999999\r\n",
        ];
        var random = new Random(seed);
        await using var bed = await ImapBed.MakeAsync(null, null, First, Second);
        for (var round = 0; round < 100; round++)
        {
            var text = new StringBuilder(random.Next(2) == 0 ? phrases[0] + phrases[1] : "");
            for (var count = random.Next(30); count > 0; count--) text.Append(phrases[random.Next(phrases.Length)]);
            var octets = Encoding.Latin1.GetBytes(text.ToString());
            if (octets.Length > 0) octets[random.Next(octets.Length)] = (byte)random.Next(256);
            await using var client = new DialogueClient(Handler(bed));
            await client.SendAsync(octets);
            await client.HangUpAsync();
            while (await client.ReadLineAsync() is not null)
            {
                // Any answer will do.
            }

            await client.Serving;
        }

        Assert.Equal(0, bed.Lines.Count);
    }
}
