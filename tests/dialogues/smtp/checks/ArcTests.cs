using System.Net;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Smtp.Arc;
using CompatBot.Protocols.Smtp.Checks;
using CompatBot.Protocols.Smtp.Dkim;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Checks;

/// <summary>Chains of servers that each say what they found (RFC 8617): ours verify, broken ones do not, a trusted one counts.</summary>
public sealed class ArcTests : IDisposable
{
    private const string Plain = "From: a@author.example\r\nTo: list@list.example\r\nSubject: x\r\n\r\nbody\r\n";

    private static readonly IPAddress Stranger = IPAddress.Parse("192.0.2.10");

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly RsaDkimKey _key;

    public ArcTests() => _key = new RsaDkimKey("s", _rsa.ExportPkcs8PrivateKeyPem());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Zone =>
        string.Join('\n', new[] { "one.example", "two.example" }.Select(domain => $"s._domainkey.{domain} TXT {_key.Record}"));

    public void Dispose()
    {
        _key.Dispose();
        _rsa.Dispose();
    }

    [Fact]
    public async Task A_chain_of_two_verifies()
    {
        var once = Seal(
            "Authentication-Results: mx.one.example;\r\n\tspf=pass; dmarc=pass header.from=author.example\r\n" + Plain, "one.example");
        Assert.Equal((ArcResult.Pass, "one.example"), await VerifyAsync(once));
        var twice = Seal("Authentication-Results: mx.two.example; arc=pass; dmarc=fail\r\n" + once, "two.example");
        Assert.Equal((ArcResult.Pass, "two.example,one.example"), await VerifyAsync(twice));
        Assert.Contains("cv=pass;", twice, StringComparison.Ordinal);
        Assert.StartsWith("ARC-Seal: i=2; a=rsa-sha256; ", twice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("body", "changed")]
    [InlineData("Subject: x", "Subject: y")]
    [InlineData("cv=none", "cv=pass")]
    [InlineData("i=1; mx.one.example", "i=1; mx.two.example")]
    [InlineData("ARC-Seal: i=1", "ARC-Seal: i=2")]
    [InlineData("ARC-Seal: i=1", "X: i=1")]
    [InlineData("d=one.example", "d=none.example")]
    [InlineData("ARC-Authentication-Results: i=1", "ARC-Authentication-Results: i=1; x\r\nARC-Authentication-Results: i=1")]
    public async Task What_was_changed_fails(string what, string into)
    {
        var once = Seal("Authentication-Results: mx.one.example; dmarc=pass\r\n" + Plain, "one.example");
        Assert.Equal(ArcResult.Fail, (await VerifyAsync(once.Replace(what, into, StringComparison.Ordinal))).Result);
    }

    [Fact]
    public async Task What_has_no_chain_has_none_and_one_that_failed_is_sealed_as_such()
    {
        Assert.Equal(ArcResult.None, (await VerifyAsync(Plain)).Result);
        var broken = Seal("Authentication-Results: mx.one.example; dmarc=pass\r\n" + Plain, "one.example").Replace(
            "body", "b", StringComparison.Ordinal);
        var twice = Seal("Authentication-Results: mx.two.example; arc=fail\r\n" + broken, "two.example");
        Assert.Contains("cv=fail;", twice, StringComparison.Ordinal);
        Assert.Equal(ArcResult.Fail, (await VerifyAsync(twice)).Result);
    }

    [Theory]
    [InlineData("one.example", "dmarc=pass", true)]
    [InlineData("one.example", "dmarc=fail", false)]
    [InlineData("two.example", "dmarc=pass", false)]
    public async Task Where_DMARC_fails_the_word_of_a_trusted_server_counts(string trusted, string found, bool isTaken)
    {
        await using var house = await SmtpHouse.OpenAsync();
        house.Services = house.Services with
        {
            Checks = new MailChecks(new TestZone($"{Zone}\n_dmarc.author.example TXT v=DMARC1; p=reject"), true, [])
            {
                TrustedSealers = new HashSet<string> { trusted },
            },
        };
        var message = Seal($"Authentication-Results: mx.one.example; {found}\r\n" + Plain, "one.example");
        var end = isTaken ? "250 <*>" : "550 5.7.1 author.example <*>";
        await house.PlayMxAsync(
            "S: <skip>\nC: EHLO client\nS: <skip 9>\nC: MAIL FROM:<list@one.example>\nS: 250 <*>\nC: RCPT TO:<anna@mail.test>\nS: 250 <*>\n"
            + $"C: DATA\nS: 354 <*>\n{string.Concat(message.Split("\r\n").Select(line => $"P: {line}\n"))}P: .\nS: {end}",
            Stranger);
        if (!isTaken) return;
        var taken = Assert.Single(await house.InboxAsync());
        Assert.Contains("\tarc=pass (sealed by one.example);\r\n", taken, StringComparison.Ordinal);
        Assert.Contains("dmarc=fail (ARC vouches for it) header.from=author.example", taken, StringComparison.Ordinal);
    }

    private string Seal(string message, string domain)
    {
        using var signer = new DkimSigner();
        signer.Write(Encoding.Latin1.GetBytes(message));
        var set = ArcSealer.Seal(signer.Header, signer.BodyHash, $"mx.{domain}", domain, _key, DateTimeOffset.UnixEpoch);
        return Encoding.Latin1.GetString(set) + message;
    }

    private async Task<(ArcResult Result, string Sealers)> VerifyAsync(string message)
    {
        var octets = Encoding.Latin1.GetBytes(message);
        var length = HeaderBlock.Length(octets, 0);
        using var verifier = new ArcVerifier(HeaderBlock.Fields(octets.AsMemory(0, length)));
        verifier.WriteBody(octets.AsSpan(length + 2));
        var verdict = await verifier.FinishAsync(new TestZone(Zone), Cancellation);
        return (verdict.Result, string.Join(',', verdict.Sealers));
    }
}
