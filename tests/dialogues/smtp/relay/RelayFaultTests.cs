using CompatBot.Core.Queue;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Relay;

/// <summary>Other servers that break off, say nonsense or say nothing: the message waits, and nothing else suffers.</summary>
public sealed class RelayFaultTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Faults => new()
    {
        { "", "", "it hung up" },
        { "EHLO", "", "it hung up" },
        { "EHLO", "220 - 250", "is no SMTP" }, // a wrong code is a refusal, nonsense is not
        { "EHLO", "hello there", "is no SMTP" },
        { "MAIL", "", "it hung up" },
        { "RCPT", "250", "" },
        { "DATA", "", "it hung up" },
        { "DATA", "999 what", "is no SMTP" },
        { "end", "", "it hung up" },
        { "end", "\0\0\0\0", "is no SMTP" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_costs_one_attempt_and_not_the_message(string where, string reply, string said)
    {
        await using var relay = await RelayHouse.OpenAsync();
        var (remote, healthy) = (relay.Add("remote.example"), relay.Add("healthy.example"));
        if (where.Length == 0) remote.Greeting = reply;
        remote.Answer = line => where.Length > 0 && line.StartsWith(where, StringComparison.Ordinal) ? reply : null;
        if (where == "end") remote.AnswerEnd = () => reply;
        await relay.SendAsync(["<carla@remote.example>", "<dora@healthy.example>"]);
        if (said.Length > 0 && reply != "220 - 250")
        {
            await RelayHouse.UntilAsync(() => healthy.Taken.Count == 1 && relay.Queue.All.Any(mail => mail.Recipients[0].Attempts == 1));
            Assert.Contains(said, Assert.Single(relay.Queue.All).Recipients[0].Reply, StringComparison.Ordinal);
        }

        (remote.Greeting, remote.Answer, remote.AnswerEnd) = ("220 back", _ => null, () => null);
        while (relay.Queue.Count > 0)
        {
            relay.Time.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(20, Cancellation);
        }

        Assert.Single(remote.Taken);
        Assert.Single(healthy.Taken);
        Assert.Empty(await relay.House.InboxAsync());
    }

    [Theory]
    [InlineData("EHLO")]
    [InlineData("DATA")]
    [InlineData("end")]
    public async Task Silence_ends_an_attempt(string where)
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Answer = line => line.StartsWith(where, StringComparison.Ordinal) ? "hush" : null;
        if (where == "end") remote.AnswerEnd = () => "hush";
        await relay.SendAsync(["<carla@remote.example>"]);
        for (var i = 0; i < 100 && relay.Queue.All.All(mail => mail.Recipients[0].Attempts == 0); i++)
        {
            await Task.Delay(20, Cancellation);
            relay.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Contains("said nothing for too long", Assert.Single(relay.Queue.All).Recipients[0].Reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_without_end_and_a_line_without_end_are_given_up()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var (lines, line) = (relay.Add("lines.example"), relay.Add("line.example"));
        lines.Answer = _ => string.Join("\r\n", Enumerable.Repeat("250-more", 500));
        line.Answer = _ => "250-" + new string('x', 100_000);
        await relay.SendAsync(["<carla@lines.example>", "<dora@line.example>"]);
        await relay.UntilTriedAsync();
        var replies = Assert.Single(relay.Queue.All).Recipients.Select(one => one.Reply).ToList();
        Assert.Contains("its reply does not end", replies[0], StringComparison.Ordinal);
        Assert.Contains("its lines are too long", replies[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_characters_of_a_reply_come_into_no_notice()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 5.1.1 \x1b[31m\rBcc: x\xff"
            + new string('y', 2000) : null;
        await relay.SendAsync(["<carla@remote.example>"]);
        await relay.UntilEmptyAsync();
        var notice = Assert.Single(await relay.House.InboxAsync());
        Assert.Contains("Diagnostic-Code: smtp; 550 5.1.1 ?[31m?Bcc: x?yyy", notice, StringComparison.Ordinal);
        Assert.All(notice.Split("\r\n"), one => Assert.InRange(one.Length, 0, 998));
    }

    [Fact]
    public async Task A_connection_that_a_server_ended_meanwhile_is_not_the_next_messages_fault()
    {
        await using var relay = await RelayHouse.OpenAsync(options => options with { ConnectionsPerDestinationMax = 1 }, starts: false);
        var remote = relay.Add("remote.example");
        var mails = 0;
        remote.Answer = line => line.StartsWith("MAIL", StringComparison.Ordinal) && ++mails == 2 ? "" : null;
        await relay.SendAsync(["<carla@remote.example>"]);
        await relay.SendAsync(["<dora@remote.example>"]);
        relay.Runner.Start();
        await relay.UntilEmptyAsync();
        Assert.Equal(2, remote.Taken.Count);
        Assert.Equal(2, remote.Connections);
    }

    [Fact]
    public async Task A_message_that_stalls_does_not_hold_up_the_next_one()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Answer = line => line.Contains("slow", StringComparison.Ordinal) ? "hush" : null;
        await relay.SendAsync(["<slow@remote.example>"]);
        await RelayHouse.UntilAsync(() => remote.Heard.Any(line => line.Contains("slow", StringComparison.Ordinal)));
        await relay.SendAsync(["<carla@remote.example>"]);
        await RelayHouse.UntilAsync(() => remote.Taken.Count == 1 && relay.Queue.Count == 1); // The queue hears of it a moment later.
        Assert.Equal(0, Assert.Single(relay.Queue.All).Recipients[0].Attempts);
    }

    [Fact]
    public async Task What_is_held_and_released_while_it_is_under_way_is_tried_again()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        await relay.SendAsync(["<a@remote.example>"]);
        await relay.UntilEmptyAsync();
        for (var round = 0; round < 30; round++)
        {
            await relay.SendAsync([$"<c{round}@remote.example>"]);
            foreach (var id in relay.Queue.All.Select(mail => mail.Id).ToList())
            {
                await relay.Queue.UpdateAsync(id, mail => mail with { IsHeld = true }, Cancellation);
                await relay.Queue.UpdateAsync(id, mail => mail with { IsHeld = false }, Cancellation);
            }
        }

        await relay.UntilEmptyAsync();
        Assert.Equal(31, remote.Taken.Count);
    }

    [Fact]
    public async Task Mail_that_nobody_can_be_reached_for_waits_together()
    {
        await using var relay = await RelayHouse.OpenAsync(starts: false);
        relay.Set("mx.dead.example", Protocols.Net.Dns.DnsType.A, [127, 0, 255, 253]);
        relay.Set("dead.example", Protocols.Net.Dns.DnsType.Mx, RelayHouse.Exchange(1, "mx.dead.example"));
        for (var i = 0; i < 20; i++) await relay.SendAsync([$"<carla{i}@dead.example>"]);
        relay.Runner.Start();
        await relay.UntilTriedAsync();
        Assert.All(relay.Queue.All, mail => Assert.Equal(QueueState.Waiting, mail.Recipients[0].State));
        Assert.All(
            relay.Queue.All, mail => Assert.StartsWith("451 4.4.1 Cannot connect", mail.Recipients[0].Reply, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("SMTPUTF8", "Subject: x\n\nbody", "<j\u00fcrgen@remote.example>", " SMTPUTF8", "5.6.7")]
    public async Task What_the_other_server_cannot_take_comes_back(string lacks, string body, string to, string mail, string status)
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        await relay.SendAsync([to], body, mail);
        await relay.UntilEmptyAsync();
        Assert.Contains(lacks, Assert.Single(remote.Taken).From, StringComparison.Ordinal);
        remote.Extensions = ["PIPELINING"];
        await relay.SendAsync([to], body, mail);
        await relay.UntilEmptyAsync();
        Assert.Contains($"Status: {status}\r\n", Assert.Single(await relay.House.InboxAsync()), StringComparison.Ordinal);
        Assert.Single(remote.Taken);
    }
}
