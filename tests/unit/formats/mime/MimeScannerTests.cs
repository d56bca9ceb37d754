using System.Text;
using CompatBot.Formats.Mime;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

public sealed class MimeScannerTests
{
    [Fact]
    public void A_plain_mail_is_one_text_part()
    {
        var message = Scan("Subject: Hi\r\nFrom: a@b.test\r\n\r\nHello\r\nworld\r\n");
        Assert.Equal("(text/plain 0-31-45 2)", Tree(message));
        Assert.Equal(45, message.Size);
        Assert.Equal("us-ascii", message.Root.Parameter("CHARSET"));
        Assert.Equal("7bit", message.Root.Encoding);
        Assert.Equal("Hi", message.Envelope.Subject);
        Assert.Equal(new MailAddress(null, null, "a", "b.test"), Assert.Single(message.Envelope.Sender));
    }

    [Theory]
    [InlineData("", "(text/plain 0-0-0 0)")]
    [InlineData("\r\n", "(text/plain 0-2-2 0)")]
    [InlineData("\r\nbody", "(text/plain 0-2-6 0)")]
    [InlineData("\n\n", "(text/plain 0-1-2 1)")]
    [InlineData("Subject: only", "(text/plain 0-13-13 0)")]
    [InlineData("Subject: only\r\n", "(text/plain 0-15-15 0)")]
    [InlineData("no header\r\nat all\r\n", "(text/plain 0-19-19 0)")]
    [InlineData("From me Sat Nov 21 00:00:00 2026\nSubject: x\n\nbody\n", "(text/plain 0-45-50 1)")]
    [InlineData("A: b\rC: d\r\rbody", "(text/plain 0-15-15 0)")]
    [InlineData("Content-Type: text\n\nx", "(text/plain 0-20-21 0)")]
    [InlineData("Content-Type: image/png (a picture); name=x\n\nx", "(image/png 0-45-46 0)")]
    // No boundary parameter, and one that never comes: the whole body stays readable as the one child.
    [InlineData("Content-Type: multipart/mixed\n\nx\n", "(multipart/mixed 0-31-33 1 (text/plain 31-31-33 1))")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\n\nx\n", "(multipart/mixed 0-43-45 1 (text/plain 43-43-45 1))")]
    [InlineData("Content-Type: multipart/mixed; boundary=\"\"\n\n--\nx\n", "(multipart/mixed 0-44-49 2 (text/plain 44-44-49 2))")]
    public void Odd_messages_have_a_tree(string message, string tree) => Assert.Equal(tree, Tree(Scan(message)));

    [Theory]
    [InlineData("pre\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\npost\r\n", "(10-12-15 0) (22-24-27 0)")]
    [InlineData("--b\n\none\n--b\n\ntwo\n--b--\n", "(4-5-8 0) (13-14-17 0)")]
    [InlineData("--b \t\n\none\n--b-- \n--b\n\nno\n", "(6-7-10 0)")]
    [InlineData("--b\n\none\n", "(4-5-9 1)")]
    [InlineData("--b\n\none\n--b--", "(4-5-8 0)")]
    [InlineData("--b\n\none\n--b", "(4-5-8 0) (12-12-12 0)")]
    [InlineData("--b\n--b\n\n--b\nContent-Type: text/html\n--b--\n", "(4-4-4 0) (8-9-9 0) (13-37-37 0)")]
    [InlineData("--b\n\nx\n--bb\n --b\n--c\n--b--\n", "(4-5-20 3)")]
    [InlineData("--b\n\n\n--b--\n", "(4-5-5 0)")]
    [InlineData("--b\n\n\n\n--b--\n", "(4-5-6 1)")]
    public void Boundaries_are_whole_lines(string body, string children)
    {
        const string Header = "Content-Type: multipart/mixed; boundary=b\n\n";
        var root = Scan(Header + body).Root;
        Assert.Equal(children, string.Join(' ', root.Children.Select(part =>
            $"({part.HeaderStart - Header.Length}-{part.BodyStart - Header.Length}-{part.End - Header.Length} {part.BodyLines})")));
    }

    [Fact]
    public void A_multipart_header_without_blank_line_ends_at_its_boundary() => Assert.Equal(
        "(multipart/mixed 0-42-55 4 (text/plain 46-47-48 0))",
        Tree(Scan("Content-Type: multipart/mixed; boundary=b\n--b\n\nx\n--b--\n")));

    [Fact]
    public void A_boundary_that_starts_another_one_is_not_taken_for_it()
    {
        var message = Scan("""
            Content-Type: multipart/mixed; boundary="foo"

            --foo
            Content-Type: multipart/alternative; boundary="foobar"

            --foobar

            one
            --foobar

            two
            --foobar--
            --foo

            three
            --foo--

            """);
        Assert.Equal(2, message.Root.Children.Count);
        Assert.Equal(2, message.Root.Children[0].Children.Count);
    }

    [Fact] // The inner multipart has no end: the outer boundary ends it.
    public void An_outer_boundary_ends_what_is_inside()
    {
        var message = Scan(
            "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\na\n--o\n\nb\n--o--\n");
        Assert.Equal(2, message.Root.Children.Count);
        Assert.Single(message.Root.Children[0].Children);
    }

    [Fact] // RFC 3501 section 6.4.5, the example of part numbers
    public void Section_numbers_follow_the_rfc()
    {
        var message = Scan("""
            Content-Type: multipart/mixed; boundary=m

            --m
            Content-Type: text/plain

            1
            --m
            Content-Type: application/octet-stream

            2
            --m
            Content-Type: message/rfc822

            Subject: three
            Content-Type: multipart/mixed; boundary=n

            --n

            3.1
            --n
            Content-Type: application/octet-stream

            3.2
            --n--
            --m
            Content-Type: multipart/mixed; boundary=p

            --p
            Content-Type: image/gif

            4.1
            --p
            Content-Type: message/rfc822

            Subject: four
            Content-Type: multipart/mixed; boundary=q

            --q

            4.2.1
            --q
            Content-Type: multipart/alternative; boundary=r

            --r

            4.2.2.1
            --r
            Content-Type: text/richtext

            4.2.2.2
            --r--
            --q--
            --p--
            --m
            Content-Type: message/rfc822

            Subject: five

            5.1
            --m--

            """, out var bytes);
        foreach (var number in new[] { "1", "2", "3.1", "3.2", "4.1", "4.2.1", "4.2.2.1", "4.2.2.2", "5.1" })
        {
            var part = message.Root.Find([.. number.Split('.').Select(int.Parse)]);
            Assert.Equal(number, Encoding.ASCII.GetString(bytes, (int)part!.BodyStart, (int)part.BodyBytes));
        }

        Assert.Equal("three", message.Root.Find(3)!.Message!.Envelope.Subject);
        Assert.Equal("four", message.Root.Find(4, 2)!.Message!.Envelope.Subject);
        Assert.Same(message.Root, message.Root.Find());
        Assert.Null(message.Root.Find(0));
        Assert.Null(message.Root.Find(6));
        Assert.Null(message.Root.Find(1, 1));
        Assert.Null(message.Root.Find(5, 2));
        Assert.Null(message.Root.Find(5, 1, 1));
    }

    [Fact]
    public void Part_1_of_a_mail_without_parts_is_its_body()
    {
        var root = Scan("Subject: x\n\nbody").Root;
        Assert.Same(root, root.Find(1));
        Assert.Null(root.Find(2));
        Assert.Null(root.Find(1, 1));
    }

    [Theory]
    [InlineData("7bit", "message/rfc822", true)]
    [InlineData("nonsense", "message/global", true)]
    [InlineData("base64", "application/octet-stream", false)]
    [InlineData("Quoted-Printable", "application/octet-stream", false)]
    public void An_encoded_message_is_not_opened(string encoding, string type, bool opened)
    {
        var declared = opened ? type : "message/rfc822";
        var root = Scan($"Content-Type: {declared}; name=a.eml\nContent-Transfer-Encoding: {encoding}\n\nSubject: inner\n\nx\n").Root;
        Assert.Equal(type, $"{root.Type}/{root.Subtype}");
        Assert.Equal(opened ? "inner" : null, root.Message?.Envelope.Subject);
        Assert.Equal("a.eml", root.Parameter("name"));
    }

    [Fact]
    public void Parts_of_a_digest_are_messages()
    {
        var root = Scan("Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\nx\n--b\nContent-Type: text/plain\n\ny\n--b--\n").Root;
        Assert.Equal(MimeKind.Message, root.Children[0].Kind);
        Assert.Equal("one", root.Children[0].Message!.Envelope.Subject);
        Assert.Equal(MimeKind.Text, root.Children[1].Kind);
    }

    private static MimeMessage Scan(string text) => Scan(text, out _);

    private static MimeMessage Scan(string text, out byte[] bytes)
    {
        bytes = Encoding.Latin1.GetBytes(text);
        return Trees.Scan(bytes);
    }

    private static string Tree(MimeMessage message) => Trees.Show(message);
}
