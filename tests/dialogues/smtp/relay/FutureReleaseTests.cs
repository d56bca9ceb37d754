using Xunit;

namespace CompatBot.DialogueTests.Smtp.Relay;

/// <summary>Mail that is to go later (RFC 4865): here and elsewhere it comes at its time, and not before.</summary>
public sealed class FutureReleaseTests
{
    [Theory]
    [InlineData(" HOLDFOR=7200")]
    [InlineData(" HOLDUNTIL=2026-11-21T14:00:00Z")]
    [InlineData(" HOLDUNTIL=2026-11-21T15:00:00+01:00")]
    public async Task It_comes_at_its_time_to_all(string hold)
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        await relay.SendAsync(["<bert@mail.test>", "<carla@remote.example>"], mail: hold);
        relay.Time.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal(1, relay.Queue.Count);
        Assert.Empty(await relay.House.InboxAsync("bert@mail.test"));
        Assert.Empty(remote.Heard);
        relay.Time.Advance(TimeSpan.FromMinutes(2));
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);
        Assert.StartsWith(
            "Return-Path: <anna@mail.test>\r\n", Assert.Single(await relay.House.InboxAsync("bert@mail.test")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_not_too_old_when_its_time_comes()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.0 later" : null;
        await relay.SendAsync(["<carla@remote.example>"], mail: " HOLDFOR=864000");
        relay.Time.Advance(TimeSpan.FromDays(10));
        await relay.UntilTriedAsync();
        Assert.Empty(await relay.House.InboxAsync());
        remote.Answer = _ => null;
        relay.Time.Advance(TimeSpan.FromHours(1));
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);
    }

    [Fact]
    public async Task Who_is_gone_by_then_is_told_about()
    {
        await using var relay = await RelayHouse.OpenAsync();
        await relay.SendAsync(["<bert@mail.test>"], mail: " HOLDFOR=60");
        var bert = await relay.House.Accounts.FindAsync("bert@mail.test", TestContext.Current.CancellationToken);
        await relay.House.Accounts.RemoveAsync(bert!.Id, TestContext.Current.CancellationToken);
        relay.Time.Advance(TimeSpan.FromMinutes(2));
        await relay.UntilEmptyAsync();
        Assert.Contains("Status: 5.1.1\r\n", Assert.Single(await relay.House.InboxAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HOLDFOR=0", "501 5.5.4 Bad value of HOLDFOR")]
    [InlineData("HOLDFOR=-5", "501 5.5.4 Bad value of HOLDFOR")]
    [InlineData("HOLDFOR", "501 5.5.4 Bad value of HOLDFOR")]
    [InlineData("HOLDFOR=9999999999", "501 5.5.4 Bad value of HOLDFOR")]
    [InlineData("HOLDFOR=2592001", "501 5.5.4 Too far ahead, see FUTURERELEASE of EHLO")]
    [InlineData("HOLDUNTIL=tomorrow", "501 5.5.4 Bad value of HOLDUNTIL")]
    [InlineData("HOLDUNTIL=2026-11-22T12:00:00", "501 5.5.4 Bad value of HOLDUNTIL")]
    [InlineData("HOLDUNTIL=2027-11-22T12:00:00Z", "501 5.5.4 Too far ahead, see FUTURERELEASE of EHLO")]
    [InlineData("HOLDFOR=5 HOLDUNTIL=2026-11-22T12:00:00Z", "501 5.5.4 Bad value of HOLDUNTIL")]
    public async Task What_is_no_time_is_refused(string hold, string reply)
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlaySubmissionAsync(
            $"S: <skip>\nC: HELO phone\nS: <skip>\nC: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}\nS: 235 <*>\n"
            + $"C: MAIL FROM:<anna@mail.test> {hold}\nS: {reply}");
    }

    [Fact]
    public async Task Strangers_send_now()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync("S: <skip>\nC: HELO a\nS: <skip>\nC: MAIL FROM:<a@b.example> HOLDFOR=60\nS: 555 5.5.4 <*>");
    }
}
