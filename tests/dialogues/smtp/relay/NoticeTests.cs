using System.Text.RegularExpressions;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Relay;

/// <summary>RFC 3461: who hears what of a delivery; and what a submission server mends (RFC 6409 section 8).</summary>
public sealed partial class NoticeTests
{
    [Fact]
    public async Task Wishes_go_on_to_a_server_that_knows_them()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Extensions = ["DSN"];
        await relay.SendAsync(
            ["<carla@remote.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;c+2Barla@remote.example"], mail: " RET=HDRS ENVID=QQ314159");
        await relay.UntilEmptyAsync();
        var taken = Assert.Single(remote.Taken);
        Assert.Equal("MAIL FROM:<anna@mail.test> ENVID=QQ314159 RET=HDRS", taken.From);
        Assert.Equal("RCPT TO:<carla@remote.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;c+2Barla@remote.example", Assert.Single(taken.To));
        Assert.Empty(await relay.House.InboxAsync());
    }

    [Fact]
    public async Task Success_is_told_where_it_was_asked_for()
    {
        await using var relay = await RelayHouse.OpenAsync();
        relay.Add("remote.example");
        await relay.SendAsync(
            ["<carla@remote.example> NOTIFY=SUCCESS", "<dora@remote.example>", "<bert@mail.test> NOTIFY=SUCCESS ORCPT=rfc822;b@x.example"],
            mail: " ENVID=id7");
        await relay.UntilEmptyAsync();
        var notices = await relay.House.InboxAsync();
        Assert.Equal(2, notices.Length);
        Assert.Contains("Original-Envelope-Id: id7\r\n", notices[0], StringComparison.Ordinal);
        Assert.Contains(
            "Original-Recipient: rfc822;b@x.example\r\nFinal-Recipient: rfc822; bert@mail.test\r\nAction: delivered\r\nStatus: 2.1.5\r\n",
            notices[0], StringComparison.Ordinal);
        Assert.Contains(
            "Final-Recipient: rfc822; carla@remote.example\r\nAction: relayed\r\nStatus: 2.0.0\r\n", notices[1], StringComparison.Ordinal);
        Assert.DoesNotContain("dora", notices[1], StringComparison.Ordinal);
        Assert.Contains("text/rfc822-headers", notices[1], StringComparison.Ordinal);
        Assert.DoesNotContain("words", notices[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NOTIFY=NEVER", false)]
    [InlineData("NOTIFY=SUCCESS", false)]
    [InlineData("NOTIFY=FAILURE", true)]
    public async Task Failure_is_not_told_who_does_not_want_to_know(string notify, bool told)
    {
        await using var relay = await RelayHouse.OpenAsync();
        relay.Add("remote.example").Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 no" : null;
        await relay.SendAsync([$"<carla@remote.example> {notify}"]);
        await relay.UntilEmptyAsync();
        Assert.Equal(told ? 1 : 0, (await relay.House.InboxAsync()).Length);
    }

    [Theory]
    [InlineData("MAIL FROM:<anna@mail.test> RET=ALL", "501 5.5.4 Bad value of RET")]
    [InlineData("MAIL FROM:<anna@mail.test> ENVID=a=b", "501 5.5.4 Bad value of ENVID")]
    [InlineData("MAIL FROM:<anna@mail.test> ENVID=a+2", "501 5.5.4 Bad value of ENVID")]
    public async Task Bad_wishes_are_refused(string command, string reply)
    {
        await using var relay = await RelayHouse.OpenAsync();
        await relay.House.PlaySubmissionAsync(
            $"S: <skip>\nC: HELO a\nS: <skip>\nC: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}\nS: 235 <*>\nC: {command}\nS: {reply}\n"
            + "C: MAIL FROM:<anna@mail.test>\nS: 250 <*>\nC: RCPT TO:<a@b.example> NOTIFY=NEVER,SUCCESS\nS: 501 5.5.4 Bad value of NOTIFY\n"
            + "C: RCPT TO:<a@b.example> ORCPT=rfc822\nS: 501 5.5.4 Bad value of ORCPT\nC: RCPT TO:<a@b.example> X=1\n"
            + "S: 555 5.5.4 RCPT parameter not recognized");
    }

    [Fact]
    public async Task Strangers_cannot_order_notices()
    {
        await using var relay = await RelayHouse.OpenAsync();
        await relay.House.PlayMxAsync("""
            S: <skip>
            C: EHLO a
            S: 250-mx.mail.test
            S: 250-SIZE 52428800
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-PIPELINING
            S: 250-CHUNKING
            S: 250-ENHANCEDSTATUSCODES
            S: 250-LIMITS RCPTMAX=1000
            S: 250 HELP
            C: MAIL FROM:<victim@else.example> RET=FULL
            S: 555 5.5.4 MAIL parameter not recognized
            C: MAIL FROM:<victim@else.example>
            S: 250 <*>
            C: RCPT TO:<anna@mail.test> NOTIFY=SUCCESS
            S: 555 5.5.4 RCPT parameter not recognized
            C: RCPT TO:<carla@remote.example>
            S: 550 5.7.1 Relay denied
            """);
    }

    [Theory]
    [InlineData("Subject: x\n\nb", true, true, "Subject: x\r\n\r\nb\r\n")]
    [InlineData("Date: Sat, 28 Nov 2026 01:02:03 +0000\nMessage-ID: <a@b>\n\nb", false, false,
        "Date: Sat, 28 Nov 2026 01:02:03 +0000\r\nMessage-ID: <a@b>\r\n\r\nb\r\n")]
    [InlineData("Bcc: secret@else.example,\n more@else.example\nDATE : x\nbcc: c\nmessage-id: <a@b>\n\nBcc: kept", false, false,
        "DATE : x\r\nmessage-id: <a@b>\r\n\r\nBcc: kept\r\n")]
    [InlineData("\nonly a body", true, true, "\r\nonly a body\r\n")]
    [InlineData("Subject: only a header", true, true, "Subject: only a header\r\n")]
    public async Task A_missing_date_and_id_are_added_and_Bcc_is_taken_out(string body, bool date, bool id, string rest)
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        await relay.SendAsync(["<carla@remote.example>", "<bert@mail.test>"], body);
        await relay.UntilEmptyAsync();
        var taken = Assert.Single(remote.Taken).Data;
        var mended = taken[(taken.IndexOf("+0000\r\n", StringComparison.Ordinal) + 7)..];
        var match = Added().Match(mended);
        Assert.Equal(date, match.Groups["date"].Success);
        Assert.Equal(id, match.Groups["id"].Success);
        Assert.Equal(rest, mended[match.Length..]);
        Assert.Equal(mended, await relay.House.OnlyBodyAsync("bert@mail.test"));
    }

    [GeneratedRegex(@"^(?<date>Date: Sat, 21 Nov 2026 12:00:00 \+0000\r\n)?(?<id>Message-ID: <[0-9a-f]{32}@mx\.mail\.test>\r\n)?")]
    private static partial Regex Added();
}
