using System.Net;
using CompatBot.Protocols.Net;
using Xunit;

namespace CompatBot.DialogueTests.Net;

public sealed class LineConnectionTests
{
    private readonly DialogueTime _time = new();

    [Fact]
    public Task Lines_come_whole_however_they_are_cut() => Play("""
        S: 220 open
        C: hello
        S: 250 hello
        P: one
        P: two
        P: three
        S: 250 one
        S: 250 two
        S: 250 three
        R: fo
        R: ur\r
        R: \nfive\r\n
        S: 250 four
        S: 250 five
        C: QUIT
        S: 221 bye
        S: <closed>
        """);

    [Fact] // 38 bytes and CRLF fit into LineBytesMax = 40.
    public Task A_line_too_long_by_one_is_skipped_whole() => Play("""
        S: 220 open
        C: 12345678901234567890123456789012345678
        S: 250 12345678901234567890123456789012345678
        C: 123456789012345678901234567890123456789
        S: 500 TooLong
        R: 1234567890123456789012345678901234567890123456789012345678901234567890\r\nok\r\n
        S: 500 TooLong
        S: 250 ok
        """);

    [Fact]
    public Task A_bare_line_feed_ends_no_line() => Play("""
        S: 220 open
        R: evil\nok\r\n\n
        S: 500 BareLineFeed
        S: 250 ok
        S: 500 BareLineFeed
        """);

    [Fact]
    public async Task A_line_without_end_is_a_flood()
    {
        using var server = EchoHandler.NewServer(_time, new LineLimits { SkippedLineBytesMax = 5000 });
        await using var client = new DialogueClient(new EchoHandler(server));
        await client.ExpectAsync("220 open");
        for (var sent = 0; sent < 20_000; sent += 1000) await client.SendAsync(new byte[1000]);
        await client.ExpectAsync("421 Flood");
        await client.ExpectAsync("<closed>");
    }

    [Fact]
    public Task Bodies_are_counted_not_searched() => Play("""
        S: 220 open
        R: BODY 7\r\na\n\r\n\0bcnext\r\n
        S: 250 body of 7
        S: 250 next
        """);

    [Fact]
    public Task Silence_ends_in_the_timeout_and_activity_does_not() => Play("""
        S: 220 open
        T: 00:04:00
        C: still here
        S: 250 still here
        T: 00:04:00
        C: and again
        S: 250 and again
        T: 00:05:02
        S: 421 IdleTimeout
        S: <closed>
        """);

    [Fact]
    public Task Silence_within_a_body_ends_in_the_timeout() => Play("""
        S: 220 open
        P: hello
        P: BODY 10
        S: 250 hello
        R: 12345
        T: 00:05:02
        S: 421 body IdleTimeout
        S: <closed>
        """);

    [Fact]
    public async Task Too_many_connections_are_told_so()
    {
        using var server = EchoHandler.NewServer(_time, new LineLimits { ConnectionsPerAddressMax = 2, ConnectionsMax = 3 });
        var echo = new EchoHandler(server);
        await using var first = new DialogueClient(echo, IPAddress.Parse("2001:db8::1"));
        await first.ExpectAsync("220 open");
        await using (var second = new DialogueClient(echo, IPAddress.Parse("2001:db8::2")))
        {
            await second.ExpectAsync("220 open");
            await using var third = new DialogueClient(echo, IPAddress.Parse("2001:db8::3"));
            await third.ExpectAsync("421 too many");
            await third.ExpectAsync("<closed>");
            await using var other = new DialogueClient(echo, IPAddress.Parse("2001:db8:0:1::3"));
            await other.ExpectAsync("220 open");
            await using var oneMore = new DialogueClient(echo, IPAddress.Parse("192.0.2.1"));
            await oneMore.ExpectAsync("421 too many");
        }

        await using var later = new DialogueClient(echo, IPAddress.Parse("2001:db8::3"));
        await later.ExpectAsync("220 open");
        Assert.Equal(2, server.Count);
    }

    [Fact]
    public async Task A_drain_says_goodbye_to_idle_connections_and_lets_a_body_finish()
    {
        using var server = EchoHandler.NewServer(_time);
        var echo = new EchoHandler(server);
        await using var idle = new DialogueClient(echo);
        await using var busy = new DialogueClient(echo);
        await idle.ExpectAsync("220 open");
        await busy.SendAsync("a\r\nBODY 4\r\n12");
        await busy.ExpectAsync("220 open");
        await busy.ExpectAsync("250 a");
        var drained = server.DrainAsync(TestContext.Current.CancellationToken);
        await idle.ExpectAsync("421 Draining");
        await idle.ExpectAsync("<closed>");
        await using var late = new DialogueClient(echo);
        await late.ExpectAsync("421 too many");
        Assert.False(drained.IsCompleted);
        await busy.SendAsync("34next\r\n");
        await busy.ExpectAsync("250 body of 4");
        await busy.ExpectAsync("421 Draining");
        await drained;
    }

    [Fact]
    public async Task A_drain_cuts_what_does_not_end_in_time()
    {
        using var server = EchoHandler.NewServer(_time);
        await using var stuck = new DialogueClient(new EchoHandler(server));
        await stuck.SendAsync("a\r\nBODY 4\r\n12");
        await stuck.ExpectAsync("220 open");
        await stuck.ExpectAsync("250 a");
        var drained = server.DrainAsync(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(11));
        await drained;
        await stuck.Serving;
        Assert.Equal(0, server.Count);
    }

    [Fact]
    public async Task Waking_ends_a_wait_and_loses_no_bytes()
    {
        using var server = EchoHandler.NewServer(_time, tls: TestCertificate.Tls);
        var echo = new EchoHandler(server);
        await using var client = new DialogueClient(echo);
        await client.ExpectAsync("220 open");
        await Woken();
        await client.SendAsync("STARTTLS\r\n");
        await client.ExpectAsync("220 go");
        await client.StartTlsAsync();
        await Woken();
        await Woken();
        echo.Newest!.Cut();
        await client.ExpectAsync("421 Cut");
        await client.ExpectAsync("<closed>");

        async Task Woken()
        {
            await client.SendAsync("hel");
            echo.Newest!.Wake();
            await client.ExpectAsync("500 Woken");
            await client.SendAsync("lo\r\n");
            await client.ExpectAsync("250 hello");
        }
    }

    [Fact]
    public async Task A_cut_connection_that_does_not_end_is_aborted()
    {
        using var server = EchoHandler.NewServer(_time);
        var echo = new EchoHandler(server);
        await using var client = new DialogueClient(echo);
        await client.SendAsync("hello\r\nBODY 100000\r\n1");
        await client.ExpectAsync("220 open");
        await client.ExpectAsync("250 hello");
        echo.Newest!.Cut();
        await client.ExpectAsync("421 body Cut");
        await client.ExpectAsync("<closed>");
    }

    [Fact]
    public async Task Commands_beyond_the_rate_wait_for_the_next_tick()
    {
        using var server = EchoHandler.NewServer(_time, new LineLimits { CommandsPerSecondMax = 2 });
        await Dialogue.PlayAsync(new EchoHandler(server), """
            S: 220 open
            P: one
            P: two
            P: three
            P: four
            P: five
            S: 250 one
            S: 250 two
            T: 00:00:01
            S: 250 three
            """, _time);
    }

    [Fact]
    public async Task Who_takes_nothing_of_what_he_asked_for_is_cut_off()
    {
        using var server = EchoHandler.NewServer(_time);
        await using var client = new DialogueClient(new EchoHandler(server));
        await client.ExpectAsync("220 open");
        await client.SendAsync("FLOOD\r\n");
        while (!client.Serving.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMinutes(3));
            await Task.Yield();
        }

        Assert.Equal(0, server.Count);
    }

    private async Task Play(string dialogue)
    {
        using var server = EchoHandler.NewServer(_time, tls: TestCertificate.Tls);
        await Dialogue.PlayAsync(new EchoHandler(server), dialogue, _time);
    }
}
