using CompatBot.Core.Identity;
using CompatBot.Protocols.Imap;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>The copy of what is sent that the server puts into Sent, and the client's own.</summary>
public sealed class SentCopyTests
{
    private const string Address = "anna@mail.test";

    private static readonly string Send = $"""
        S: 220 <*>
        C: HELO phone
        S: 250 <*>
        C: AUTH PLAIN {SmtpHouse.Plain(Address)}
        S: 235 <*>
        C: MAIL FROM:<{Address}>
        S: 250 <*>
        C: RCPT TO:<bert@mail.test>
        S: 250 <*>
        C: DATA
        S: 354 <*>
        C: From: {Address}
        C: Bcc: bert@mail.test
        C: Message-ID: <1@phone>
        C: Date: Sun, 29 Nov 2026 20:00:00 +0000
        C:
        C: words
        C: .

        """;

    private static readonly string LogIn = $"""
        S: * OK <*>
        C: l LOGIN {Address} {SmtpHouse.Password}
        S: l OK <*>

        """;

    private static readonly string AppendOwn = """
        R: a APPEND Sent (\\Seen) {40+}\r\nMessage-ID: <1@phone>\r\nBcc: b\r\n\r\nmywords\r\n

        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_kept_of_what_an_account_sends_that_did_not_ask_for_it()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlaySubmissionAsync(Send + "S: 250 2.0.0 Delivered");
        Assert.Empty(await house.InboxAsync(Address, "Sent"));
    }

    [Fact]
    public async Task The_copy_is_as_it_was_sent_with_Bcc_and_without_the_trace()
    {
        await using var house = await OpenAsync();
        await house.PlaySubmissionAsync(Send + "S: 250 2.0.0 Delivered");
        Assert.Equal(
            "Bcc: bert@mail.test\r\nFrom: anna@mail.test\r\nMessage-ID: <1@phone>\r\n"
            + "Date: Sun, 29 Nov 2026 20:00:00 +0000\r\n\r\nwords\r\n",
            Assert.Single(await house.InboxAsync(Address, "Sent")));
        Assert.DoesNotContain("Bcc", await house.OnlyBodyAsync("bert@mail.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_refused_leaves_no_copy()
    {
        await using var house = await OpenAsync();
        var foreign = Send.Replace($"From: {Address}", "From: bert@mail.test", StringComparison.Ordinal);
        await house.PlaySubmissionAsync(foreign + "S: 550 5.7.1 <*>");
        Assert.Empty(await house.InboxAsync(Address, "Sent"));
    }

    [Fact]
    public async Task The_client_s_own_copy_takes_its_place()
    {
        await using var house = await OpenAsync();
        await house.PlaySubmissionAsync(Send + "S: 250 2.0.0 Delivered");
        await PlayImapAsync(house, LogIn + """
            C: s SELECT Sent
            S: <skip 8>
            S: s OK <*>
            C: f FETCH 1:* FLAGS
            S: * 1 FETCH (FLAGS (\Seen \Recent $Submitted))
            S: f OK <*>

            """ + AppendOwn + """
            S: * 1 EXPUNGE
            S: * 1 EXISTS
            S: * 1 RECENT
            S: a OK [APPENDUID <*> 2] APPEND completed
            R: b APPEND Sent (\\Seen) {40+}\r\nMessage-ID: <1@phone>\r\nBcc: b\r\n\r\nmywords\r\n
            S: * 2 EXISTS
            S: * 2 RECENT
            S: b OK [APPENDUID <*> 3] APPEND completed
            """);
    }

    [Fact]
    public async Task A_client_that_was_first_has_the_only_copy()
    {
        await using var house = await OpenAsync();
        await PlayImapAsync(house, LogIn + AppendOwn + "S: a OK [APPENDUID <*> 1] APPEND completed");
        await house.PlaySubmissionAsync(Send + "S: 250 2.0.0 Delivered");
        Assert.Contains("mywords", Assert.Single(await house.InboxAsync(Address, "Sent")), StringComparison.Ordinal);
    }

    private static async Task<SmtpHouse> OpenAsync()
    {
        var house = await SmtpHouse.OpenAsync();
        Assert.Equal(default, await house.Accounts.SetKeepsSentAsync(house.Anna.Id, true, Cancellation));
        return house;
    }

    private static Task PlayImapAsync(SmtpHouse house, string dialogue) => Dialogue.PlayAsync(
        new ImapHandler(
            new ImapServices(
                house.Server,
                house.Services.Logins,
                house.Accounts,
                new Quotas(house.Store, house.Open),
                new ImapLimits(),
                "mail.test",
                house.Time,
                NullLogger<ImapHandler>.Instance),
            false),
        dialogue,
        house.Time);
}
