using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CompatBot.Protocols.Smtp.Relay.Security;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Relay.Security;

/// <summary>Which certificates TLSA records name (RFC 7672 section 3.1).</summary>
public sealed class TlsaTests
{
    private const string Host = "mx.remote.example";

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    public void A_named_certificate_needs_neither_name_nor_date(byte selector, byte matching)
    {
        using var authority = new TestAuthority();
        var good = authority.Issue("other.example", days: -10);
        Assert.Null(Verify([Record(3, selector, matching, good)], good));
        Assert.Equal(TlsFailure.Validation, Verify([Record(3, selector, matching, good)], authority.Issue(Host)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    public void Below_a_named_authority_name_and_date_count(byte selector, byte matching)
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority();
        IReadOnlyList<Tlsa> records = [Record(2, selector, matching, authority.Certificate)];
        Assert.Null(Verify(records, authority.Issue(Host), authority.Certificate));
        Assert.Equal(TlsFailure.HostMismatch, Verify(records, authority.Issue("mx.other.example"), authority.Certificate));
        Assert.Equal(TlsFailure.Validation, Verify(records, other.Issue(Host), authority.Certificate));
        Assert.Equal(TlsFailure.Validation, Verify(records, other.Issue(Host), other.Certificate));
        Assert.NotNull(Verify(records, authority.Issue(Host, days: -10), authority.Certificate));
    }

    [Fact]
    public void An_authority_that_stands_whole_in_the_DNS_need_not_be_sent()
    {
        using var authority = new TestAuthority();
        Assert.Null(Verify([Record(2, 0, 0, authority.Certificate)], authority.Issue(Host)));
        Assert.Equal(TlsFailure.Validation, Verify([Record(2, 0, 1, authority.Certificate)], authority.Issue(Host)));
    }

    [Fact]
    public void Records_that_mail_cannot_use_are_left_out()
    {
        using var authority = new TestAuthority();
        byte[] hash = SHA256.HashData([1]);
        Assert.Empty(Tlsa.Usable([[0, 0, 1, .. hash], [1, 1, 1, .. hash], [3, 2, 1, .. hash], [3, 1, 3, .. hash], [3, 1, 1, 5], [3], []]));
        Assert.Equal(2, Tlsa.Usable([[3, 1, 1, .. hash], [2, 0, 1, .. hash]]).Count);
    }

    private static string? Verify(IReadOnlyList<Tlsa> records, X509Certificate2 certificate, params X509Certificate2[] sent) =>
        Tlsa.Verify(records, certificate, sent, Host, TimeProvider.System.GetUtcNow());

    internal static Tlsa Record(byte usage, byte selector, byte matching, X509Certificate2 certificate)
    {
        var octets = selector == 0 ? certificate.RawData : certificate.PublicKey.ExportSubjectPublicKeyInfo();
        return new Tlsa(usage, selector, matching, matching switch
        {
            1 => SHA256.HashData(octets),
            2 => SHA512.HashData(octets),
            _ => octets,
        });
    }
}
