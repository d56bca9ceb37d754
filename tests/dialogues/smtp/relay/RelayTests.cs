using System.Text;
using CompatBot.Core.Queue;
using CompatBot.DialogueTests.Net;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp.Relay;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Relay;

/// <summary>Mail to other servers: it arrives as it was sent, or its sender hears why not.</summary>
public sealed class RelayTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_arrives_with_its_dots_and_without_a_return_path()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        await relay.SendAsync(["<carla@remote.example>", "<Dora@Remote.Example>"], "Subject: dots\n\n..one\n...two\n.\u0020three");
        await relay.UntilEmptyAsync();
        var taken = Assert.Single(remote.Taken);
        Assert.Equal(["RCPT TO:<carla@remote.example>", "RCPT TO:<Dora@Remote.Example>"], taken.To);
        Assert.StartsWith("MAIL FROM:<anna@mail.test> SIZE=", taken.From, StringComparison.Ordinal);
        Assert.StartsWith("Received: from phone", taken.Data, StringComparison.Ordinal);
        Assert.DoesNotContain("Return-Path", taken.Data, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n.one\r\n..two\r\n three\r\n", taken.Data, StringComparison.Ordinal);
        Assert.Empty(await relay.House.InboxAsync());
    }

    [Fact]
    public async Task A_server_of_before_1995_gets_its_mail_too()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Answer = line => line.StartsWith("EHLO", StringComparison.Ordinal) ? "502 what?" : null;
        await relay.SendAsync(["<carla@remote.example>"]);
        await relay.UntilEmptyAsync();
        Assert.Equal("MAIL FROM:<anna@mail.test>", Assert.Single(remote.Taken).From);
        Assert.Contains("HELO mx.mail.test", remote.Heard);
    }

    [Fact]
    public async Task Local_and_remote_recipients_of_one_message_both_get_it()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        await relay.SendAsync(["<bert@mail.test>", "<carla@remote.example>"]);
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);
        Assert.StartsWith(
            "Return-Path: <anna@mail.test>", Assert.Single(await relay.House.InboxAsync("bert@mail.test")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refused_recipient_comes_back_and_the_others_get_the_message(bool pipelines)
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Extensions = pipelines ? ["PIPELINING"] : [];
        remote.Answer = line => line.Contains("nobody", StringComparison.Ordinal) ? "550-5.1.1 No such\r\n550 5.1.1 user here" : null;
        await relay.SendAsync(["<carla@remote.example>", "<nobody@remote.example>"]);
        await relay.UntilEmptyAsync();
        Assert.Equal(["RCPT TO:<carla@remote.example>"], Assert.Single(remote.Taken).To);
        var notice = Assert.Single(await relay.House.InboxAsync());
        Assert.StartsWith("Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.mail.test>\r\nTo: <anna@mail.test>\r\n", notice,
            StringComparison.Ordinal);
        Assert.Contains(
            "Final-Recipient: rfc822; nobody@remote.example\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.remote.example\r\n"
            + "Diagnostic-Code: smtp; 550 5.1.1 No such user here\r\n", notice, StringComparison.Ordinal);
        Assert.Contains("Content-Type: message/rfc822\r\n\r\nReceived: from phone", notice, StringComparison.Ordinal);
        Assert.DoesNotContain("carla", notice[..notice.IndexOf("message/rfc822", StringComparison.Ordinal)], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_all_recipients_are_refused_the_next_message_goes_over_the_same_connection(bool pipelines)
    {
        await using var relay = await RelayHouse.OpenAsync(options => options with { ConnectionsPerDestinationMax = 1 }, starts: false);
        var remote = relay.Add("remote.example");
        remote.Extensions = pipelines ? ["PIPELINING"] : [];
        remote.Answer = line => line.Contains("nobody", StringComparison.Ordinal) ? "550 5.1.1 No such user" : null;
        await relay.SendAsync(["<nobody@remote.example>"]);
        await relay.SendAsync(["<carla@remote.example>"]);
        relay.Runner.Start();
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);
        Assert.Equal(1, remote.Connections);
    }

    [Fact]
    public async Task What_is_refused_for_now_is_tried_again_later_and_later()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        var tries = 0;
        remote.AnswerEnd = () => ++tries < 3 ? "451 4.7.1 greylisted" : null;
        await relay.SendAsync(["<carla@remote.example>"]);
        await relay.UntilTriedAsync(1);
        var waits = Assert.Single(relay.Queue.All).Recipients[0];
        Assert.Equal("451 4.7.1 greylisted", waits.Reply);
        Assert.InRange(waits.Next - relay.Time.GetUtcNow(), TimeSpan.FromSeconds(54), TimeSpan.FromSeconds(66));
        relay.Time.Advance(TimeSpan.FromSeconds(50));
        await Task.Delay(50, Cancellation);
        Assert.Equal(1, tries);
        relay.Time.Advance(TimeSpan.FromSeconds(16));
        await relay.UntilTriedAsync(2);
        Assert.InRange(
            Assert.Single(relay.Queue.All).Recipients[0].Next - relay.Time.GetUtcNow(), TimeSpan.FromSeconds(108),
                TimeSpan.FromSeconds(132));
        relay.Time.Advance(TimeSpan.FromSeconds(132));
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);
        Assert.Empty(await relay.House.InboxAsync());
    }

    [Fact]
    public async Task A_sender_hears_of_long_delay_once_and_gets_it_back_after_five_days()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Answer = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.1 Busy" : null;
        await relay.SendAsync(["<carla@remote.example>"]);
        for (var attempt = 1; relay.Queue.Count > 0 && attempt < 200; attempt++)
        {
            await RelayHouse.UntilAsync(
                () => relay.Queue.All.All(mail => mail.Recipients[0].Attempts >= attempt) && relay.Runner.Connections == 0);
            relay.Time.Advance(TimeSpan.FromHours(2.3));
        }

        var notices = await relay.House.InboxAsync();
        Assert.Equal(2, notices.Length);
        Assert.Contains("Action: delayed\r\nStatus: 4.2.1\r\n", notices[0], StringComparison.Ordinal);
        Assert.Contains("Will-Retry-Until: Thu, 26 Nov 2026", notices[0], StringComparison.Ordinal);
        Assert.Contains("Action: failed\r\nStatus: 5.2.1\r\n", notices[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DnsStatus.NoName, "5.1.2")]
    [InlineData(DnsStatus.Failed, "")]
    public async Task A_domain_that_does_not_exist_comes_back_at_once_and_a_dumb_name_server_waits(DnsStatus status, string code)
    {
        await using var relay = await RelayHouse.OpenAsync();
        relay.Fail("nowhere.example", status);
        await relay.SendAsync(["<carla@nowhere.example>"]);
        if (code.Length == 0)
        {
            await relay.UntilTriedAsync();
            Assert.StartsWith("451 4.4.3 ", Assert.Single(relay.Queue.All).Recipients[0].Reply, StringComparison.Ordinal);
            return;
        }

        await relay.UntilEmptyAsync();
        Assert.Contains($"Status: {code}\r\n", Assert.Single(await relay.House.InboxAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_null_exchange_takes_no_mail()
    {
        await using var relay = await RelayHouse.OpenAsync();
        relay.Set("never.example", DnsType.Mx, RelayHouse.Exchange(0, ""));
        await relay.SendAsync(["<carla@never.example>"]);
        await relay.UntilEmptyAsync();
        Assert.Contains("Status: 5.1.10\r\n", Assert.Single(await relay.House.InboxAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_without_exchanges_gets_mail_at_its_address()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        var address = await relay.QueryAsync("mx.remote.example", DnsType.A, Cancellation);
        relay.Set("plain.example", DnsType.A, [.. address.Data]);
        await relay.SendAsync(["<carla@plain.example>"]);
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);
    }

    [Fact]
    public async Task The_next_exchange_is_tried_when_the_best_is_dead_or_turns_away()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var busy = relay.Add("busy.example");
        busy.Greeting = "554 No thanks";
        var remote = relay.Add("remote.example", (1, "dead.example"), (2, "mx.busy.example"));
        relay.Set("dead.example", DnsType.A, [127, 0, 255, 254]);
        await relay.SendAsync(["<carla@remote.example>"]);
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);
        Assert.Equal(1, busy.Connections);
    }

    [Fact]
    public async Task Many_messages_share_a_few_connections()
    {
        await using var relay = await RelayHouse.OpenAsync(options => options with { ConnectionsPerDestinationMax = 2 }, starts: false);
        var remote = relay.Add("remote.example");
        for (var i = 0; i < 30; i++) await relay.SendAsync([$"<carla{i}@remote.example>"]);
        relay.Runner.Start();
        await relay.UntilEmptyAsync();
        Assert.Equal(30, remote.Taken.Count);
        Assert.InRange(remote.Connections, 1, 2);
    }

    [Fact]
    public async Task After_a_restart_everything_goes_on_where_it_stood()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Answer = line => line.Contains("slow", StringComparison.Ordinal) ? "450 4.2.1 later" : null;
        var body = $"Subject: long\n\n{string.Join('\n', Enumerable.Repeat(new string('x', 70), 20_000))}";
        await relay.SendAsync(["<carla@remote.example>", "<slow@remote.example>"], body);
        await RelayHouse.UntilAsync(
            () => relay.Queue.All.Any(mail => mail.Recipients[0].State == QueueState.Delivered) && relay.Runner.Connections == 0);
        await relay.Runner.DisposeAsync();

        using var again = new MailQueue(relay.House.Store, relay.House.Host, relay.House, relay.Time);
        await again.LoadAsync(Cancellation);
        var mail = Assert.Single(again.All);
        Assert.Equal([QueueState.Delivered, QueueState.Waiting], mail.Recipients.Select(one => one.State));
        Assert.Equal(1, mail.Recipients[1].Attempts);
        remote.Answer = _ => null;
        relay.Time.Advance(TimeSpan.FromMinutes(2));
        await using var runner = relay.MakeRunner(again);
        runner.Start();
        await RelayHouse.UntilAsync(() => again.Count == 0);
        await runner.DisposeAsync(); // By then what was delivered is deleted in the store too.
        Assert.Equal(2, remote.Taken.Count);
        Assert.Equal(["RCPT TO:<slow@remote.example>"], remote.Taken.Last().To);
        Assert.Equal(remote.Taken.First().Data, remote.Taken.Last().Data);
        using var empty = new MailQueue(relay.House.Store, relay.House.Host, relay.House, relay.Time);
        await empty.LoadAsync(Cancellation);
        Assert.Equal(0, empty.Count);
        Assert.Empty(await relay.House.Store.Blobs.ListAsync(MailQueue.Shelf, Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Mail_goes_under_TLS_where_that_is_offered_and_in_clear_where_it_does_not_work()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var (secure, broken) = (relay.Add("secure.example"), relay.Add("broken.example"));
        secure.Certificate = TestCertificate.Make();
        broken.Extensions = ["STARTTLS"];
        await relay.SendAsync(["<carla@secure.example>", "<carla@broken.example>"]);
        await relay.UntilEmptyAsync();
        Assert.True(Assert.Single(secure.Taken).WasSecure);
        Assert.False(Assert.Single(broken.Taken).WasSecure);
    }

    [Fact]
    public async Task What_is_said_behind_the_reply_to_STARTTLS_is_never_taken_for_a_reply_under_TLS()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Extensions = ["STARTTLS"];
        remote.Answer = line => line == "STARTTLS" ? "220 go\r\n250 injected" : null;
        await relay.SendAsync(["<carla@remote.example>"]);
        await relay.UntilTriedAsync();
        Assert.Contains(
            "something behind its reply to STARTTLS", Assert.Single(relay.Queue.All).Recipients[0].Reply, StringComparison.Ordinal);
        Assert.Empty(remote.Taken);
    }

    [Fact]
    public async Task A_smarthost_takes_everything_after_its_login()
    {
        await using var relay = await RelayHouse.OpenAsync(
            options => options with { Smarthost = new Smarthost("mx.provider.example", options.Port, ("user", "secret")) });
        var remote = relay.Add("provider.example");
        remote.Extensions = ["AUTH LOGIN"];
        remote.Answer = line => line switch
        {
            "AUTH LOGIN" => "334 VXNlcm5hbWU6",
            "dXNlcg==" => "334 UGFzc3dvcmQ6",
            "c2VjcmV0" => "235 2.7.0 Welcome",
            _ => null,
        };
        await relay.SendAsync(["<carla@one.example>", "<dora@two.example>"]);
        await relay.UntilEmptyAsync();
        Assert.Equal(2, remote.Taken.Count);
    }

    [Fact]
    public async Task Mail_that_comes_back_to_this_server_is_not_sent_in_circles()
    {
        await using var relay = await RelayHouse.OpenAsync();
        var remote = relay.Add("remote.example");
        remote.Answer = line => line.StartsWith("EHLO", StringComparison.Ordinal) ? "250 mx.mail.test" : null;
        await relay.SendAsync(["<carla@remote.example>"]);
        await relay.UntilEmptyAsync();
        Assert.Contains("Status: 5.4.6\r\n", Assert.Single(await relay.House.InboxAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Held_mail_waits_until_it_is_released()
    {
        await using var relay = await RelayHouse.OpenAsync(starts: false);
        var remote = relay.Add("remote.example");
        await relay.SendAsync(["<carla@remote.example>"]);
        var id = Assert.Single(relay.Queue.All).Id;
        await relay.Queue.UpdateAsync(id, mail => mail with { IsHeld = true }, Cancellation);
        relay.Runner.Start();
        relay.Time.Advance(TimeSpan.FromDays(1));
        await Task.Delay(50, Cancellation);
        Assert.Equal(0, remote.Connections);
        await relay.Queue.UpdateAsync(id, mail => mail with { IsHeld = false }, Cancellation);
        await relay.UntilEmptyAsync();
        Assert.Single(remote.Taken);
    }

    [Fact]
    public async Task A_message_of_another_key_is_kept_and_said_so()
    {
        await using var relay = await RelayHouse.OpenAsync(starts: false);
        relay.Add("remote.example");
        await relay.SendAsync(["<carla@remote.example>"]);
        using var other = new Core.Proof.HostKey(Encoding.ASCII.GetBytes("another host key, of 32 octets !"));
        var log = new UnreadableLog();
        using var queue = new MailQueue(relay.House.Store, other, log, relay.Time);
        await queue.LoadAsync(Cancellation);
        Assert.Equal(0, queue.Count);
        Assert.Equal(Assert.Single(relay.Queue.All).Id.ToString(), Assert.Single(log.Ids));
        using var again = new MailQueue(relay.House.Store, relay.House.Host, relay.House, relay.Time);
        await again.LoadAsync(Cancellation);
        Assert.Equal(1, again.Count);
    }

    private sealed class UnreadableLog : IQueueLog
    {
        public List<string> Ids { get; } = [];

        public void Unreadable(string id) => Ids.Add(id);

        public void NotKept(string id, Core.Store.Refusal refusal) => Assert.Fail(id);
    }
}
