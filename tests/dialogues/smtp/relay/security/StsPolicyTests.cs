using CompatBot.Protocols.Smtp.Relay.Security;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Relay.Security;

/// <summary>MTA-STS records and policies as RFC 8461 has them.</summary>
public sealed class StsPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("v=STSv1; id=20160831085700Z;", "20160831085700Z")]
    [InlineData("v=STSv1;id=a", "a")]
    [InlineData("v=STSv1; id=", null)]
    [InlineData("v=STSv1; id=a-b", null)]
    [InlineData("v=STSv1", null)]
    [InlineData("v=STSv2; id=a", null)]
    [InlineData("v=STSv1; id=abcdefghijklmnopqrstuvwxyz0123456789", null)]
    public void The_record_has_an_id(string text, string? id) => Assert.Equal(id, StsPolicy.IdOf([text, "something else"]));

    [Fact]
    public void Two_records_are_none() => Assert.Null(StsPolicy.IdOf(["v=STSv1; id=a", "v=STSv1; id=b"]));

    [Fact]
    public void The_RFCs_policy_reads()
    {
        const string text = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\n"
            + "mx: backupmx.example.com\r\nmax_age: 604800\r\n";
        var policy = StsPolicy.Parse(text, "1", Now)!;
        Assert.Equal(StsMode.Enforce, policy.Mode);
        Assert.Equal(Now.AddSeconds(604800), policy.Until);
        Assert.True(policy.Names("mail.example.com"));
        Assert.True(policy.Names("mx1.example.net"));
        Assert.False(policy.Names("example.net"));
        Assert.False(policy.Names("a.mx1.example.net"));
        Assert.False(policy.Names("mail2.example.com"));
    }

    [Theory]
    [InlineData("version: STSv1\nmode: none\nmax_age: 60", true)]
    [InlineData("version: STSv1\nmode: testing\nmx: a.example\nmax_age: 60\nnew: field", true)]
    [InlineData("mode: none\nmax_age: 60", false)]
    [InlineData("version: STSv1\nmode: strict\nmx: a.example\nmax_age: 60", false)]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 60", false)]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example", false)]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1", false)]
    [InlineData("<html>no such page</html>", false)]
    [InlineData("", false)]
    public void What_is_no_policy_is_none(string text, bool isOne) => Assert.Equal(isOne, StsPolicy.Parse(text, "1", Now) is not null);

    [Fact]
    public void A_policy_holds_for_a_year_at_most() => Assert.Equal(
        Now.AddSeconds(31_557_600), StsPolicy.Parse("version: STSv1\nmode: none\nmax_age: 9999999999", "1", Now)!.Until);
}
