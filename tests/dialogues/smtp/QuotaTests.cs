using CompatBot.Core.Identity;
using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>Mail for an account that has a quota, open or not: refused at RCPT when that is known, else after the data.</summary>
public sealed class QuotaTests
{
    private const string Hello = """
        S: 220 <*>
        C: HELO client.example
        S: 250 mx.mail.test

        """;

    private const string OneLetter = """
        C: MAIL FROM:<carla@remote.example>
        S: 250 2.1.0 Sender OK
        C: RCPT TO:<anna@mail.test>
        S: 250 2.1.5 Recipient OK
        C: DATA
        S: 354 End data with <CR><LF>.<CR><LF>
        C: Subject: hello
        C: .
        S: 250 2.0.0 Delivered

        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_waits_for_a_closed_account_counts_and_a_full_one_is_refused()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await SetAsync(house, 300); // Room for one letter with its trace header, not for two.
        await house.PlayMxAsync(Hello + OneLetter + """
            C: MAIL FROM:<carla@remote.example> SIZE=1000
            S: 250 2.1.0 Sender OK
            C: RCPT TO:<anna@mail.test>
            S: 452 4.2.2 Mailbox full
            C: RCPT TO:<bert@mail.test>
            S: 250 2.1.5 Recipient OK
            C: RSET
            S: 250 <*>
            C: MAIL FROM:<carla@remote.example>
            S: 250 2.1.0 Sender OK
            C: RCPT TO:<anna@mail.test>
            S: 250 2.1.5 Recipient OK
            C: RCPT TO:<bert@mail.test>
            S: 250 2.1.5 Recipient OK
            C: DATA
            S: 354 End data with <CR><LF>.<CR><LF>
            C: Subject: hello
            C: .
            S: 452 4.2.2 Mailbox full
            """);
        Assert.Empty(await house.InboxAsync("bert@mail.test")); // The sender will try again for both.
        Assert.Single(await house.InboxAsync());
    }

    [Fact]
    public async Task An_open_account_is_judged_alike_and_hears_of_a_new_quota_at_once()
    {
        await using var house = await SmtpHouse.OpenAsync();
        Assert.Empty(await house.InboxAsync()); // It stays open for a minute.
        await house.PlayMxAsync(Hello + OneLetter);
        await SetAsync(house, 10);
        const string Full = """
            C: MAIL FROM:<carla@remote.example>
            S: 250 2.1.0 Sender OK
            C: RCPT TO:<anna@mail.test>
            S: 452 4.2.2 Mailbox full
            """;
        await house.PlayMxAsync(Hello + Full);
        await SetAsync(house, 0);
        await house.PlayMxAsync(Hello + OneLetter);
        Assert.Equal(2, (await house.InboxAsync()).Length);
    }

    private static async Task SetAsync(SmtpHouse house, long hard)
    {
        var set = await new Quotas(house.Store, house.Open).SetAsync(house.Anna.Id, hard, null, Cancellation);
        Assert.False(set.Declined, set.Refusal.ToString());
    }
}
