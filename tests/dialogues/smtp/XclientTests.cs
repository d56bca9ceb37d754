using System.Net;
using CompatBot.DialogueTests.Smtp.Checks;
using CompatBot.Protocols.Smtp;
using CompatBot.Protocols.Smtp.Checks;
using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>XCLIENT: filters in front say for whom they speak, and nobody else does; and what strangers may send in an hour.</summary>
public sealed class XclientTests
{
    private static readonly IPAddress Filter = IPAddress.Parse("192.0.2.1");

    [Fact]
    public async Task A_filter_speaks_for_its_client()
    {
        await using var house = await OpenAsync();
        await house.PlayMxAsync(
            """
            S: 220 <*>
            C: EHLO filter.test
            S: <skip 8>
            S: 250-XCLIENT NAME ADDR PORT PROTO HELO DESTADDR DESTPORT
            S: 250 HELP
            C: XCLIENT NAME=[UNAVAILABLE] ADDR=IPV6:2001:db8::7 HELO=the+2Dclient.example
            S: 220 mx.mail.test ESMTP CompatBot
            C: MAIL FROM:<a@b.example>
            S: 503 5.5.1 <*>
            C: EHLO filter.test
            S: <skip 9>
            S: 250 HELP
            C: MAIL FROM:<a@b.example>
            S: 250 <*>
            C: XCLIENT ADDR=192.0.2.9
            S: 503 5.5.1 Not within a transaction
            C: RCPT TO:<anna@mail.test>
            S: 250 <*>
            C: DATA
            S: 354 <*>
            C: .
            S: 250 2.0.0 Delivered
            """, Filter);
        var mail = Assert.Single(await house.InboxAsync());
        Assert.Contains("Received: from the-client.example ([IPv6:2001:db8::7])\r\n", mail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.0.2.2", "XCLIENT ADDR=127.0.0.1", "550 5.7.0 Not from here")]
    [InlineData("192.0.2.1", "XCLIENT ADDR=nowhere", "501 5.5.4 Bad attribute ADDR")]
    [InlineData("192.0.2.1", "XCLIENT LOGIN=anna", "501 5.5.4 Bad attribute LOGIN")]
    [InlineData("192.0.2.1", "XCLIENT HELO=a+20b", "501 5.5.4 Bad attribute HELO")]
    [InlineData("192.0.2.1", "XCLIENT NAME=+zz", "501 5.5.4 Bad attribute NAME")]
    [InlineData("192.0.2.1", "XCLIENT", "501 5.5.4 <*>")]
    public async Task Others_and_nonsense_are_refused(string from, string command, string reply)
    {
        await using var house = await OpenAsync();
        await house.PlayMxAsync($"S: 220 <*>\nC: {command}\nS: {reply}\n", IPAddress.Parse(from));
    }

    [Fact]
    public async Task Strangers_send_so_much_in_an_hour()
    {
        await using var house = await SmtpHouse.OpenAsync(new SmtpLimits
        {
            SenderMessagesPerHourMax = 2, StrangerRecipientsPerHourMax = 5, MailboxMessagesPerHourMax = 3,
        });
        house.Services = house.Services with { Checks = new MailChecks(new TestZone(""), false, []) { Verifies = false } };
        await SayAsync("192.0.2.7", "a@b.example", "anna@mail.test", "250 <*>");
        await SayAsync("192.0.2.7", "A@b.example", "anna@mail.test", "250 <*>");
        await house.PlayMxAsync(
            "S: <skip>\nC: HELO a\nS: <skip>\nC: MAIL FROM:<a@b.example>\nS: 450 4.7.1 Too much mail from you <*>\n",
            IPAddress.Parse("192.0.2.7"));

        // Who forges an address elsewhere does not stop its owner; the mailbox is full for this hour when it has had three.
        await SayAsync("192.0.2.8", "a@b.example", "anna@mail.test", "250 <*>");
        await SayAsync("192.0.2.9", "c@b.example", "anna@mail.test", "450 4.2.1 Too much mail for this recipient <*>");
        await SayAsync("192.0.2.7", "", "bert@mail.test", "250 <*>");
        await SayAsync("192.0.2.7", "", "bert@mail.test", "250 <*>");
        await SayAsync("192.0.2.7", "", "bert@mail.test", "250 <*>");
        await SayAsync("192.0.2.7", "", "bert@mail.test", "450 4.7.1 Too much mail from you <*>");
        house.Time.Advance(TimeSpan.FromHours(1));
        await SayAsync("192.0.2.7", "a@b.example", "anna@mail.test", "250 <*>");

        Task SayAsync(string from, string sender, string recipient, string reply) => house.PlayMxAsync(
            $"S: <skip>\nC: HELO a\nS: <skip>\nC: MAIL FROM:<{sender}>\nS: 250 <*>\nC: RCPT TO:<{recipient}>\nS: {reply}\n",
            IPAddress.Parse(from));
    }

    private static async Task<SmtpHouse> OpenAsync()
    {
        var house = await SmtpHouse.OpenAsync();
        house.Services = house.Services with { SpeakersForOthers = [IPNetwork.Parse("192.0.2.1/32")] };
        return house;
    }
}
