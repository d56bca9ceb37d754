using System.Text;
using CompatBot.Protocols.Smtp.Wire;
using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>
/// Only CRLF.CRLF ends a message, and no CR or LF stands alone (RFC 5321 section 2.3.8, section 4.1.1.4; the SMTP smuggling of
/// December 2023). A message that breaks this is read to its true end and refused; nothing of it is taken for a command.
/// </summary>
public sealed class SmugglingTests
{
    [Theory]
    [InlineData(@"\n.\n")]
    [InlineData(@"\n.\r\n")]
    [InlineData(@"\r.\r\n")]
    [InlineData(@"\r.\r")]
    [InlineData(@"\r\n.\n")]
    [InlineData(@"\r\n.\r")]
    [InlineData(@"\r\n\0.\r\n\n")]
    [InlineData(@"\r\n.\r\r\n")]
    [InlineData(@"\r\r\n.\r\n\r")]
    [InlineData(@"\r\n.\0\r\n\r")]
    [InlineData(@"\n\n.\r\n")]
    [InlineData(@"\n")]
    [InlineData(@"\r")]
    [InlineData(@"\r\r\n")]
    [InlineData(@"\r\n.x\n")]
    [InlineData(@"\r\n..\n")]
    public async Task No_other_end_of_data_lets_a_second_message_in(string endOfLines)
    {
        await using var house = await SmtpHouse.OpenAsync();
        var evil = @"Subject: outer\r\n\r\nbody" + endOfLines
            + @"MAIL FROM:<evil@e.example>\r\nRCPT TO:<anna@mail.test>\r\nDATA\r\nevil\r\n.\r\n";
        if (endOfLines.StartsWith(@"\r\r\n.\r\n", StringComparison.Ordinal))
        {
            evil = evil.Replace(@"\r\r\n.\r\n", @"\r\r\n..\r\n", StringComparison.Ordinal);
        }

        await using var client = new DialogueClient(house.Mx);
        foreach (var slowly in new[] { false, true })
        {
            await client.SendAsync("EHLO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<anna@mail.test>\r\nDATA\r\n");
            while (!(await client.ReadLineAsync())!.StartsWith("354", StringComparison.Ordinal)) continue;
            if (slowly) foreach (var octet in Dialogue.Raw(evil)) await client.SendAsync([octet]);
            else await client.SendAsync(Dialogue.Raw(evil));
            await client.ExpectAsync("550 5.6.11 Bare CR or LF in message: lines end in CRLF");
            await client.SendAsync("NOOP\r\n");
            await client.ExpectAsync("250 2.0.0 OK");
        }

        Assert.Empty(await house.InboxAsync());
    }

    [Theory]
    [InlineData(@"x\r\n\0.\r\ny\r\n", true)]
    [InlineData(@"x\r\n..\0\r\ny\r\n", false)]
    [InlineData(@"x\r\n.\0\r\ny\r\n", true)]
    [InlineData(@"\0\0.\0\r\n", true)]
    [InlineData(@"x\0.\r\n", false)]
    [InlineData(@"\0\r\n", false)]
    [InlineData(@"\0.x\r\n", false)]
    [InlineData(@"\0..\r\n", false)]
    public async Task A_line_of_a_dot_and_nuls_is_refused(string body, bool isRefused)
    {
        await using var house = await SmtpHouse.OpenAsync();
        await using var client = new DialogueClient(house.Mx);
        await client.SendAsync("EHLO a\r\n");
        while ((await client.ReadLineAsync())![..4] != "250 ") continue;
        foreach (var isChunked in new[] { false, true })
        {
            await client.SendAsync("MAIL FROM:<a@b.example>\r\nRCPT TO:<anna@mail.test>\r\n");
            await client.ExpectAsync("250 2.1.0 Sender OK");
            await client.ExpectAsync("250 2.1.5 Recipient OK");
            var octets = Dialogue.Raw("a: b\\r\\n\\r\\n" + (isChunked ? body.Replace("..", ".", StringComparison.Ordinal) : body));
            if (isChunked) octets = [.. Dialogue.Raw($"BDAT {octets.Length} LAST\\r\\n"), .. octets];
            else octets = [.. Dialogue.Raw("DATA\\r\\n"), .. octets, .. Dialogue.Raw(".\\r\\n")];
            await client.SendAsync(octets);
            if (!isChunked) await client.ExpectAsync("354 End data with <CR><LF>.<CR><LF>");
            var reply = (await client.ReadLineAsync())!;
            var hides = isRefused || (isChunked && body.Contains("..", StringComparison.Ordinal));
            Assert.StartsWith(hides ? "550 5.6.11 A line is a dot and NULs" : "250 ", reply, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_true_end_is_found_across_every_split_and_the_next_command_behind_it()
    {
        await using var house = await SmtpHouse.OpenAsync();
        var whole = "EHLO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<anna@mail.test>\r\nDATA\r\n"
            + ".\r\n..\r\n...\r\n.x\r\n\r\n.\r\nNOOP\r\nQUIT\r\n";

        // The first dot ends an empty message: the rest are commands, and mistakes.
        whole = whole.Replace("DATA\r\n.\r\n", "DATA\r\nx\r\n", StringComparison.Ordinal);
        for (var cut = whole.IndexOf("DATA", StringComparison.Ordinal); cut < whole.Length; cut++)
        {
            await using var client = new DialogueClient(house.Mx);
            await client.SendAsync(whole[..cut]);
            await client.SendAsync(whole[cut..]);
            while (!(await client.ReadLineAsync())!.StartsWith("354", StringComparison.Ordinal)) continue;
            await client.ExpectAsync("250 2.0.0 Delivered");
            await client.ExpectAsync("250 2.0.0 OK");
            await client.ExpectAsync("221 <*>");
            await client.ExpectAsync("<closed>");
        }

        Assert.All(await house.InboxAsync(), message => Assert.Equal("x\r\n.\r\n..\r\nx\r\n\r\n", SmtpHouse.WithoutTrace(message)));
    }

    [Fact]
    public async Task An_empty_message_is_one()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync("""
            S: 220 <*>
            P: HELO a
            P: MAIL FROM:<a@b.example>
            P: RCPT TO:<anna@mail.test>
            P: DATA
            P: .
            P: QUIT
            S: 250 <*>
            S: 250 <*>
            S: 250 <*>
            S: 354 <*>
            S: 250 2.0.0 Delivered
            S: 221 <*>
            """);
        Assert.Equal("", await house.OnlyBodyAsync());
    }

    [Fact] // Against an oracle that sees the whole message at once.
    public void The_scanner_agrees_with_a_simple_reading_of_the_rfc()
    {
        var random = new Random(20231218);
        for (var round = 0; round < 50_000; round++)
        {
            var text = new StringBuilder();
            for (var length = random.Next(24); length > 0; length--) text.Append("\r\n..x\0\r\n"[random.Next(8)]);
            text.Append("\r\n.\r\nNEXT");
            var octets = Encoding.ASCII.GetBytes(text.ToString());
            var scanner = new DataScanner(isChunked: false);
            var message = new List<byte>();
            var consumed = 0;
            while (!scanner.IsEnded)
            {
                var packet = octets.AsSpan(consumed, Math.Min(1 + random.Next(7), octets.Length - consumed));
                var from = 0;
                while (from < packet.Length && !scanner.IsEnded) message.AddRange(packet[scanner.Next(packet, ref from)]);
                consumed += from;
            }

            var (end, expected, bare) = Read("\r\n" + text);
            Assert.Equal(end, consumed);
            Assert.Equal(bare, scanner.HasBareLineEnd);
            if (!bare) Assert.Equal(expected, Encoding.ASCII.GetString([.. message]));
        }

        static (int End, string Message, bool Bare) Read(string text)
        {
            var end = text.IndexOf("\r\n.\r\n", StringComparison.Ordinal);
            var message = text[2..(end + 2)];
            var bare = message.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n');
            var unstuffed = ("\r\n" + message).Replace("\r\n.", "\r\n", StringComparison.Ordinal)[2..];
            return (end + 3, unstuffed, bare);
        }
    }

    [Theory]
    [InlineData("one\r\ntwo\r\n", false)]
    [InlineData("one\ntwo\r\n", true)]
    [InlineData("one\rtwo\r\n", true)]
    [InlineData("one\r\ntwo\r", true)]
    [InlineData(".\r\n..\r\n", false)]
    public async Task Chunks_are_held_to_the_same_lines(string message, bool refused)
    {
        await using var house = await SmtpHouse.OpenAsync();
        await using var client = new DialogueClient(house.Mx);
        await client.SendAsync(
            $"HELO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<anna@mail.test>\r\nBDAT {message.Length} LAST\r\n{message}NOOP\r\n");
        for (var reply = 0; reply < 4; reply++) await client.ExpectAsync("2<*>");
        await client.ExpectAsync(refused ? "550 5.6.11 <*>" : "250 2.0.0 Delivered");
        await client.ExpectAsync("250 2.0.0 OK");
        if (refused) Assert.Empty(await house.InboxAsync());
        else Assert.Equal(message, await house.OnlyBodyAsync());
    }
}
