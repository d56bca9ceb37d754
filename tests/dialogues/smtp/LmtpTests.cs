using System.Net;
using CompatBot.DialogueTests.Smtp.Checks;
using CompatBot.Protocols.Smtp;
using CompatBot.Protocols.Smtp.Checks;
using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>LMTP (RFC 2033): LHLO, and one reply for each recipient.</summary>
public sealed class LmtpTests
{
    private const string Start = "S: 220 mx.mail.test ESMTP CompatBot\nC: LHLO postfix.example\nS: <skip 9>\n";

    [Fact]
    public async Task Each_recipient_gets_a_reply_of_its_own()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await PlayAsync(house, Start
            + "C: MAIL FROM:<a@b.example>\nS: 250 <*>\nC: RCPT TO:<anna@mail.test>\nS: 250 <*>\n"
            + "C: RCPT TO:<nobody@mail.test>\nS: 550 5.1.1 <*>\n"
            + "C: RCPT TO:<bert@mail.test>\nS: 250 <*>\nC: RCPT TO:<info@mail.test>\nS: 250 <*>\nC: DATA\nS: 354 <*>\n"
            + "P: Subject: x\nP: \nP: words\nP: .\nS: 250 2.0.0 Delivered\nS: 250 2.0.0 Delivered\nS: 250 2.0.0 Delivered\n"
            + "C: NOOP\nS: 250 <*>\n");
        Assert.Contains("with LMTP id", Assert.Single(await house.InboxAsync()), StringComparison.Ordinal);
        Assert.Single(await house.InboxAsync("bert@mail.test"));
    }

    [Fact]
    public async Task So_it_is_when_nobody_gets_it_and_in_chunks()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await PlayAsync(house, Start
            + "C: MAIL FROM:<a@b.example>\nS: 250 <*>\nC: RCPT TO:<anna@mail.test>\nS: 250 <*>\nC: RCPT TO:<bert@mail.test>\nS: 250 <*>\n"
            + "C: DATA\nS: 354 <*>\nR: bare\\nline\\r\\n.\\r\\n\nS: 550 5.6.11 <*>\nS: 550 5.6.11 <*>\n"
            + "C: MAIL FROM:<a@b.example>\nS: 250 <*>\nC: RCPT TO:<anna@mail.test>\nS: 250 <*>\nC: RCPT TO:<bert@mail.test>\nS: 250 <*>\n"
            + "C: BDAT 5 LAST\nR: a: b\\n\nS: 550 5.6.11 <*>\nS: 550 5.6.11 <*>\n");
        Assert.Empty(await house.InboxAsync());
    }

    [Fact]
    public async Task Without_a_recipient_there_is_no_DATA_and_SMTP_is_not_spoken()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await PlayAsync(house, "S: 220 <*>\nC: EHLO client\nS: 500 5.5.2 This is LMTP: say LHLO\nC: HELO client\nS: 500 5.5.2 <*>\n"
            + "C: LHLO client\nS: <skip 9>\nC: MAIL FROM:<>\nS: 250 <*>\n"
            + "C: RCPT TO:<nobody@mail.test>\nS: 550 5.1.1 <*>\nC: DATA\nS: 503 5.5.1 <*>\n"
            + "C: RCPT TO:<x@elsewhere.example>\nS: 550 5.7.1 Relay denied\n");
        await house.PlayMxAsync("S: 220 <*>\nC: LHLO client\nS: 500 5.5.2 Command not recognized\n");
    }

    [Fact]
    public async Task Strangers_are_hung_up_on_and_trusted_mail_is_not_looked_at()
    {
        await using var house = await SmtpHouse.OpenAsync();
        house.Services = house.Services with
        {
            Checks = new MailChecks(new TestZone("_dmarc.b.example TXT v=DMARC1; p=reject"), true, [IPNetwork.Parse("192.0.2.0/24")]),
        };
        await PlayAsync(house, "S: 421 4.7.0 LMTP is for trusted networks (--trusted)\n",
            IPAddress.Parse("198.51.100.1"));
        await PlayAsync(
            house, Start + "C: MAIL FROM:<a@b.example>\nS: 250 <*>\nC: RCPT TO:<anna@mail.test>\nS: 250 <*>\nC: DATA\nS: 354 <*>\n"
            + "P: From: a@b.example\nP: \nP: words\nP: .\nS: 250 <*>\n", IPAddress.Parse("192.0.2.9"));
        Assert.DoesNotContain("Authentication-Results", Assert.Single(await house.InboxAsync()), StringComparison.Ordinal);
    }

    private static Task PlayAsync(SmtpHouse house, string dialogue, IPAddress? address = null) => Dialogue.PlayAsync(
        new SmtpHandler(house.Services, new SmtpPort(SmtpRole.Lmtp, ImplicitTls: false)), dialogue, house.Time, address);
}
