using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CompatBot.DialogueTests.Smtp.Checks;
using CompatBot.Protocols.Smtp.Checks;
using CompatBot.Protocols.Smtp.Filters;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Filters;

/// <summary>What programs outside say of a message, and what becomes of it; also when they say nothing, or nonsense.</summary>
public sealed class ContentFilterTests
{
    private static readonly IPAddress Stranger = IPAddress.Parse("192.0.2.10");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("stream: OK\0", "250 2.0.0 Delivered")]
    [InlineData("stream: Eicar-Test-Signature FOUND\0", "550 5.7.1 Message has a virus: Eicar-Test-Signature")]
    [InlineData("stream: \u0001\u0002 FOUND\0", "550 5.7.1 Message has a virus: ??")]
    [InlineData("INSTREAM size limit exceeded. ERROR\0", "250 2.0.0 Delivered")]
    [InlineData("", "250 2.0.0 Delivered")]
    public async Task ClamAV_is_asked(string answer, string reply)
    {
        using var clamd = new FakeServer(_ => answer, IsInstreamEnd);
        await using var house = await OpenAsync(false, new ClamdFilter(clamd.End, TimeSpan.FromSeconds(5)));
        await SendAsync(house, reply, "X-Virus-Status: Clean, I swear");
        Assert.StartsWith("zINSTREAM\0", clamd.Heard, StringComparison.Ordinal);
        Assert.Contains("From: a@b.example", clamd.Heard, StringComparison.Ordinal);
        if (reply[0] == '5') Assert.Empty(await house.InboxAsync());
        else Assert.Equal(answer.StartsWith("stream", StringComparison.Ordinal), await HasAsync(house, "X-Virus-Status: Clean\r\n"));
        Assert.False(await HasAsync(house, "I swear"));
    }

    [Theory]
    [InlineData("no action", 1.5, "250 2.0.0 Delivered", "X-Spam-Status: No, score=1.50 required=15.00\r\nX-Spam-Score: 1.50\r\n")]
    [InlineData("reject", 30, "550 5.7.1 Message looks like spam", null)]
    [InlineData("soft reject", 4, "451 4.7.1 Try again later", null)]
    [InlineData("greylist", 4, "451 4.7.1 Try again later", null)]
    public async Task Rspamd_is_asked(string action, double score, string reply, string? fields)
    {
        using var rspamd = new FakeServer(_ => Http($$"""{"action":"{{action}}","score":{{score}},"required_score":15}"""), IsHttpEnd);
        await using var house = await OpenAsync(false, Rspamd(rspamd));
        await SendAsync(house, reply, "X-Spam-Score: -100");
        Assert.StartsWith("POST /checkv2 HTTP/1.1", rspamd.Heard, StringComparison.Ordinal);
        foreach (var header in new[] { "IP: 192.0.2.10", "Helo: client", "From: a@b.example", "Rcpt: anna@mail.test" })
        {
            Assert.Contains($"\r\n{header}\r\n", rspamd.Heard, StringComparison.Ordinal);
        }

        if (fields is null) Assert.Empty(await house.InboxAsync());
        else Assert.True(await HasAsync(house, fields));
        Assert.False(await HasAsync(house, "-100"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_probably_junk_goes_where_junk_goes(bool isOpen)
    {
        using var rspamd = new FakeServer(_ => Http("""{"action":"add header","score":7,"required_score":15}"""), IsHttpEnd);
        await using var house = await OpenAsync(false, Rspamd(rspamd));
        await using var login = isOpen
            ? (await house.Sessions.LoginAsync("anna@mail.test", new(SmtpHouse.Password), "imap", Cancellation)).Value : null;
        await SendAsync(house, "250 2.0.0 Delivered");
        Assert.Empty(await house.InboxAsync());
        Assert.Contains("X-Spam-Flag: YES\r\n", Assert.Single(await house.InboxAsync(mailbox: "Junk")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_mailbox_for_junk_it_stays_in_INBOX()
    {
        using var rspamd = new FakeServer(_ => Http("""{"action":"add header","score":7,"required_score":15}"""), IsHttpEnd);
        await using var house = await OpenAsync(false, Rspamd(rspamd));
        await using (var login = (await house.Sessions.LoginAsync("anna@mail.test", new(SmtpHouse.Password), "imap", Cancellation)).Value!)
        {
            Assert.False((await login.Mail!.DeleteAsync("Junk", Cancellation)).Declined);
        }

        await SendAsync(house, "250 2.0.0 Delivered");
        Assert.True(await HasAsync(house, "X-Spam-Flag: YES"));
    }

    [Fact]
    public async Task What_fails_DMARC_goes_where_junk_goes_when_its_domain_asks_for_that()
    {
        await using var house = await SmtpHouse.OpenAsync();
        house.Services =
            house.Services with { Checks = new MailChecks(new TestZone("_dmarc.b.example TXT v=DMARC1; p=quarantine"), true, []) };
        await SendAsync(house, "250 2.0.0 Delivered");
        Assert.Empty(await house.InboxAsync());
        Assert.Contains("dmarc=fail (p=quarantine)", Assert.Single(await house.InboxAsync(mailbox: "Junk")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 500 oops\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{]")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("what?")]
    [InlineData("")]
    public async Task Where_a_filter_gives_no_answer_mail_is_taken_or_put_off_as_it_was_said(string answer)
    {
        foreach (var isStrict in new[] { false, true })
        {
            using var rspamd = new FakeServer(_ => answer, IsHttpEnd);
            await using var house = await OpenAsync(isStrict, Rspamd(rspamd));
            await SendAsync(house, isStrict ? "451 4.7.1 Mail is not looked at now" : "250 2.0.0 Delivered");
        }
    }

    [Fact]
    public async Task A_filter_that_nobody_serves_or_that_says_nothing_does_not_hold_the_mail_for_long()
    {
        using var silent = new FakeServer(_ => null, _ => false);
        await using var house = await OpenAsync(
            false,
            new ClamdFilter(new IPEndPoint(IPAddress.Loopback, 1), TimeSpan.FromSeconds(5)),
            new ClamdFilter(silent.End, TimeSpan.FromMilliseconds(200)),
            new RspamdFilter(new Uri($"http://{silent.End}"), TimeSpan.FromMilliseconds(200)));
        await SendAsync(house, "250 2.0.0 Delivered");
    }

    [Fact]
    public async Task A_message_that_is_too_long_to_hold_is_looked_at_all_the_same()
    {
        using var clamd = new FakeServer(_ => "stream: Big FOUND\0", IsInstreamEnd);
        await using var house = await OpenAsync(false, new ClamdFilter(clamd.End, TimeSpan.FromSeconds(20)));
        await SendAsync(house, "550 5.7.1 Message has a virus: Big", lines: 20_000);
        Assert.True(clamd.Heard.Length > 1_500_000);
    }

    private static RspamdFilter Rspamd(FakeServer server) => new(new Uri($"http://{server.End}"), TimeSpan.FromSeconds(5));

    private static async Task<SmtpHouse> OpenAsync(bool isStrict, params IContentFilter[] filters)
    {
        var house = await SmtpHouse.OpenAsync();
        house.Services = house.Services with
        {
            Checks = new MailChecks(new TestZone(""), true, [])
            {
                Filters = new ContentFilters(filters, isStrict, NullLogger<ContentFilters>.Instance),
            },
        };
        return house;
    }

    private static Task SendAsync(SmtpHouse house, string reply, string field = "X-Other: yes", int lines = 1) => house.PlayMxAsync(
        "S: <skip>\nC: EHLO client\nS: <skip 9>\nC: MAIL FROM:<a@b.example>\nS: 250 <*>\nC: RCPT TO:<anna@mail.test>\nS: 250 <*>\n"
        + $"C: DATA\nS: 354 <*>\nP: From: a@b.example\nP: {field}\nP: \n"
        + string.Concat(Enumerable.Repeat($"P: {new string('x', 76)}\n", lines)) + $"P: .\nS: {reply}", Stranger);

    private static async Task<bool> HasAsync(SmtpHouse house, string text) =>
        (await house.InboxAsync()).Any(mail => mail.Contains(text, StringComparison.Ordinal));

    private static string Http(string json) =>
        $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n{json}";

    /// <summary>The chunk without octets has come, and it is no octets of another.</summary>
    private static bool IsInstreamEnd(byte[] heard)
    {
        for (var at = "zINSTREAM\0".Length; at + sizeof(int) <= heard.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(heard.AsSpan(at));
            if (length == 0) return true;
            at += sizeof(int) + length;
        }

        return false;
    }

    private static bool IsHttpEnd(byte[] heard) => heard.AsSpan().EndsWith("\r\n0\r\n\r\n"u8);

    /// <summary>Takes one connection after the other, reads until a request is whole, and answers.</summary>
    private sealed class FakeServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly MemoryStream _heard = new();

        public FakeServer(Func<string, string?> answer, Predicate<byte[]> isWhole)
        {
            _listener.Start();
            _ = ServeAsync(answer, isWhole);
        }

        public IPEndPoint End => (IPEndPoint)_listener.LocalEndpoint;

        public string Heard
        {
            get
            {
                lock (_heard) return Encoding.Latin1.GetString(_heard.ToArray());
            }
        }

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync(Func<string, string?> answer, Predicate<byte[]> isWhole)
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    var (stream, buffer) = (client.GetStream(), new byte[1 << 16]);
                    while (await stream.ReadAsync(buffer, Cancellation) is > 0 and var read)
                    {
                        lock (_heard) _heard.Write(buffer, 0, read);
                        if (read == buffer.Length) continue; // More is on its way.
                        if (!isWhole(_heard.ToArray())) continue;
                        if (answer(Heard) is not { } text) continue;
                        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), Cancellation);
                        break;
                    }
                }
            }
            catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The test is over.
            }
        }
    }
}
