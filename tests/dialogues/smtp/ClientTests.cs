using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>What real clients do that no RFC says; which ones is in each test's name.</summary>
public sealed class ClientTests
{
    [Fact] // The "new Outlook" gives the name with AUTH LOGIN; all of them put a space before the address.
    public async Task Outlook_puts_a_space_before_the_sender()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlaySubmissionAsync($"""
            S: 220 <*>
            C: EHLO [192.168.1.10]
            S: <skip 15>
            C: AUTH LOGIN {SmtpHouse.Base64("anna@mail.test")}
            S: 334 UGFzc3dvcmQ6
            C: {SmtpHouse.Base64(SmtpHouse.Password)}
            S: 235 <*>
            C: MAIL FROM: <anna@mail.test>
            S: 250 2.1.0 Sender OK
            C: RCPT TO: <bert@mail.test>
            S: 250 2.1.5 Recipient OK
            C: DATA
            S: 354 <*>
            C: From: anna@mail.test
            C: 
            C: hello
            C: .
            S: 250 2.0.0 Delivered
            """);
        Assert.EndsWith("\r\n\r\nhello\r\n", Assert.Single(await house.InboxAsync("bert@mail.test")), StringComparison.Ordinal);
    }

    [Fact] // Mail of iOS says SMTPUTF8 where a name is not ASCII, and not BODY=8BITMIME beside it.
    public async Task IOS_says_SMTPUTF8_without_8BITMIME()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlaySubmissionAsync($"""
            S: 220 <*>
            C: EHLO iPhone
            S: <skip 15>
            C: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}
            S: 235 <*>
            C: MAIL FROM:<anna@mail.test> SMTPUTF8
            S: 250 2.1.0 Sender OK
            C: RCPT TO:<bert@mail.test>
            S: 250 2.1.5 Recipient OK
            C: DATA
            S: 354 <*>
            C: From: Jürgen <anna@mail.test>
            C: 
            C: grüße
            C: .
            S: 250 2.0.0 Delivered
            """);
        var utf8 = System.Text.Encoding.Latin1.GetString("\r\n\r\ngrüße\r\n"u8);
        Assert.EndsWith(utf8, Assert.Single(await house.InboxAsync("bert@mail.test")), StringComparison.Ordinal);
    }
}
