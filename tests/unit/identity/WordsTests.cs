using System.Security.Cryptography;
using CompatBot.Core.Identity;
using CompatBot.Core.Vault;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace CompatBot.UnitTests.Identity;

public sealed class WordsTests
{
    private const string Zeros =
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
        + "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";

    [Fact] // The vector of 3Bot Connect: the entropy itself is the Ed25519 seed.
    public void Zero_entropy_gives_the_known_words_and_identity()
    {
        using var words = Words.FromEntropy(new byte[32]);
        Assert.Equal(Zeros, words.Reveal());
        Assert.Equal("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29", Hex(words.IdentityKey.Span));
        var boxKey = new byte[32];
        Assert.True(Sodium.SignKeyToBoxKey(boxKey, words.IdentityKey.Span));
        Assert.Equal("5bf55c73b82ebe22be80f3430667af570fae2556a6415e6b30d4065300aa947d", Hex(boxKey));
    }

    [Theory] // The 256-bit vectors that came with BIP39.
    [InlineData(
        "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
        "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful "
        + "legal winner thank year wave sausage worth title")]
    [InlineData(
        "8080808080808080808080808080808080808080808080808080808080808080",
        "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid "
        + "letter advice cage absurd amount doctor acoustic bless")]
    [InlineData(
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote")]
    [InlineData(
        "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c",
        "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis "
        + "maple dilemma loan word shrug inflict delay length")]
    public void Words_and_entropy_turn_into_each_other(string entropy, string text)
    {
        using var words = Words.FromEntropy(Convert.FromHexString(entropy));
        Assert.Equal(text, words.Reveal());
        using var back = Words.Parse("  " + text.ToUpperInvariant().Replace(" ", "\n ", StringComparison.Ordinal));
        Assert.Equal(Hex(words.IdentityKey.Span), Hex(back!.IdentityKey.Span));
    }

    [Fact]
    public void The_list_is_the_published_one()
    {
        using var stream = typeof(Words).Assembly.GetManifestResourceStream("words.txt")!;
        Assert.Equal("2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda", Hex(SHA256.HashData(stream)));
    }

    [Fact]
    public void Any_entropy_survives_the_words() => Prop.ForAll<byte[]>(seed =>
    {
        using var words = Words.FromEntropy(SHA256.HashData(seed));
        using var back = Words.Parse(words.Reveal());
        return back is not null && back.IdentityKey.Span.SequenceEqual(words.IdentityKey.Span);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("abandon")]
    [InlineData("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo")] // checksum
    [InlineData("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote")] // 23
    [InlineData("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote")] // 25
    [InlineData("zoos zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote")]
    public void Other_texts_are_no_words(string text) => Assert.Null(Words.Parse(text));

    [Fact]
    public void A_text_without_end_is_refused_at_once() => Assert.Null(Words.Parse(new string('a', 1 << 20)));

    [Fact] // RFC 8032 section 7.1, test 2
    public void Signatures_are_Ed25519()
    {
        using var words = Words.FromEntropy(Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
        Assert.Equal("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", Hex(words.IdentityKey.Span));
        var signature = words.Sign([0x72]);
        Assert.Equal(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            Hex(signature));
        Assert.True(Words.Verify(words.IdentityKey.Span, [0x72], signature));
        Assert.False(Words.Verify(words.IdentityKey.Span, [0x73], signature));
        Assert.False(Words.Verify(words.IdentityKey.Span, [0x72], signature.AsSpan(1)));
    }

    [Fact]
    public void Words_never_print_themselves()
    {
        using var words = Words.Generate();
        Assert.Equal("(words)", $"{words}");
        Assert.Equal(24, words.Reveal().Split(' ').Length);
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
