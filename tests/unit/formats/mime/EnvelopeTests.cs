using System.Text;
using CompatBot.Formats.Mime;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

public sealed class EnvelopeTests
{
    [Fact] // RFC 3501 section 7.4.2
    public void Sender_and_reply_to_are_from_where_they_are_missing_or_empty()
    {
        var envelope = Of("From: a@b.test\r\nSender:\r\nReply-To: ,\r\n");
        Assert.Equal(envelope.From, envelope.Sender);
        Assert.Equal(envelope.From, envelope.ReplyTo);
        Assert.Empty(envelope.To);
        Assert.Null(envelope.Subject);
    }

    [Fact]
    public void A_subject_is_unfolded_and_not_decoded() =>
        Assert.Equal("=?utf-8?q?a?= b\tc", Of("Subject:\r\n =?utf-8?q?a?=\r\n b\r\n\tc \r\n").Subject);

    [Fact]
    public void Bytes_are_wire_text_and_nuls_are_left_out()
    {
        var subject = Of("Subject: \0J\u00c3\u00b6\0rg\n").Subject;
        Assert.Equal("J\u00c3\u00b6rg", subject);
        Assert.Equal("Jörg", EncodedWords.Decode(subject!));
    }

    [Fact]
    public void The_first_subject_counts_and_all_recipients()
    {
        var envelope = Of("Subject : one\nSubject: two\nTo: a@b.test\nTO: c@d.test\nMessage-Id: <x@y>\nIn-Reply-To:\n");
        Assert.Equal("one", envelope.Subject);
        Assert.Equal(["a", "c"], envelope.To.Select(address => address.Mailbox));
        Assert.Equal("<x@y>", envelope.MessageId);
        Assert.Equal("", envelope.InReplyTo);
    }

    [Fact]
    public void Fields_that_clients_ask_for_are_kept_raw()
    {
        var fields = Trees.Scan("List-Foo: x\r\nX-Junk: y\r\nTo: a,\r\n b\r\nReceived: 1\r\nReceived: 2\r\n\r\n"u8).Fields;
        Assert.Equal(["List-Foo: x\r\n", "To: a,\r\n b\r\n", "Received: 1\r\n"], fields.Select(field =>
            Encoding.ASCII.GetString(field.Raw.Span)));
        Assert.True(fields.Answers("tO"u8) && fields.Answers("List-Nothing"u8) && fields.Answers("Bcc"u8));
        Assert.False(fields.Answers("Received"u8) || fields.Answers("X-Junk"u8));
        Assert.Equal("a, b", fields.Text("TO"u8));
    }

    [Fact]
    public void A_header_is_read_field_by_field()
    {
        var reader = new HeaderReader("From x y:z\n fold\nA: 1\r\n 2\r\nB :3\nnothing\n : fold\n:\nC:\n\nD: body"u8);
        var read = new List<string>();
        while (reader.Read())
        {
            read.Add($"{Encoding.ASCII.GetString(reader.Name)}|{Encoding.ASCII.GetString(reader.Value)}|{reader.Field.Length}");
        }

        Assert.Equal(["A| 1\r\n 2\r\n|10", "B|3\n|5", "C|\n|3"], read);
    }

    [Theory]
    [InlineData("text/plain; charset=\"a;b\"; x=y", "charset=a;b x=y")]
    [InlineData("text/plain ; CHARSET = utf-8 (comment); name=a (1).txt", "CHARSET=utf-8 name=a")]
    [InlineData("text/plain; name=a(1) b.txt;;; ;charset=x;last", "name=a(1) b.txt charset=x")]
    [InlineData("text/plain; charset=x; name=\"a \\\"b\\\" c\" junk; y=\"open", "charset=x name=a \"b\" c y=open")]
    [InlineData("text/plain; name*0*=utf-8'en'a%20; name*1=b", "charset=us-ascii name*0*=utf-8'en'a%20 name*1=b")]
    [InlineData("text/plain;charset=", "charset=")]
    public void Parameters_are_read_as_they_are_written(string contentType, string parameters) => Assert.Equal(
        parameters,
        string.Join(' ', Root($"Content-Type: {contentType}\n").Parameters.Select(parameter => $"{parameter.Key}={parameter.Value}")));

    [Fact]
    public void Content_fields_are_found()
    {
        var part = Root("""
            Content-Type: image/PNG
            Content-Transfer-Encoding: BASE64 (yes)
            Content-ID: <a@b>
            Content-Description: a  picture
            Content-Disposition: attachment; filename="x.png"; size=3
            Content-Language: de, en
            Content-Location: http://x.test/
            Content-MD5: abc==

            """);
        Assert.Equal("image/PNG BASE64 <a@b> a  picture", $"{part.Type}/{part.Subtype} {part.Encoding} {part.Id} {part.Description}");
        Assert.Equal("attachment x.png 3",
            $"{part.Disposition} {string.Join(' ', part.DispositionParameters.Select(parameter => parameter.Value))}");
        Assert.Equal("de en http://x.test/ abc==", $"{string.Join(' ', part.Language)} {part.Location} {part.Md5}");
        Assert.Empty(part.Parameters);
    }

    private static Envelope Of(string header) => Trees.Scan(Encoding.Latin1.GetBytes(header)).Envelope;

    private static MimePart Root(string header) => Trees.Scan(Encoding.Latin1.GetBytes(header)).Root;
}
