using CompatBot.Protocols.Net;
using CompatBot.Protocols.Smtp;
using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>Each limit, crossed by one; and garbage of every kind, after which the server answers on.</summary>
public sealed class SmtpLimitTests
{
    [Fact]
    public async Task A_message_one_octet_too_long_is_read_to_its_end_and_refused()
    {
        await using var house = await SmtpHouse.OpenAsync(new SmtpLimits { MessageBytesMax = 20 });
        await house.PlayMxAsync("""
            S: 220 <*>
            P: HELO a
            P: MAIL FROM:<a@b.example>
            P: RCPT TO:<anna@mail.test>
            P: DATA
            P: ..23456789012345678
            P: .
            P: MAIL FROM:<a@b.example>
            P: RCPT TO:<anna@mail.test>
            P: DATA
            P: ..234567890123456789
            P: .
            P: NOOP
            S: 250 <*>
            S: 250 <*>
            S: 250 <*>
            S: 354 <*>
            S: 250 2.0.0 Delivered
            S: 250 <*>
            S: 250 <*>
            S: 354 <*>
            S: 552 5.3.4 Message too big
            S: 250 2.0.0 OK
            """);
        Assert.Equal(".23456789012345678\r\n", await house.OnlyBodyAsync());
    }

    [Fact]
    public async Task A_message_without_end_is_cut_off()
    {
        await using var house = await SmtpHouse.OpenAsync(new SmtpLimits { MessageBytesMax = 1000, ExcessBytesMax = 10_000 });
        await using var client = new DialogueClient(house.Mx);
        await client.SendAsync("HELO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<anna@mail.test>\r\nDATA\r\n");
        for (var sent = 0; sent < 20; sent++) await client.SendAsync(new string('x', 1000));
        for (var reply = 0; reply < 4; reply++) await client.ExpectAsync("2<*>");
        await client.ExpectAsync("354 <*>");
        await client.ExpectAsync("552 5.3.4 Message too big");
        await client.ExpectAsync("<closed>");
        Assert.Empty(await house.InboxAsync());
    }

    [Fact]
    public async Task A_message_that_came_through_too_many_servers_is_refused()
    {
        await using var house = await SmtpHouse.OpenAsync(new SmtpLimits { HopsMax = 2 });
        await house.PlayMxAsync("""
            S: 220 <*>
            P: HELO a
            P: MAIL FROM:<a@b.example>
            P: RCPT TO:<anna@mail.test>
            P: DATA
            S: 250 <*>
            S: 250 <*>
            S: 250 <*>
            S: 354 <*>
            C: RECEIVED: from a
            C:  Received: folded
            C: received:from b
            C: X-Received: no
            C: 
            C: Received: in the body
            C: Received: in the body
            C: .
            S: 250 2.0.0 Delivered
            P: MAIL FROM:<a@b.example>
            P: RCPT TO:<anna@mail.test>
            P: DATA
            S: 250 <*>
            S: 250 <*>
            S: 354 <*>
            C: Received: 1
            C: Received: 2
            C: Received: 3
            C: 
            C: .
            S: 554 5.4.6 Message came through too many servers: it goes in a circle
            """);
        Assert.Single(await house.InboxAsync());
    }

    [Fact]
    public async Task A_device_writes_to_so_many_recipients_in_an_hour()
    {
        await using var house = await SmtpHouse.OpenAsync(new SmtpLimits { RecipientsPerHourMax = 2 });
        await house.PlaySubmissionAsync($"""
            S: 220 <*>
            C: EHLO phone
            S: <skip 14>
            S: 250 HELP
            C: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}
            S: 235 <*>
            C: MAIL FROM:<anna@mail.test>
            S: 250 <*>
            C: RCPT TO:<bert@mail.test>
            S: 250 <*>
            C: RCPT TO:<anna@mail.test>
            S: 250 <*>
            C: RCPT TO:<bert@mail.test>
            S: 450 4.7.1 This device has written to too many recipients, try again later
            """);

        // What was used comes back evenly, and one device's is not another's.
        var pace = new HourlyPace<Core.Store.DeviceId>(60, house.Time);
        var (one, other) = (Core.Store.DeviceId.New(), Core.Store.DeviceId.New());
        Assert.Equal(60, Enumerable.Range(0, 100).Count(_ => pace.TryTake(one)));
        Assert.True(pace.TryTake(other));
        house.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(10, Enumerable.Range(0, 100).Count(_ => pace.TryTake(one)));
        house.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(60, Enumerable.Range(0, 100).Count(_ => pace.TryTake(one)));
    }

    [Fact]
    public async Task Recipients_are_counted()
    {
        await using var house = await SmtpHouse.OpenAsync(new SmtpLimits { RecipientsMax = 2 });
        await house.PlayMxAsync("""
            S: 220 <*>
            P: HELO a
            P: MAIL FROM:<a@b.example>
            P: RCPT TO:<anna@mail.test>
            P: RCPT TO:<bert@mail.test>
            P: RCPT TO:<info@mail.test>
            S: 250 <*>
            S: 250 <*>
            S: 250 <*>
            S: 250 <*>
            S: 452 4.5.3 Too many recipients
            """);
    }

    [Fact]
    public async Task Refused_recipients_are_counted()
    {
        await using var house = await SmtpHouse.OpenAsync(new SmtpLimits { RefusedRecipientsMax = 2 });
        await house.PlayMxAsync("""
            S: 220 <*>
            P: HELO a
            P: MAIL FROM:<a@b.example>
            P: RCPT TO:<one@mail.test>
            P: RCPT TO:<two@mail.test>
            P: RCPT TO:<three@mail.test>
            S: 250 <*>
            S: 250 <*>
            S: 550 <*>
            S: 550 <*>
            S: 421 4.7.0 Too many recipients refused
            S: <closed>
            """);
    }

    [Fact]
    public async Task Mistakes_are_counted()
    {
        await using var house = await SmtpHouse.OpenAsync(new SmtpLimits { ErrorsMax = 3 });
        await house.PlayMxAsync("""
            S: 220 <*>
            P: one
            P: two
            P: three
            P: four
            S: 500 5.5.2 Command not recognized
            S: 500 5.5.2 Command not recognized
            S: 421 4.7.0 Too many errors
            S: <closed>
            """);
    }

    [Fact]
    public async Task Idle_commands_are_counted()
    {
        await using var house = await SmtpHouse.OpenAsync(new SmtpLimits { IdleCommandsMax = 2 });
        await house.PlayMxAsync("""
            S: 220 <*>
            P: NOOP
            P: HELO a
            P: RSET
            S: 250 <*>
            S: 250 <*>
            S: 421 4.7.0 Too many commands without mail
            S: <closed>
            """);
    }

    [Fact]
    public async Task A_command_line_has_a_limit()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync($"""
            S: 220 <*>
            P: NOOP {new string('x', 2048 - 7)}
            P: NOOP {new string('x', 2048 - 6)}
            P: NOOP {new string('x', 500_000)}
            P: NOOP
            S: 250 2.0.0 OK
            S: 500 5.5.2 Line too long
            S: 500 5.5.2 Line too long
            S: 250 2.0.0 OK
            """);
    }

    [Fact]
    public async Task Silence_ends_in_421_between_commands_and_within_a_message()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync("""
            S: 220 <*>
            C: NOOP
            S: 250 2.0.0 OK
            P2: HELO a
            P2: MAIL FROM:<a@b.example>
            P2: RCPT TO:<anna@mail.test>
            P2: DATA
            S2: 220 <*>
            S2: 250 <*>
            S2: 250 <*>
            S2: 250 <*>
            S2: 354 <*>
            T: 00:05:02
            S: 421 4.4.2 Timeout, closing connection
            S: <closed>
            S2: 421 4.4.2 Timeout, closing connection
            S2: <closed>
            """);
        Assert.Empty(await house.InboxAsync());
    }

    [Fact]
    public async Task Lines_of_a_message_may_be_long_and_hold_any_octet()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await using var client = new DialogueClient(house.Mx);
        await client.SendAsync("HELO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<anna@mail.test>\r\nDATA\r\n");
        var octets = new byte[300_000];
        for (var at = 0; at < octets.Length; at++) octets[at] = (byte)(at % 256 is 10 or 13 ? 0 : at % 256);
        await client.SendAsync([.. octets, .. "\r\n.\r\nNOOP\r\n"u8]);
        for (var reply = 0; reply < 4; reply++) await client.ExpectAsync("2<*>");
        await client.ExpectAsync("354 <*>");
        await client.ExpectAsync("250 2.0.0 Delivered");
        await client.ExpectAsync("250 2.0.0 OK");
        Assert.Equal(System.Text.Encoding.Latin1.GetString(octets) + "\r\n", await house.OnlyBodyAsync());
    }

    [Fact]
    public async Task Garbage_is_answered_and_lived_through()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync("""
            S: 220 <*>
            R: \0\0\0\r\nMAIL\0FROM\r\nNO\rOP\r\nNOOP\n\x16\x03\x01\x02\x00\r\n\xff\xfe\r\n \r\n\r\nNOOP\r\n
            S: 500 5.5.2 CR or NUL in a command
            S: 500 5.5.2 CR or NUL in a command
            S: 500 5.5.2 CR or NUL in a command
            S: 500 5.5.2 Lines end in CRLF
            S: 500 5.5.2 CR or NUL in a command
            S: 500 5.5.2 Command not recognized
            S: 500 5.5.2 Command not recognized
            S: 500 5.5.2 Command not recognized
            S: 250 2.0.0 OK
            """);
    }

    [Fact] // Cross-protocol attacks by way of a browser: the body of the request would be commands.
    public async Task A_web_browser_is_shown_the_door()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync("""
            S: 220 <*>
            P: POST / HTTP/1.1
            P: MAIL FROM:<evil@e.example>
            S: 421 4.7.0 This is no web server
            S: <closed>
            """);
    }

    [Fact]
    public async Task One_connection_too_many_is_told_so()
    {
        await using var house = await SmtpHouse.OpenAsync(lineLimits: new LineLimits { ConnectionsPerAddressMax = 1 });
        await house.PlayMxAsync("""
            C: NOOP
            S: 220 <*>
            C2: NOOP
            S2: 421 4.7.0 mx.mail.test Too many connections
            S2: <closed>
            """, System.Net.IPAddress.Parse("192.0.2.1"));
    }

    [Fact]
    public async Task A_stopping_server_takes_the_message_that_is_on_its_way()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await using var client = new DialogueClient(house.Mx);
        await client.SendAsync("HELO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<anna@mail.test>\r\nDATA\r\nbody\r\n");
        for (var reply = 0; reply < 4; reply++) await client.ExpectAsync("2<*>");
        await client.ExpectAsync("354 <*>");
        var drained = house.Server.DrainAsync(TestContext.Current.CancellationToken);
        await client.SendAsync(".\r\nNOOP\r\n");
        await client.ExpectAsync("250 2.0.0 Delivered");
        await client.ExpectAsync("421 4.3.2 Service shutting down");
        await client.ExpectAsync("<closed>");
        await drained;
        Assert.Equal("body\r\n", await house.OnlyBodyAsync());
    }

    [Fact]
    public async Task A_hang_up_within_a_message_leaves_nothing_and_behind_one_everything()
    {
        await using var house = await SmtpHouse.OpenAsync();
        const string Start = "HELO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<anna@mail.test>\r\nDATA\r\n";
        await using (var client = new DialogueClient(house.Mx))
        {
            await client.SendAsync(Start + "half\r\n.");
            await client.HangUpAsync();
        }

        Assert.Empty(await house.InboxAsync());
        await using (var client = new DialogueClient(house.Mx))
        {
            await client.SendAsync(Start + "whole\r\n.\r\nQUIT\r\n");
            await client.HangUpAsync();
            for (var reply = 0; reply < 4; reply++) await client.ExpectAsync("2<*>");
            await client.ExpectAsync("354 <*>");
            await client.ExpectAsync("250 2.0.0 Delivered");
            await client.ExpectAsync("221 <*>");
        }

        Assert.Equal("whole\r\n", await house.OnlyBodyAsync());
    }
}
