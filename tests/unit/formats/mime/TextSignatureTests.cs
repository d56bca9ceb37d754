using CompatBot.Formats.Mime;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

/// <summary>A signature never denies a text that a search finds.</summary>
public sealed class TextSignatureTests
{
    private const string Letters = "aAbBeEéÉ\u0301 ßñÑ\uFB01ﬃiIıİ\uD835\uDC00日本";

    [Fact]
    public void What_a_search_finds_is_never_denied() => Prop.ForAll(
        Gen.Elements(Letters.ToCharArray()).ArrayOf().ToArbitrary(), Gen.Choose(0, 40).Three().ToArbitrary(), (characters, cut) =>
        {
            var text = new string(characters);
            var builder = new TextSignature.Builder();
            builder.Add("before. ");
            builder.Add(text);
            var signature = TextSignature.Decode(builder.Finish().Encode())!;
            var from = Math.Min(cut.Item1, text.Length);
            var search = new TextSearch(text.Substring(from, Math.Min(cut.Item2, text.Length - from)).ToLowerInvariant());
            return !search.In(text) || signature.MayHold(search.Text);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_not_there_is_denied_nearly_always()
    {
        var builder = new TextSignature.Builder();
        var random = new Random(1);
        builder.Add(string.Join(' ', Enumerable.Range(0, 800).Select(_ => Word(random))));
        var signature = builder.Finish();
        Assert.InRange(signature.Encode().Length, 300, 3000);
        Assert.InRange(Enumerable.Range(0, 1000).Count(_ => signature.MayHold(Word(random).ToUpperInvariant())), 0, 100);
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("AB")]
    public void Short_texts_may_be_anywhere(string text) => Assert.True(new TextSignature.Builder().Finish().MayHold(text));

    [Fact]
    public void What_is_no_signature_does_not_decode()
    {
        Assert.Null(TextSignature.Decode(default));
        Assert.Null(TextSignature.Decode(new byte[65]));
        Assert.Null(TextSignature.Decode(new byte[] { 1, 2, 3 }));
    }

    private static string Word(Random random) => new([.. Enumerable.Range(0, 7).Select(_ => (char)random.Next('a', 'z' + 1))]);
}
