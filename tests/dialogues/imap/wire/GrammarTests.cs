using CompatBot.Protocols.Imap.Wire;
using Xunit;

namespace CompatBot.DialogueTests.Imap.Wire;

public sealed class GrammarTests
{
    [Theory]
    [InlineData("ALL", "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE")]
    [InlineData("fast", "FLAGS INTERNALDATE RFC822.SIZE")]
    [InlineData("FULL", "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY")]
    [InlineData("flags", "FLAGS")]
    [InlineData("(UID BODYSTRUCTURE UID)", "UID BODYSTRUCTURE")]
    [InlineData("BODY[]", "BODY[]")]
    [InlineData("body.peek[]<0.393216>", "BODY[]")]
    [InlineData("BODY[1.2.HEADER]", "BODY[1.2.HEADER]")]
    [InlineData("BODY[1.MIME]", "BODY[1.MIME]")]
    [InlineData("BODY[TEXT]", "BODY[TEXT]")]
    [InlineData("BODY[header.fields (From \"X]Y\")]", "BODY[HEADER.FIELDS (From \"X]Y\")]")]
    [InlineData("BODY[4.1.HEADER.FIELDS.NOT (to)]", "BODY[4.1.HEADER.FIELDS.NOT (to)]")]
    [InlineData("(RFC822 RFC822.HEADER RFC822.TEXT)", "RFC822 RFC822.HEADER RFC822.TEXT")]
    [InlineData("(ALL)", "Expected something that FETCH knows")]
    [InlineData("()", "Expected something that FETCH knows")]
    [InlineData("(FLAGS", "Expected )")]
    [InlineData("(FLAGS )", "Expected something that FETCH knows")]
    [InlineData("FOO", "Expected something that FETCH knows")]
    [InlineData("FLAGS[1]", "Expected something that FETCH knows")]
    [InlineData("BODY[0]", "Expected a part number")]
    [InlineData("BODY[1.]", "Expected a section")]
    [InlineData("BODY[1x]", "Expected a section")]
    [InlineData("BODY[MIME]", "Expected a section")]
    [InlineData("BODY[HEADER.1]", "Expected a section")]
    [InlineData("BODY[HEADER", "Expected ]")]
    [InlineData("BODY[HEADER.FIELDS]", "Expected a space")]
    [InlineData("BODY[HEADER.FIELDS ()]", "Expected a string")]
    [InlineData("BODY[HEADER.FIELDS (a b]", "Expected )")]
    [InlineData("BODY[HEADER.FIELDS (\"a b\")]", "Expected a header field name")]
    [InlineData("BODY[]<0>", "Expected .")]
    [InlineData("BODY[]<0.0>", "Expected a count above 0")]
    [InlineData("BODY[]<0.5", "Expected >")]
    public void Fetch_knows_its_items(string text, string items) =>
        Assert.Equal(items, Parse.With(text, static (ref ImapLexer lexer) =>
            FetchGrammar.Items(ref lexer, out var found) ? string.Join(' ', found.Select(item => item.Name)) : null));

    [Theory]
    [InlineData("BODY[]", false)]
    [InlineData("BODY.PEEK[]", true)]
    [InlineData("RFC822", false)]
    [InlineData("RFC822.HEADER", true)]
    [InlineData("RFC822.TEXT", false)]
    [InlineData("ENVELOPE", true)]
    public void Only_a_body_without_peek_sets_seen(string text, bool isPeek) =>
        Assert.Equal(isPeek.ToString(), Parse.With(text, static (ref ImapLexer lexer) =>
            FetchGrammar.Items(ref lexer, out var found) ? found[0].IsPeek.ToString() : null));

    [Fact]
    public void Sections_have_a_deepest_level()
    {
        var deepest = string.Join('.', Enumerable.Repeat("1", Parse.Limits.SectionDepthMax));
        Assert.Equal("1", Count($"BODY[{deepest}]"));
        Assert.Equal("Expected fewer part numbers", Count($"BODY[{deepest}.1]"));
    }

    [Fact]
    public void Fetch_has_a_longest_list_of_items()
    {
        var longest = string.Join(' ', Enumerable.Range(1, Parse.Limits.FetchItemsMax).Select(part => $"BODY[{part}]"));
        Assert.Equal(Parse.Limits.FetchItemsMax.ToString(System.Globalization.CultureInfo.InvariantCulture), Count($"({longest})"));
        Assert.Equal("Expected fewer items", Count($"({longest} BODY[])"));
    }

    [Theory]
    [InlineData(" ALL", "Every")]
    [InlineData(" UNSEEN FLAGGED", "And(Flags 1 False, Flags 4 True)")]
    [InlineData(" 1:3 uid 4:*", "And(Sequence False, Sequence True)")]
    [InlineData(" NOT (OR SEEN DELETED)", "Not(Or(Flags 1 True, Flags 8 True))")]
    [InlineData(" NEW", "And(Recent, Flags 1 False)")]
    [InlineData(" BODY slow SEEN SUBJECT x", "And(Flags 1 True, Header SUBJECT x, Content slow False)")]
    [InlineData(" CHARSET UTF-8 TEXT {2}\r\n\xC3\xA4", "Content ä True")]
    [InlineData(" HEADER X-Foo \"\"", "Header X-Foo ")]
    [InlineData(" SINCE 1-Feb-1994 SENTBEFORE \"2-Feb-1994\"", "And(InternalDate Since 1994-02-01, SentDate Before 1994-02-02)")]
    [InlineData(" LARGER 100 SMALLER 200 KEYWORD $x", "And(Size 100 True, Size 200 False, Keyword $x True)")]
    [InlineData("", "Expected a space")]
    [InlineData(" ", "Expected an atom")]
    [InlineData(" FOO", "Expected a search key")]
    [InlineData(" NOT", "Expected a space")]
    [InlineData(" OR SEEN", "Expected a space")]
    [InlineData(" (SEEN", "Expected )")]
    [InlineData(" ()", "Expected an atom")]
    [InlineData(" SEEN)", "Expected end of line")]
    [InlineData(" BEFORE yesterday", "Expected a date such as 1-Feb-1994")]
    [InlineData(" UID x", "Expected a sequence set")]
    [InlineData(" LARGER -1", "Expected a number")]
    [InlineData(" CHARSET UTF-8", "Expected a space")]
    public void Search_keys_form_a_tree(string text, string tree) =>
        Assert.Equal(tree, Parse.With(text, static (ref ImapLexer lexer) =>
            lexer.Space() && SearchGrammar.Program(ref lexer, out var key, out _) ? Print(key) : null));

    [Theory]
    [InlineData("(", "SEEN", ")")]
    [InlineData("NOT ", "SEEN", "")]
    [InlineData("OR SEEN ", "SEEN", "")]
    public void Search_has_a_deepest_level(string open, string inner, string close)
    {
        string Nested(int depth) =>
            " " + string.Concat(Enumerable.Repeat(open, depth)) + inner + string.Concat(Enumerable.Repeat(close, depth));
        Assert.Equal("ok", Search(Nested(Parse.Limits.SearchDepthMax)));
        Assert.Equal("Expected fewer search keys inside each other", Search(Nested(Parse.Limits.SearchDepthMax + 1)));
    }

    private static string Search(string text) => Parse.With(text, static (ref ImapLexer lexer) =>
        lexer.Space() && SearchGrammar.Program(ref lexer, out _, out _) ? "ok" : null);

    private static string Count(string text) => Parse.With(text, static (ref ImapLexer lexer) =>
        FetchGrammar.Items(ref lexer, out var found) ? found.Count.ToString(System.Globalization.CultureInfo.InvariantCulture) : null);

    private static string Print(SearchKey key) => key switch
    {
        SearchKey.Flags flags => $"Flags {flags.Mask} {flags.IsSet}",
        SearchKey.Keyword keyword => $"Keyword {keyword.Name} {keyword.IsSet}",
        SearchKey.Sequence sequence => $"Sequence {sequence.ByUid}",
        SearchKey.Size size => $"Size {size.Bytes} {size.IsLarger}",
        SearchKey.InternalDate date => FormattableString.Invariant($"InternalDate {date.Comparison} {date.Date:yyyy-MM-dd}"),
        SearchKey.SentDate date => FormattableString.Invariant($"SentDate {date.Comparison} {date.Date:yyyy-MM-dd}"),
        SearchKey.Header header => $"Header {header.Field} {header.Text}",
        SearchKey.Content content => $"Content {content.Text} {content.WithHeader}",
        SearchKey.Not not => $"Not({Print(not.Key)})",
        SearchKey.Or or => $"Or({Print(or.Left)}, {Print(or.Right)})",
        SearchKey.And and => $"And({string.Join(", ", and.Keys.Select(Print))})",
        _ => key.GetType().Name,
    };
}
