using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Identity;

public sealed class ScopesTests
{
    [Theory]
    [InlineData("*", "*")]
    [InlineData("mail", "mail")]
    [InlineData("MAIL, calendar", "mail calendar")]
    [InlineData("imap files:read mail:read dav", "mail:read files:read dav imap")]
    [InlineData("*:read", "*:read")]
    [InlineData("mail *", "*")]
    [InlineData("* imap imap", "* imap")]
    public void Scopes_have_one_text(string text, string canonical)
    {
        Assert.Equal(canonical, Scopes.Parse(text)?.Text);
        Assert.Equal(Scopes.Parse(text), Scopes.Parse(canonical));
    }

    [Theory]
    [InlineData("")]
    [InlineData("imap")] // protocols without a realm open nothing
    [InlineData("mail:write")]
    [InlineData("mail:read calendar")]
    [InlineData("mail gopher")]
    [InlineData("imap:read")]
    [InlineData("mail\0")]
    public void Other_texts_are_no_scopes(string text) => Assert.Null(Scopes.Parse(text));

    [Fact]
    public void A_text_beyond_the_limit_is_no_scope()
    {
        var words = "mail" + new string(' ', Scopes.TextBytesMax - 4);
        Assert.NotNull(Scopes.Parse(words));
        Assert.Null(Scopes.Parse(words + " "));
    }

    [Fact]
    public void Scopes_allow_what_they_name()
    {
        var scopes = Scopes.Parse("mail:read imap pop3")!;
        Assert.True(scopes.Allows(Realm.Mail));
        Assert.False(scopes.Allows(Realm.Files));
        Assert.True(scopes.Allows("IMAP"));
        Assert.False(scopes.Allows("smtp"));
        Assert.True(scopes.ReadOnly);
        Assert.Equal([Realm.Mail], scopes.Realms);
        Assert.True(Scopes.All.Allows(Realm.Settings));
        Assert.True(Scopes.All.Allows("anything"));
        Assert.False(Scopes.All.ReadOnly);
        Assert.Equal(5, Scopes.All.Realms.Count());
    }

    [Fact]
    public void Passwords_never_print_themselves()
    {
        var password = AppPassword.Generate();
        Assert.Equal("(password)", $"{password}");
        Assert.Equal("(password)", $"{new Password("secret")}");
        Assert.DoesNotContain(password.Text, $"{new CreatedDevice(DeviceId.New(), "x", Scopes.All, password)}", StringComparison.Ordinal);
        Assert.DoesNotContain("abandon", $"{new CreatedAccount(AccountId.New(), "a@b", [], "abandon", [])}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abcdefghijklmnopqrstuvwxyz", true)]
    [InlineData("ABCDEFGHIJKLM-NOPQRSTU VWXYZ", true)]
    [InlineData("234567abcdefghijklmnopqrst", true)]
    [InlineData("abcdefghijklmnopqrstuvwxy", false)]
    [InlineData("abcdefghijklmnopqrstuvwxyza", false)]
    [InlineData("abcdefghijklmnopqrstuvwxy1", false)]
    [InlineData("abcdefghijklmnopqrstuvwxyé", false)]
    [InlineData("", false)]
    public void App_passwords_have_26_base32_characters(string text, bool wellFormed) =>
        Assert.Equal(wellFormed, AppPassword.IsWellFormed(text));

    [Fact]
    public void Generated_passwords_are_well_formed_and_differ()
    {
        var all = Enumerable.Range(0, 1000).Select(_ => AppPassword.Generate()).ToArray();
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.All(all, password => Assert.True(AppPassword.IsWellFormed(password.Text)));
    }
}
