using System.Net;
using CompatBot.Protocols.Smtp.Checks;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Checks;

/// <summary>RFC 7208, as a stranger's mail meets it: the result stands in Authentication-Results.</summary>
public sealed class SpfTests
{
    private const string Zone = """
        a.example A 192.0.2.10
        a.example AAAA 2001:db8::10
        a.example MX mx1.a.example
        a.example MX mx2.a.example
        mx1.a.example A 192.0.2.21
        mx2.a.example A 192.0.2.22
        ok.example TXT v=spf1 ip4:192.0.2.0/24 -all
        soft.example TXT v=spf1 ip4:198.51.100.7 ~all
        none.example A 192.0.2.1
        two.example TXT v=spf1 -all
        two.example TXT v=spf1 +all
        broken.example TXT v=spf1 ip4:300.1.1.1 -all
        slow.example FAIL
        loop.example TXT v=spf1 include:loop.example -all
        10.2.0.192.in-addr.arpa PTR host.ptr.example
        host.ptr.example A 192.0.2.10
        local.%.macro.example A 127.0.0.2
        anna.user.macro.example A 127.0.0.2
        10.2.0.192.in-addr.ip.macro.example A 127.0.0.2
        """;

    [Theory]
    [InlineData("v=spf1 -all", "fail")]
    [InlineData("v=spf1", "neutral")]
    [InlineData("v=spf1 ?all", "neutral")]
    [InlineData("V=SPF1 +ALL", "pass")]
    [InlineData("v=spf10 -all", "none")]
    [InlineData("v=spf1 ip4:192.0.2.10 -all", "pass")]
    [InlineData("v=spf1 ip4:192.0.2.99/28 -all", "fail")]
    [InlineData("v=spf1 ip4:192.0.2.5/28 -all", "pass")]
    [InlineData("v=spf1 ip4:192.0.2.0/33 -all", "permerror")]
    [InlineData("v=spf1 ip4:192.0.2 -all", "permerror")]
    [InlineData("v=spf1 ip6:2001:db8::/32 -all", "fail")]
    [InlineData("v=spf1 a:a.example -all", "pass")]
    [InlineData("v=spf1 a:mx1.a.example/24 -all", "pass")]
    [InlineData("v=spf1 a:mx1.a.example//24 -all", "fail")]
    [InlineData("v=spf1 mx:a.example -all", "fail")]
    [InlineData("v=spf1 mx:a.example/27 -all", "pass")]
    [InlineData("v=spf1 mx:a.example/33 -all", "permerror")]
    [InlineData("v=spf1 a:one -all", "permerror")]
    [InlineData("v=spf1 include:ok.example -all", "pass")]
    [InlineData("v=spf1 include:soft.example ?all", "neutral")]
    [InlineData("v=spf1 include:none.example -all", "permerror")]
    [InlineData("v=spf1 include:two.example -all", "permerror")]
    [InlineData("v=spf1 include:broken.example -all", "permerror")]
    [InlineData("v=spf1 include:slow.example -all", "temperror")]
    [InlineData("v=spf1 include:loop.example -all", "permerror")]
    [InlineData("v=spf1 redirect=ok.example", "pass")]
    [InlineData("v=spf1 redirect=ok.example ?all", "neutral")]
    [InlineData("v=spf1 redirect=none.example", "permerror")]
    [InlineData("v=spf1 redirect=ok.example redirect=ok.example", "permerror")]
    [InlineData("v=spf1 exp=a.example exp=a.example -all", "permerror")]
    [InlineData("v=spf1 unknown=%{i} -all", "fail")]
    [InlineData("v=spf1 unknown=% -all", "permerror")]
    [InlineData("v=spf1 unknown -all", "permerror")]
    [InlineData("v=spf1 -all:x", "permerror")]
    [InlineData("v=spf1 ptr:ptr.example -all", "pass")]
    [InlineData("v=spf1 ptr:other.example -all", "fail")]
    [InlineData("v=spf1 exists:%{l}.user.macro.example -all", "pass")]
    [InlineData("v=spf1 exists:%{ir}.%{v}.ip.macro.example -all", "pass")]
    [InlineData("v=spf1 exists:%{i2r}.%{v}.ip.macro.example -all", "fail")]
    [InlineData("v=spf1 exists:%{l0}.macro.example -all", "permerror")]
    [InlineData("v=spf1 exists:%{x}.macro.example -all", "permerror")]
    [InlineData("v=spf1 a:n1.example a:n2.example -all", "fail")]
    [InlineData("v=spf1 a:n1.example a:n2.example a:n3.example -all", "permerror")]
    [InlineData("v=spf1 a:a.example a:a.example mx:a.example/32 -all", "pass")]
    public async Task A_record_decides(string record, string result)
    {
        var found = await CheckAsync($"{Zone}\nsender.example TXT {record}", "192.0.2.10");
        Assert.Contains($"\r\n\tspf={result} smtp.mailfrom=sender.example;", found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v=spf1 ip6:2001:db8::/32 -all", "pass")]
    [InlineData("v=spf1 a:a.example//120 -all", "pass")]
    [InlineData("v=spf1 ip4:0.0.0.0/0 -all", "fail")]
    public async Task IPv6_clients_are_held_against_IPv6(string record, string result) => Assert.Contains(
        $"spf={result} ", await CheckAsync($"{Zone}\nsender.example TXT {record}", "2001:db8::99"), StringComparison.Ordinal);

    [Fact]
    public async Task One_check_asks_a_bounded_number_of_questions()
    {
        var lines = string.Concat(Enumerable.Range(0, 100).Select(
            n => $"t{n}.example TXT v=spf1 include:t{n + 1}.example a:x{n}.example mx:y{n}.example -all\n"
                + $"x{n}.example A 203.0.113.1\ny{n}.example MX a\n"));
        var zone = new TestZone($"{lines}\nsender.example TXT v=spf1 include:t0.example -all");
        Assert.Contains("spf=permerror ", await CheckAsync(zone, "192.0.2.10"), StringComparison.Ordinal);
        Assert.InRange(zone.Questions, 1, 40);
    }

    [Fact]
    public async Task The_null_path_is_checked_by_the_clients_name()
    {
        var found = await CheckAsync(new TestZone($"{Zone}\nhelo.example TXT v=spf1 ip4:192.0.2.10 -all"), "192.0.2.10", "");
        Assert.Contains("spf=pass smtp.helo=helo.example;", found, StringComparison.Ordinal);
    }

    internal static Task<string> CheckAsync(string zone, string client) => CheckAsync(new TestZone(zone), client);

    private static async Task<string> CheckAsync(TestZone zone, string client, string from = "anna@sender.example")
    {
        await using var house = await SmtpHouse.OpenAsync();
        house.Services = house.Services with { Checks = new MailChecks(zone, Rejects: true, []) };
        await house.PlayMxAsync(
            $"S: <skip>\nC: HELO helo.example\nS: <skip>\nC: MAIL FROM:<{from}>\nS: 250 <*>\nC: RCPT TO:<anna@mail.test>\nS: 250 <*>\n"
            + "C: DATA\nS: 354 <*>\nP: Subject: x\nP: \nP: body\nP: .\nS: 250 2.0.0 Delivered",
            IPAddress.Parse(client));
        return Assert.Single(await house.InboxAsync());
    }
}
