using CompatBot.Protocols.Smtp;
using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>RFC 3030, CHUNKING: the octets behind BDAT are read in every case, and never taken for commands.</summary>
public sealed class ChunkingTests
{
    [Fact]
    public async Task Chunks_make_one_message()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync("""
            S: 220 <*>
            P: HELO a
            P: MAIL FROM:<a@b.example>
            P: RCPT TO:<anna@mail.test>
            S: 250 <*>
            S: 250 <*>
            S: 250 <*>
            R: BDAT 8\r\nSubject:
            S: 250 2.0.0 8 octets received
            C: RCPT TO:<bert@mail.test>
            S: 503 5.5.1 MAIL first
            C: DATA
            S: 503 5.5.1 MAIL and RCPT first
            C: MAIL FROM:<c@d.example>
            S: 503 5.5.1 Say EHLO first, and one MAIL at a time
            R: BDAT 12\r\n chunks\r\n\r\n\r
            S: 250 2.0.0 12 octets received
            R: BDAT 5 last\r\n\n.\r\n.MAIL FROM:<a@b.example>\r\n
            S: 250 2.0.0 Delivered
            S: 250 2.1.0 Sender OK
            """);
        Assert.Equal("Subject: chunks\r\n\r\n\r\n.\r\n.", await house.OnlyBodyAsync());
    }

    [Fact]
    public async Task A_last_chunk_of_nothing_ends_a_message()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync("""
            S: 220 <*>
            P: HELO a
            P: MAIL FROM:<a@b.example>
            P: RCPT TO:<anna@mail.test>
            P: BDAT 6
            P: four
            P: BDAT 0 LAST
            S: 250 <*>
            S: 250 <*>
            S: 250 <*>
            S: 250 2.0.0 6 octets received
            S: 250 2.0.0 Delivered
            """);
        Assert.Equal("four\r\n", await house.OnlyBodyAsync());
    }

    [Fact]
    public async Task Chunks_out_of_order_are_read_and_refused()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync("""
            S: 220 <*>
            R: BDAT 6\r\nQUIT\r\nHELO a\r\n
            S: 503 5.5.1 MAIL and RCPT first
            S: 250 <*>
            R: MAIL FROM:<a@b.example>\r\nRCPT TO:<nobody@mail.test>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n
            S: 250 <*>
            S: 550 <*>
            S: 503 5.5.1 MAIL and RCPT first
            S: 250 2.0.0 OK
            """);
    }

    [Fact]
    public async Task After_a_refused_chunk_all_are_refused_until_rset()
    {
        await using var house = await SmtpHouse.OpenAsync(new SmtpLimits { MessageBytesMax = 10 });
        await house.PlayMxAsync("""
            S: 220 <*>
            R: HELO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<anna@mail.test>\r\n
            S: 250 <*>
            S: 250 <*>
            S: 250 <*>
            R: BDAT 8\r\n1234567\rBDAT 4\r\n\n234BDAT 6 LAST\r\nQUIT\r\n
            S: 250 2.0.0 8 octets received
            S: 552 5.3.4 Message too big
            S: 503 5.5.1 MAIL and RCPT first
            C: RSET
            S: 250 2.0.0 OK
            R: MAIL FROM:<a@b.example>\r\nRCPT TO:<anna@mail.test>\r\nBDAT 10 LAST\r\n12345678\r\n
            S: 250 <*>
            S: 250 <*>
            S: 250 2.0.0 Delivered
            """);
        Assert.Equal("12345678\r\n", await house.OnlyBodyAsync());
    }

    [Theory]
    [InlineData("BDAT", "501 5.5.4 BDAT needs a length: closing connection")]
    [InlineData("BDAT x", "501 5.5.4 BDAT needs a length: closing connection")]
    [InlineData("BDAT -5", "501 5.5.4 BDAT needs a length: closing connection")]
    [InlineData("BDAT 5 FIRST", "501 5.5.4 BDAT needs a length: closing connection")]
    [InlineData("BDAT 5 LASTING", "501 5.5.4 BDAT needs a length: closing connection")]
    [InlineData("BDAT 99999999999999999999", "501 5.5.4 BDAT needs a length: closing connection")]
    [InlineData("BDAT 999999999999999999", "552 5.3.4 Message too big")]
    public async Task A_chunk_of_unknown_or_endless_length_ends_the_connection(string command, string reply)
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlayMxAsync($"""
            S: 220 <*>
            P: {command}
            P: QUIT
            S: {reply}
            S: <closed>
            """);
    }

    [Fact]
    public async Task Any_octets_at_all_come_by_chunks_and_are_kept_as_mail()
    {
        await using var house = await SmtpHouse.OpenAsync();
        const string header = "From: anna@mail.test\\r\\nContent-Type: image/png\\r\\nContent-Transfer-Encoding: binary\\r\\n\\r\\n";
        await house.PlaySubmissionAsync(
            $"S: <skip>\nC: HELO phone\nS: <skip>\nC: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}\nS: 235 <*>\n"
            + "C: MAIL FROM:<anna@mail.test> BODY=BINARYMIME\nS: 250 <*>\nC: RCPT TO:<bert@mail.test>\nS: 250 <*>\n"
            + "C: DATA\nS: 503 5.5.1 BINARYMIME goes with BDAT\n"
            + $"R: BDAT 90\\r\\n{header}a\\n.\\n\\rb\nS: 250 2.0.0 90 octets received\nR: BDAT 2 LAST\\r\\n\\r\\n\nS: 250 2.0.0 <*>\n");
        var mail = Assert.Single(await house.InboxAsync("bert@mail.test"));
        Assert.Contains("\r\nContent-Transfer-Encoding: base64\r\n", mail, StringComparison.Ordinal);
        Assert.Contains($"\r\n\r\n{Convert.ToBase64String("a\n.\n\rb\r\n"u8)}\r\n", mail, StringComparison.Ordinal);
        await house.PlayMxAsync("S: <skip>\nC: HELO a\nS: <skip>\nC: MAIL FROM:<a@b.example> BODY=BINARYMIME\nS: 501 5.5.4 <*>\n");
    }
}
