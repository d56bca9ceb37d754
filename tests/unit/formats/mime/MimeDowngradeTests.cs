using System.Buffers;
using System.Text;
using CompatBot.Formats.Mime;
using CompatBot.Generator;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

/// <summary>What is encoded for servers that take less decodes to what it was.</summary>
public sealed class MimeDowngradeTests
{
    private const string Mixed =
        "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"out\"\r\n"
        + "Content-Transfer-Encoding: binary\r\n\r\nBefore\r\n--out\r\nContent-Type: text/plain; charset=utf-8\r\n"
        + "Content-Transfer-Encoding: 8bit\r\n\r\nGrüße = \r\n.\r\nlast\r\n--out\r\nContent-Type: message/rfc822\r\n"
        + "Content-Transfer-Encoding: 8bit\r\n\r\nSubject: inner\r\nContent-Type: text/html; charset=utf-8\r\n"
        + "Content-Transfer-Encoding: 8bit\r\n\r\n<p>ä</p>\r\n--out\r\nContent-Type: image/png\r\n"
        + "Content-Transfer-Encoding: binary\r\n\r\n\u0001\0\r--out\n.\r\r\n--outer\r\nä\r\n--out--\r\nAfter\r\n";

    [Fact]
    public void Seven_bits_are_enough()
    {
        var (before, after) = (Encoding.UTF8.GetBytes(Mixed), Down(Encoding.UTF8.GetBytes(Mixed), MimeForm.SevenBit));
        Assert.True(Ascii.IsValid(after));
        Assert.Equal(Leaves(before), Leaves(after));
        var text = Encoding.ASCII.GetString(after);
        Assert.Contains("Gr=C3=BC=C3=9Fe =3D=20\r\n.\r\nlast\r\n--out\r\n", text, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Transfer-Encoding: base64\r\n\r\n", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("Content-Transfer-Encoding: 7bit").Length - 1);
        Assert.EndsWith("\r\n--out--\r\nAfter\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_binary_parts_are_encoded_for_8BITMIME()
    {
        var (before, after) = (Encoding.UTF8.GetBytes(Mixed), Down(Encoding.UTF8.GetBytes(Mixed), MimeForm.EightBit));
        Assert.Equal(Leaves(before), Leaves(after));
        var text = Encoding.UTF8.GetString(after);
        Assert.Contains("\r\n\r\nGrüße = \r\n.\r\nlast\r\n--out\r\n", text, StringComparison.Ordinal);
        Assert.Equal(1, text.Split("Content-Transfer-Encoding: base64").Length - 1);
        Assert.DoesNotContain("binary", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\0', text);
    }

    [Theory]
    [InlineData("Subject: Grüße an alle\r\n\r\nx\r\n", "Subject: =?utf-8?B?R3LDvMOfZQ==?= an alle\r\n")]
    [InlineData("Subject: x\r\n\r\nä", "Subject: x\r\nContent-Transfer-Encoding: quoted-printable\r\nMIME-Version: 1.0\r\n\r\n=C3=A4\r\n")]
    [InlineData("Subject: x", "Subject: x")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b\r\n\r\n\r\n--b--",
        "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 7bit\r\n\r\n--b\r\n")]
    public void Odd_messages_stay_messages(string message, string start)
    {
        var after = Encoding.ASCII.GetString(Down(Encoding.UTF8.GetBytes(message), MimeForm.SevenBit));
        Assert.True(after.StartsWith(start, StringComparison.Ordinal), after);
    }

    [Fact]
    public void Made_messages_come_through_however_they_are_cut()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var message = new MessageGenerator().Message(seed);
            var after = Down(message, MimeForm.SevenBit);
            Assert.True(Ascii.IsValid(after), $"seed {seed}");
            foreach (var piece in (int[])[1, 7, 4096]) Assert.Equal(after, Down(message, MimeForm.SevenBit, piece));
            Assert.True(Leaves(message).SequenceEqual(Leaves(after)), $"seed {seed}, {MessageGenerator.ShapeOf(seed)}");
        }
    }

    [Fact]
    public void Noise_is_taken_and_bounded()
    {
        var random = new Random(4);
        for (var round = 0; round < 300; round++)
        {
            var noise = new byte[random.Next(4000)];
            random.NextBytes(noise);
            byte[] message = [.. "Content-Type: multipart/x; boundary=\"-\"\r\n\r\n-----\r\n"u8, .. noise, .. "\r\n---\r\n"u8, .. noise];
            Assert.True(Ascii.IsValid(Down(message, MimeForm.SevenBit, 1 + random.Next(100))));
        }
    }

    private static byte[] Down(byte[] message, MimeForm form, int piece = 64)
    {
        var (downgrade, output) = (new MimeDowngrade(form), new ArrayBufferWriter<byte>());
        foreach (var cut in message.Chunk(piece)) output.Write(downgrade.Take(cut).Span);
        output.Write(downgrade.Finish().Span);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Type and decoded octets of every leaf; line ends at the end do not count.</summary>
    private static List<string> Leaves(byte[] message)
    {
        List<string> leaves = [];
        foreach (var leaf in Trees.Scan(message).Root.Leaves())
        {
            var (decoder, decoded) = (TransferDecoder.For(leaf.Encoding), new ArrayBufferWriter<byte>());
            decoder.Decode(message.AsSpan((int)leaf.BodyStart, (int)leaf.BodyBytes), decoded);
            decoder.Finish(decoded);
            leaves.Add($"{leaf.Type}/{leaf.Subtype} {Encoding.Latin1.GetString(decoded.WrittenSpan).TrimEnd('\r', '\n')}");
        }

        return leaves;
    }
}
