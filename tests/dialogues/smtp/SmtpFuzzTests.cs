using System.Text;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Smtp;
using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>Conversations cut, doubled, swapped and spoilt at random: the handler never throws, nor stores what was not ended.</summary>
public sealed class SmtpFuzzTests
{
    private static readonly string[] Phrases =
    [
        "EHLO a\r\n", "HELO \r\n", "MAIL FROM:<a@b.example>\r\n", "MAIL FROM:<> SIZE=5 BODY=8BITMIME\r\n",
        "RCPT TO:<anna@mail.test>\r\n",
        "RCPT TO:<\"x\\\"@y\"@mail.test>\r\n", "DATA\r\n", "Subject: x\r\n\r\nbody\r\n.\r\n", ".\r\n", "..\r\n",
        "BDAT 3\r\nabc", "BDAT 3 LAST\r\na\r\n",
        "BDAT 0 LAST\r\n", "RSET\r\n", "NOOP\r\n", "AUTH PLAIN\r\n", "AUTH LOGIN YW5uYQ==\r\n", "*\r\n",
        "AUTH SCRAM-SHA-256 biwsbj1hLHI9Yg==\r\n",
        "c=biws,r=b,p=AAAA\r\n", "STARTTLS\r\n", "HELP\r\n", "VRFY x\r\n", "\r\n", "\n", "\r", "\0", "\u00ff\u00fe", "QUIT\r\n",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Nothing_breaks_the_server(int seed)
    {
        var random = new Random(seed);
        await using var house = await SmtpHouse.OpenAsync(
            new SmtpLimits { MessageBytesMax = 200, ErrorsMax = 1000, FailedLoginsMax = 1000 },
            guard: new LoginGuardLimits { FreeFailures = 1_000_000, AddressFailuresMax = 1_000_000, LoginFailuresMax = 1_000_000 });
        for (var round = 0; round < 150; round++)
        {
            var text = new StringBuilder();
            for (var phrases = random.Next(30); phrases > 0; phrases--) text.Append(Phrases[random.Next(Phrases.Length)]);
            var octets = Encoding.Latin1.GetBytes(text.ToString());
            for (var flips = random.Next(4); flips > 0 && octets.Length > 0; flips--)
            {
                octets[random.Next(octets.Length)] = (byte)random.Next(256);
            }

            await using var client = new DialogueClient(round % 2 == 0 ? house.Mx : house.Submission);
            for (var sent = 0; sent < octets.Length;)
            {
                var packet = Math.Min(1 + random.Next(60), octets.Length - sent);
                await client.SendAsync(octets[sent..(sent + packet)]);
                sent += packet;
            }

            await client.HangUpAsync();
            while (await client.ReadLineAsync() is { } reply) Assert.Matches("^[2345][0-9]{2}[ -]", reply);
            await client.Serving;
        }

        Assert.Equal(0, house.Server.Count);
        foreach (var message in await house.InboxAsync())
        {
            Assert.DoesNotContain('\n', message.Replace("\r\n", "", StringComparison.Ordinal));
        }
    }
}
