using System.Net;
using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>The conversations of RFC 5321 appendix D, and what may go wrong in them.</summary>
public sealed class SmtpDialogueTests
{
    [Fact] // RFC 5321 appendix D.1
    public async Task A_message_is_taken_and_lands_in_the_inbox()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync("""
            S: 220 mx.mail.test ESMTP CompatBot
            C: EHLO client.example
            S: 250-mx.mail.test
            S: 250-SIZE 52428800
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-PIPELINING
            S: 250-CHUNKING
            S: 250-ENHANCEDSTATUSCODES
            S: 250-LIMITS RCPTMAX=1000
            S: 250 HELP
            C: MAIL FROM:<carla@remote.example> SIZE=100 BODY=8BITMIME
            S: 250 2.1.0 Sender OK
            C: RCPT TO:<anna@mail.test>
            S: 250 2.1.5 Recipient OK
            C: DATA
            S: 354 End data with <CR><LF>.<CR><LF>
            C: Subject: hello
            C:
            C: ..stuffed
            C: .
            S: 250 2.0.0 Delivered
            C: QUIT
            S: 221 2.0.0 mx.mail.test closing connection
            S: <closed>
            """);
        var message = Assert.Single(await house.InboxAsync());
        Assert.Matches(
            """
            ^Return-Path: <carla@remote\.example>
            Received: from client\.example \(\[127\.0\.0\.1\]\)
            	by mx\.mail\.test with ESMTP id [A-Za-z0-9]{16}
            	for <anna@mail\.test>;
            	Sat, 21 Nov 2026 12:00:00 \+0000
            Subject: hello

            \.stuffed
            $
            """.ReplaceLineEndings("\r\n"), message);
    }

    [Fact]
    public async Task Pipelined_commands_are_answered_in_order()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync("""
            S: 220 <*>
            P: HELO client.example
            P: MAIL FROM:<>
            P: RCPT TO:<nobody@mail.test>
            P: RCPT TO:<anna@mail.test>
            P: RCPT TO:<bert@mail.test>
            P: RCPT TO:<someone@else.example>
            P: DATA
            S: 250 mx.mail.test
            S: 250 2.1.0 Sender OK
            S: 550 5.1.1 No such mailbox here
            S: 250 2.1.5 Recipient OK
            S: 250 2.1.5 Recipient OK
            S: 550 5.7.1 Relay denied
            S: 354 <*>
            P: Subject: one
            P: .
            P: MAIL FROM:<carla@remote.example>
            P: RCPT TO:<info@mail.test>
            P: RCPT TO:<anna+tag@mail.test>
            P: RCPT TO:<ANNA@MAIL.TEST>
            P: DATA
            S: 250 2.0.0 Delivered
            S: 250 2.1.0 Sender OK
            S: 250 2.1.5 Recipient OK
            S: 250 2.1.5 Recipient OK
            S: 250 2.1.5 Recipient OK
            S: 354 <*>
            P: two
            P: .
            P: QUIT
            S: 250 2.0.0 Delivered
            S: 221 <*>
            S: <closed>
            """);
        var anna = await house.InboxAsync();
        Assert.Equal(["Subject: one\r\n", "two\r\n"], anna.Select(SmtpHouse.WithoutTrace));
        Assert.Contains("Return-Path: <>\r\n", anna[0], StringComparison.Ordinal);
        Assert.Contains(" with SMTP id ", anna[0], StringComparison.Ordinal);
        Assert.DoesNotContain("for <", anna[0], StringComparison.Ordinal);
        Assert.Equal("Subject: one\r\n", await house.OnlyBodyAsync("bert@mail.test"));
    }

    [Theory]
    [InlineData("DATA", "503 5.5.1 MAIL and RCPT first")]
    [InlineData("RCPT TO:<anna@mail.test>", "503 5.5.1 MAIL first")]
    [InlineData("BDAT 0 LAST", "503 5.5.1 MAIL and RCPT first")]
    [InlineData("NOOP anything", "250 2.0.0 OK")]
    [InlineData("RSET", "250 2.0.0 OK")]
    [InlineData("RSET x", "501 5.5.4 Expected end of line")]
    [InlineData("VRFY anna", "252 2.1.5 Cannot verify, but will take mail and try to deliver")]
    [InlineData("VRFY", "501 5.5.4 Expected a space")]
    [InlineData("EXPN list", "502 5.5.1 Command not implemented")]
    [InlineData("HELP", "214 2.0.0 EHLO HELO MAIL RCPT DATA BDAT RSET VRFY EXPN HELP NOOP QUIT STARTTLS AUTH")]
    [InlineData("EHLO", "501 5.5.4 Expected a space")]
    [InlineData("EHLO a b", "501 5.5.4 Expected end of line")]
    [InlineData("EHLO (evil)", "501 5.5.4 Expected a host name")]
    [InlineData("EHLO bücher.example", "501 5.5.4 Expected a host name")]
    [InlineData("TURN", "500 5.5.2 Command not recognized")]
    [InlineData("", "500 5.5.2 Command not recognized")]
    [InlineData("   ", "500 5.5.2 Command not recognized")]
    [InlineData("AUTH PLAIN", "502 5.5.1 No AUTH on this port: it takes mail for local recipients")]
    [InlineData("STARTTLS", "502 5.5.1 TLS is not available")]
    [InlineData("mail from:<a@b.example>", "250 2.1.0 Sender OK")]
    [InlineData("MAIL FROM: <a@b.example>", "250 2.1.0 Sender OK")]
    [InlineData("MAIL FROM:<@relay.example,@other.example:a@b.example>", "250 2.1.0 Sender OK")]
    [InlineData("MAIL FROM:<\"a b\\\"c\"@b.example>", "250 2.1.0 Sender OK")]
    [InlineData("MAIL FROM:<a@[192.0.2.1]>", "250 2.1.0 Sender OK")]
    [InlineData("MAIL FROM:<a@[IPv6:2001:db8::1]>", "250 2.1.0 Sender OK")]
    [InlineData("MAIL FROM:<a@[300.0.2.1]>", "501 5.1.3 Bad address syntax")]
    [InlineData("MAIL FROM:<a@b.example> AUTH=<> SMTPUTF8", "250 2.1.0 Sender OK")]
    [InlineData("MAIL FROM:<ä@b.example> SMTPUTF8", "250 2.1.0 Sender OK")]
    [InlineData("MAIL FROM:<ä@b.example>", "553 5.6.7 Non-ASCII address needs SMTPUTF8")]
    [InlineData("MAIL FROM:<a@b.example> SIZE=52428800", "250 2.1.0 Sender OK")]
    [InlineData("MAIL FROM:<a@b.example> SIZE=52428801", "552 5.3.4 Message too big")]
    [InlineData("MAIL FROM:<a@b.example> SIZE=-1", "501 5.5.4 Bad value of SIZE")]
    [InlineData("MAIL FROM:<a@b.example> SIZE", "501 5.5.4 Bad value of SIZE")]
    [InlineData("MAIL FROM:<a@b.example> BODY=BINARYMIME", "501 5.5.4 Bad value of BODY")]
    [InlineData("MAIL FROM:<a@b.example> RET=FULL", "555 5.5.4 MAIL parameter not recognized")]
    [InlineData("MAIL FROM:<a@b.example>SIZE=1", "501 5.5.4 Expected a space")]
    [InlineData("MAIL FROM:<a>", "501 5.1.3 Address needs a domain")]
    [InlineData("MAIL FROM:<a..b@c.example>", "501 5.1.3 Bad address syntax")]
    [InlineData("MAIL FROM:<a@b@c>", "501 5.1.3 Bad address syntax")]
    [InlineData("MAIL FROM:<a@-b.example>", "501 5.1.3 Bad address syntax")]
    [InlineData("MAIL FROM:<a b@c.example>", "501 5.1.3 Address needs a domain")]
    [InlineData("MAIL FROM:a@b.example", "501 5.5.4 Expected <address>")]
    [InlineData("MAIL TO:<a@b.example>", "501 5.5.4 Expected FROM:<address>")]
    [InlineData("MAIL", "501 5.5.4 Expected a space")]
    public async Task Commands_are_answered_by_the_rfc(string command, string reply)
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync($"""
            S: 220 <*>
            C: HELO client.example
            S: 250 mx.mail.test
            C: {command}
            S: {reply}
            C: NOOP
            S: 250 2.0.0 OK
            """);
    }

    [Theory]
    [InlineData("RCPT TO:<anna@mail.test>", "250 2.1.5 Recipient OK")]
    [InlineData("RCPT TO: <anna@mail.test>", "250 2.1.5 Recipient OK")]
    [InlineData("RCPT TO:<@relay.example:anna@mail.test>", "250 2.1.5 Recipient OK")]
    [InlineData("RCPT TO:<\"anna\"@mail.test>", "250 2.1.5 Recipient OK")]
    [InlineData("RCPT TO:<Postmaster>", "250 2.1.5 Recipient OK")]
    [InlineData("RCPT TO:<postmaster@mail.test>", "250 2.1.5 Recipient OK")]
    [InlineData("RCPT TO:<postmaster@else.example>", "550 5.7.1 Relay denied")]
    [InlineData("RCPT TO:<ännchen@mail.test>", "553 5.6.7 Non-ASCII address needs SMTPUTF8")]
    [InlineData("RCPT TO:<nobody@mail.test>", "550 5.1.1 No such mailbox here")]
    [InlineData("RCPT TO:<anna%else.example@mail.test>", "550 5.1.1 No such mailbox here")]
    [InlineData("RCPT TO:<else.example!anna@mail.test>", "550 5.1.1 No such mailbox here")]
    [InlineData("RCPT TO:<anna@else.example>", "550 5.7.1 Relay denied")]
    [InlineData("RCPT TO:<anna@[127.0.0.1]>", "550 5.7.1 Relay denied")]
    [InlineData("RCPT TO:<>", "501 5.5.4 Expected an address")]
    [InlineData("RCPT TO:<anna>", "501 5.1.3 Address needs a domain")]
    [InlineData("RCPT TO:<anna@mail.test> NOTIFY=NEVER", "555 5.5.4 RCPT parameter not recognized")]
    [InlineData("MAIL FROM:<b@c.example>", "503 5.5.1 Say EHLO first, and one MAIL at a time")]
    [InlineData("DATA", "503 5.5.1 MAIL and RCPT first")]
    [InlineData("STARTTLS", "503 5.5.1 Not within a transaction")]
    public async Task Commands_after_mail_are_answered_by_the_rfc(string command, string reply)
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync($"""
            S: 220 <*>
            C: HELO client.example
            S: 250 mx.mail.test
            C: MAIL FROM:<a@b.example>
            S: 250 2.1.0 Sender OK
            C: {command}
            S: {reply}
            C: RSET
            S: 250 2.0.0 OK
            C: DATA
            S: 503 5.5.1 MAIL and RCPT first
            """);
    }

    [Fact]
    public async Task Mail_without_a_greeting_is_out_of_order()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync("""
            S: 220 <*>
            C: MAIL FROM:<a@b.example>
            S: 503 5.5.1 Say EHLO first, and one MAIL at a time
            """);
    }

    [Fact] // RFC 6531; a client may leave BODY=8BITMIME out.
    public async Task Smtputf8_carries_non_ascii_addresses()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync("""
            S: 220 <*>
            P: EHLO [192.0.2.7]
            P: MAIL FROM:<jürgen@bücher.example> SMTPUTF8
            P: RCPT TO:<ännchen@mail.test>
            P: DATA
            S: 250-mx.mail.test
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: 250 HELP
            S: 250 2.1.0 Sender OK
            S: 250 2.1.5 Recipient OK
            S: 354 <*>
            C: Subject: Grüße
            C: .
            S: 250 2.0.0 Delivered
            """, IPAddress.Parse("2001:db8::7"));
        var message = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.Latin1.GetBytes(Assert.Single(await house.InboxAsync())));
        Assert.Contains("Return-Path: <jürgen@bücher.example>\r\n", message, StringComparison.Ordinal);
        Assert.Contains("from [192.0.2.7] ([IPv6:2001:db8::7])", message, StringComparison.Ordinal);
        Assert.Contains(" with UTF8SMTP id ", message, StringComparison.Ordinal);
        Assert.Contains("for <ännchen@mail.test>;", message, StringComparison.Ordinal);
        Assert.EndsWith("Subject: Grüße\r\n", message, StringComparison.Ordinal);
    }
}
