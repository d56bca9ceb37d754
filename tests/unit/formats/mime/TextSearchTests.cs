using System.Text;
using CompatBot.Formats.Mime;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

public sealed class TextSearchTests
{
    [Theory]
    [InlineData("utf-8", "8bit", "Grüße aus KÖLN", "köln", true)]
    [InlineData("utf-8", "8bit", "Grüße aus KÖLN", "koln", false)]
    [InlineData("utf-8", "quoted-printable", "K=C3=B6=\r\nln", "KÖLN", true)]
    [InlineData("utf-8", "base64", "S8O2\r\nbG4=", "kÖln", true)]
    [InlineData(null, "7bit", "Hello World", "LO WO", true)]
    [InlineData("x-none", "x-none", "Hello World", "world", true)]
    [InlineData("us-ascii", "7bit", "", "a", false)]
    [InlineData("us-ascii", "7bit", "", "", true)]
    [InlineData("iso-2022-jp", "7bit", "\u001b$BF|K\\\u001b(B", "本", true)]
    [InlineData("utf-8", "base64", "YWJj", "YWJj", false)]
    [InlineData("utf-8", "8bit", "ΣΊΣΥΦΟΣ", "σίσυφος", true)]
    [InlineData("utf-8", "8bit", "ПРИВЕТ", "привет", true)]
    [InlineData("utf-8", "8bit", "Ein Café, bitte", "cafe", true)]
    [InlineData("utf-8", "8bit", "Ein Cafe\u0301, bitte", "CAFÉ,", true)]
    [InlineData("utf-8", "8bit", "Ein Cafe, bitte", "café", false)]
    [InlineData("utf-8", "8bit", "die \uFB01nale Fassung, ⅷ", "FINALE", true)]
    [InlineData("utf-8", "8bit", "\U0001D400\U0001D401 \U0001F600", "ab \U0001F600", true)]
    public void Bodies(string? charset, string encoding, string body, string text, bool found)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        for (var piece = 1; piece <= Math.Max(1, bytes.Length); piece++)
        {
            var search = new TextSearch(text).InBody(charset, encoding);
            for (var start = 0; start < bytes.Length; start += piece)
            {
                search.Write(bytes.AsSpan(start, Math.Min(piece, bytes.Length - start)));
            }

            Assert.Equal(found, search.Finish());
        }
    }

    [Theory]
    [InlineData("=?utf-8?q?K=C3=B6ln?=", "KÖLN", true)]
    [InlineData("Plain", "lai", true)]
    [InlineData("Plain", "x", false)]
    [InlineData("a =?utf-8?q?b?= =?utf-8?q?c?=", "A BC", true)]
    [InlineData("anything", "", true)]
    public void Headers(string value, string text, bool found) => Assert.Equal(found, new TextSearch(text).InHeader(value));

    [Fact]
    public void A_text_on_the_edge_of_a_step_is_found()
    {
        for (var offset = 8_180; offset < 8_200; offset++)
        {
            var search = new TextSearch("needle").InBody("utf-8", "7bit");
            Assert.True(search.Write(Encoding.ASCII.GetBytes(new string('x', offset) + "NEEDLE" + new string('x', 9_000))));
        }
    }

    [Fact]
    public void A_search_text_longer_than_a_step_is_found()
    {
        var text = new string('n', 20_000);
        var search = new TextSearch(text).InBody(null, "7bit");
        Assert.False(search.Write(Encoding.ASCII.GetBytes("x" + text[1..])));
        Assert.True(search.Write("n"u8));
    }
}
