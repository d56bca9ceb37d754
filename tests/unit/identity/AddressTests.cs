using CompatBot.Core.Identity;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace CompatBot.UnitTests.Identity;

public sealed class AddressTests
{
    [Theory]
    [InlineData("ada@mail.test", "ada@mail.test")]
    [InlineData("Ada.Lovelace@MAIL.Test", "ada.lovelace@mail.test")]
    [InlineData("a+b!#$%&'*/=?^_`{|}~-@mail.test", "a+b!#$%&'*/=?^_`{|}~-@mail.test")]
    [InlineData("\"ada\"@mail.test", "ada@mail.test")]
    [InlineData("\"Ada L\"@mail.test", "\"ada l\"@mail.test")]
    [InlineData("\"a\\\"b\\\\c@d\"@mail.test", "\"a\\\"b\\\\c@d\"@mail.test")]
    [InlineData("müller@mail.test", "müller@mail.test")]
    [InlineData("MÜLLER@BÜCHER.test", "müller@xn--bcher-kva.test")]
    [InlineData("ada@localhost", "ada@localhost")]
    public void Addresses_have_one_form(string text, string form)
    {
        var address = Address.Parse(text);
        Assert.Equal(form, address?.ToString());
        Assert.Equal(address, Address.Parse(form));
    }

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("ada")]
    [InlineData("ada@")]
    [InlineData("@mail.test")]
    [InlineData("a b@mail.test")]
    [InlineData("a@b@mail.test")]
    [InlineData(".ada@mail.test")]
    [InlineData("ada.@mail.test")]
    [InlineData("a..b@mail.test")]
    [InlineData("<ada@mail.test>")]
    [InlineData("\"\"@mail.test")]
    [InlineData("\"a\"b\"@mail.test")]
    [InlineData("\"a\\\"@mail.test")]
    [InlineData("ada@mail..test")]
    [InlineData("ada@.mail.test")]
    [InlineData("ada@-mail.test")]
    [InlineData("ada@mail-.test")]
    [InlineData("ada@mail_test")]
    [InlineData("ada@mail.test\r\n")]
    [InlineData("a\0b@mail.test")]
    [InlineData("a\tb@mail.test")]
    [InlineData("a\u200db@mail.test")]
    [InlineData("a\u202eb@mail.test")]
    [InlineData("ada@[127.0.0.1]")]
    [InlineData("ada@127.0.0.1")]
    [InlineData("ada@ma il.test")]
    [InlineData("ada@\ufffd.test")]
    [InlineData("\ufffd@mail.test")]
    public void Other_texts_are_no_addresses(string text) => Assert.Null(Address.Parse(text));

    [Fact] // Not rows: half a surrogate pair does not travel through a test's arguments.
    public void Broken_UTF_16_is_no_address()
    {
        Assert.Null(Address.Parse("\ud800@mail.test"));
        Assert.Null(Address.Parse("a\udc00b@mail.test"));
        Assert.Null(Address.Parse("ada@\ud800.test"));
        Assert.NotNull(Address.Parse("\ud83d\ude00@mail.test"));
    }

    [Fact]
    public void Lengths_are_those_of_RFC_5321()
    {
        var local = new string('a', Address.LocalBytesMax);
        Assert.NotNull(Address.Parse(local + "@mail.test"));
        Assert.Null(Address.Parse(local + "a@mail.test"));
        Assert.Null(Address.Parse(new string('ä', (Address.LocalBytesMax / 2) + 1) + "@mail.test"));
        var label = new string('b', 63);
        Assert.NotNull(Address.Parse($"a@{label}.test"));
        Assert.Null(Address.Parse($"a@{label}b.test"));
        var domain = $"{label}.{label}.{label}.";
        Assert.NotNull(Address.Parse($"a@{domain}{new string('c', Address.BytesMax - 2 - domain.Length)}"));
        Assert.Null(Address.Parse($"a@{domain}{new string('c', Address.BytesMax - 1 - domain.Length)}"));
        Assert.Null(Address.Parse(new string('a', 1 << 20) + "@mail.test"));
    }

    [Theory]
    [InlineData("ada+shop@mail.test", "ada@mail.test", "shop")]
    [InlineData("ada+a+b@mail.test", "ada@mail.test", "a+b")]
    [InlineData("ada@mail.test", "ada@mail.test", null)]
    [InlineData("+ada@mail.test", "+ada@mail.test", null)]
    [InlineData("ada+@mail.test", "ada@mail.test", "")]
    public void A_subaddress_has_a_base_and_a_tag(string text, string @base, string? tag)
    {
        var address = Address.Parse(text)!;
        Assert.Equal(@base, address.Base.ToString());
        Assert.Equal(tag, address.Tag);
    }

    [Fact]
    public void Any_text_is_refused_or_has_a_form_that_stays() => Prop.ForAll<string?, string?>((local, domain) =>
    {
        var address = Address.Parse($"{local}@{domain}") ?? Address.Parse($"{local}@mail.test") ?? Address.Parse($"\"{local}\"@mail.test");
        return address is null || (Address.Parse(address.ToString()) == address && !address.ToString().Any(char.IsControl));
    }).QuickCheckThrowOnFailure();
}
