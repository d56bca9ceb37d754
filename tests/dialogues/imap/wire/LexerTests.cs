using System.Globalization;
using System.Text;
using CompatBot.Protocols.Imap.Wire;
using Xunit;

namespace CompatBot.DialogueTests.Imap.Wire;

public sealed class LexerTests
{
    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("a]b", "a]b")]
    [InlineData("\"a b\"", "a b")]
    [InlineData("\"\"", "")]
    [InlineData("\"a\\\"b\\\\c\"", "a\"b\\c")]
    [InlineData("{3}\r\na\"b", "a\"b")]
    [InlineData("{3+}\r\n\r\n)", "\r\n)")]
    [InlineData("{0}\r\n", "")]
    [InlineData("\"abc", "Expected a closing quote")]
    [InlineData("\"abc\\", "Expected \\\" or \\\\")]
    [InlineData("\"a\\nb\"", "Expected \\\" or \\\\")]
    [InlineData("\"a\\\"b", "Expected a closing quote")]
    [InlineData("\"a\rb\"", "Expected a quoted string without CR and LF")]
    [InlineData("{3}\r\nab", "Expected a literal")]
    [InlineData("{3}ab", "Expected a literal")]
    [InlineData("{+}\r\nab", "Expected a literal")]
    [InlineData("{99999999999999999999}\r\nab", "Expected a literal")]
    [InlineData("", "Expected a string")]
    [InlineData("(", "Expected a string")]
    [InlineData("a(", "Expected end of line")]
    [InlineData("a\x80", "Expected end of line")]
    public void A_string_is_an_atom_a_quoted_string_or_a_literal(string text, string value) =>
        Assert.Equal(value, Parse.With(text, static (ref ImapLexer lexer) =>
            lexer.AString(out var found) ? Encoding.Latin1.GetString(found) : null));

    [Theory]
    [InlineData("4294967295", "4294967295")]
    [InlineData("0", "0")]
    [InlineData("4294967296", "Expected a number below 4294967296")]
    [InlineData("-1", "Expected a number")]
    [InlineData("x", "Expected a number")]
    public void A_number_has_32_bits(string text, string value) =>
        Assert.Equal(value, Parse.With(text, static (ref ImapLexer lexer) =>
            lexer.Number(out var found) ? found.ToString(CultureInfo.InvariantCulture) : null));

    [Theory]
    [InlineData("inbox", "INBOX")]
    [InlineData("\"INBox\"", "INBOX")]
    [InlineData("inbox/Sub", "INBOX/Sub")]
    [InlineData("inboxes", "inboxes")]
    [InlineData("&AOQ-", "ä")]
    [InlineData("&AOQ", "Expected a mailbox name in modified UTF-7")]
    [InlineData("\"\xE4\"", "Expected a mailbox name in modified UTF-7")]
    [InlineData("\"a\0b\"", "Expected a mailbox name in modified UTF-7")]
    public void A_mailbox_name_is_Unicode_inside(string text, string value) =>
        Assert.Equal(value, Parse.With(text, static (ref ImapLexer lexer) => lexer.Mailbox(out var found) ? found : null));

    [Fact]
    public void A_mailbox_name_has_a_longest_length()
    {
        var longest = new string('a', Parse.Limits.MailboxNameBytesMax);
        Assert.Equal(longest, Name(longest));
        Assert.Equal("Expected a shorter mailbox name", Name(longest + "a"));

        static string Name(string text) => Parse.With(text, static (ref ImapLexer lexer) => lexer.Mailbox(out var found) ? found : null);
    }

    [Theory]
    [InlineData("()", "0 ")]
    [InlineData("(\\Seen)", "1 ")]
    [InlineData("(\\DELETED $Forwarded \\draft x)", "24 $Forwarded,x")]
    [InlineData("(\\Recent)", "Expected a flag that clients may set")]
    [InlineData("(\\Foo)", "Expected a flag that clients may set")]
    [InlineData("(\\)", "Expected a flag")]
    [InlineData("(a  b)", "Expected a flag")]
    [InlineData("(a", "Expected a space")]
    [InlineData("a", "Expected (")]
    public void Flags_are_system_bits_and_keywords(string text, string value) =>
        Assert.Equal(value, Parse.With(text, static (ref ImapLexer lexer) =>
            lexer.Flags(out var found) ? $"{found.System} {string.Join(',', found.Keywords)}" : null));

    [Fact]
    public void A_keyword_has_a_longest_length()
    {
        var longest = new string('k', Parse.Limits.KeywordBytesMax);
        Assert.Equal(longest, Flag($"({longest})"));
        Assert.Equal("Expected a shorter flag", Flag($"({longest}k)"));

        static string Flag(string text) => Parse.With(text, static (ref ImapLexer lexer) =>
            lexer.Flags(out var found) ? found.Keywords[0] : null);
    }

    [Theory]
    [InlineData("1-Feb-1994", "1994-02-01")]
    [InlineData("\"01-feb-1994\"", "1994-02-01")]
    [InlineData("29-Feb-2024", "2024-02-29")]
    [InlineData("29-Feb-2023", "Expected a date such as 1-Feb-1994")]
    [InlineData("0-Feb-2023", "Expected a date such as 1-Feb-1994")]
    [InlineData("1-Foo-2023", "Expected a date such as 1-Feb-1994")]
    [InlineData("1-Feb-0000", "Expected a date such as 1-Feb-1994")]
    [InlineData("1-Feb-94", "Expected a date such as 1-Feb-1994")]
    public void A_date_exists(string text, string value) =>
        Assert.Equal(value, Parse.With(text, static (ref ImapLexer lexer) =>
            lexer.Date(out var found) ? found.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null));

    [Theory]
    [InlineData("\"17-Jul-1996 02:44:25 -0700\"", "1996-07-17T02:44:25-07:00")]
    [InlineData("\" 7-Jul-1996 02:44:25 +0000\"", "1996-07-07T02:44:25+00:00")]
    [InlineData("\"07-Jul-1996 23:59:60 +1400\"", "1996-07-07T23:59:59+14:00")]
    [InlineData("\"7-Jul-1996 02:44:25 +0000\"", null)]
    [InlineData("\"17-Jul-1996 24:44:25 +0000\"", null)]
    [InlineData("\"17-Jul-1996 02:44:25 +1500\"", null)]
    [InlineData("\"17-Jul-1996 02:44:25 0000\"", null)]
    [InlineData("\"01-Jan-0001 00:00:00 +0100\"", null)]
    [InlineData("17-Jul-1996", null)]
    public void A_date_and_time_has_one_form(string text, string? value) =>
        Assert.Equal(
            value ?? "Expected a date and time such as \"17-Jul-1996 02:44:25 -0700\"",
            Parse.With(text, static (ref ImapLexer lexer) =>
                lexer.DateTime(out var found) ? found.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture) : null));

    [Theory]
    [InlineData("APPEND x {12}", true, 12, true)]
    [InlineData("{12+}", true, 12, false)]
    [InlineData("x {12", false, 0, false)]
    [InlineData("x {}", false, 0, false)]
    [InlineData("x {-1}", false, 0, false)]
    [InlineData("x {9223372036854775807}", true, 9223372036854775807, true)]
    [InlineData("x {9223372036854775808}", false, 0, false)]
    public void A_literal_header_ends_a_line(string line, bool isLiteral, long bytes, bool isSynchronizing)
    {
        Assert.Equal(isLiteral, LiteralHeader.TryParseEnd(Encoding.ASCII.GetBytes(line), out var header));
        Assert.Equal((bytes, isSynchronizing), (header.Bytes, header.IsSynchronizing));
    }
}
