using CompatBot.Formats.Mime;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

public sealed class AddressParserTests
{
    [Theory]
    [InlineData("a@b.test", "||a|b.test")]
    [InlineData("  <a@b.test> ", "||a|b.test")]
    [InlineData("Ada L. <a@b.test>", "Ada L.||a|b.test")]
    [InlineData("\"L., \\\"Ada\\\"\" <a@b.test>", "L., \"Ada\"||a|b.test")]
    [InlineData("\"Ada\" \"L\"  x <a@b.test>", "Ada L x||a|b.test")]
    [InlineData("a@b.test (Ada (L))", "Ada (L)||a|b.test")]
    [InlineData("(c) Ada (d) <a@b.test> (e)", "Ada||a|b.test")]
    [InlineData("(c) <a@b.test>", "c||a|b.test")]
    [InlineData("=?utf-8?q?J=C3=B6rg?= <a@b.test>", "=?utf-8?q?J=C3=B6rg?=||a|b.test")]
    [InlineData("a@b.test,b@c.test", "||a|b.test", "||b|c.test")]
    [InlineData(",, a@b.test,,", "||a|b.test")]
    [InlineData("a @ b . test", "||a|b.test")]
    [InlineData("\"a b\"@c.test", "||a b|c.test")]
    [InlineData("<\"a@b\"@c.test>", "||a@b|c.test")]
    [InlineData("a@[192.0.2.1]", "||a|[192.0.2.1]")]
    [InlineData("<@r1.test,@r2.test:a@b.test>", "|@r1.test,@r2.test|a|b.test")]
    // Groups: start has no host, end has neither (RFC 3501 section 7.4.2).
    [InlineData("undisclosed-recipients:;", "||undisclosed-recipients|NIL", "||NIL|NIL")]
    [InlineData("my friends: a@b.test, C <c@d.test>; e@f.test", "||my friends|NIL", "||a|b.test", "C||c|d.test", "||NIL|NIL", "||e|f.test")]
    [InlineData("open: a@b.test", "||open|NIL", "||a|b.test", "||NIL|NIL")]
    [InlineData("one: two: a@b.test;", "||one|NIL", "||NIL|NIL", "||two|NIL", "||a|b.test", "||NIL|NIL")]
    // Garbage
    [InlineData("")]
    [InlineData(" , ;")]
    [InlineData("root", "||root|")]
    [InlineData("not an address", "||not an address|")]
    [InlineData("<>", "|||")]
    [InlineData("@b.test", "|||b.test")]
    [InlineData("a@", "||a|")]
    [InlineData("a@b@c", "||a|b@c")]
    [InlineData("a@b.test <c@d.test>", "a@b.test||c|d.test")]
    [InlineData("Ada <a@b.test", "Ada||a|b.test")]
    [InlineData("\"open <a@b.test>", "||open <a@b.test>|")]
    [InlineData("a@b.test>, c@d.test", "||a|b.test", "||c|d.test")]
    [InlineData("(open")]
    [InlineData("\\", "||\\|")]
    [InlineData("a@[open, b@c.test", "||a|[open", "||b|c.test")]
    [InlineData("a@b.test; c@d.test", "||a|b.test", "||c|d.test")]
    public void Addresses(string text, params string[] expected) =>
        Assert.Equal(expected, AddressParser.Parse(text).Select(address =>
            $"{address.Name}|{address.Route}|{address.Mailbox ?? "NIL"}|{address.Host ?? "NIL"}"));

    [Fact]
    public void No_text_makes_it_fail()
    {
        const string Alphabet = "ab @<>()\",;:\\[].\t=?ü";
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var text = new string([.. Enumerable.Range(0, random.Next(25)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            var open = false;
            foreach (var address in AddressParser.Parse(text))
            {
                Assert.False(open && address.IsGroupStart);
                Assert.False(!open && address.IsGroupEnd);
                open = address.IsGroupStart || (open && !address.IsGroupEnd);
            }

            Assert.False(open);
        }
    }

    [Fact]
    public void A_list_has_its_limit() =>
        Assert.Equal(AddressParser.AddressesMax, AddressParser.Parse(string.Concat(Enumerable.Repeat("a,",
            AddressParser.AddressesMax + 1))).Count);

    [Fact]
    public void Deep_comments_end() => Assert.Empty(AddressParser.Parse(new string('(', 1_000_000)));
}
