using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CompatBot.Protocols.Smtp.Relay.Security;

/// <summary>One TLSA record (RFC 6698 section 2.1) of a mail server.</summary>
/// <param name="Usage">2: an authority that signed the certificate. 3: the certificate itself. Others mean nothing for mail.</param>
/// <param name="Selector">0: the whole certificate. 1: its public key.</param>
/// <param name="Matching">0: the octets. 1: their SHA-256. 2: their SHA-512.</param>
internal sealed record Tlsa(byte Usage, byte Selector, byte Matching, byte[] Data)
{
    private const byte Authority = 2, EndEntity = 3;

    /// <summary>Records that are looked at, the first ones.</summary>
    public const int RecordsMax = 16;

    /// <returns>Those that mail can use (RFC 7672 section 3.1); perhaps none.</returns>
    public static IReadOnlyList<Tlsa> Usable(IEnumerable<byte[]> records) =>
        [.. records.Where(data => data.Length > 3).Select(data => new Tlsa(data[0], data[1], data[2], data[3..]))
            .Where(one => one.Usage is Authority or EndEntity && one.Selector is 0 or 1 && one.Matching switch
            {
                0 => true,
                1 => one.Data.Length == SHA256.HashSizeInBytes,
                2 => one.Data.Length == SHA512.HashSizeInBytes,
                _ => false,
            })
            .Take(RecordsMax)];

    /// <summary>RFC 7672 section 3.1: a named certificate needs no more; below a named authority name and dates count too.</summary>
    /// <param name="sent">The other certificates that the server sent.</param>
    /// <returns>Null when a record names the certificate, or an authority of it; else how it failed.</returns>
    public static string? Verify(
        IReadOnlyList<Tlsa> records, X509Certificate2 certificate, IReadOnlyList<X509Certificate2> sent, string host, DateTimeOffset now)
    {
        if (records.Any(one => one.Usage == EndEntity && one.Names(certificate))) return null;
        var anchors = sent.Where(other => records.Any(one => one.Usage == Authority && one.Names(other))).ToList();
        using var inDns = new Owned(records.Where(one => one is { Usage: Authority, Selector: 0, Matching: 0 }).Select(Load));
        anchors.AddRange(inDns.All);
        if (!anchors.Any(anchor => IsBelow(certificate, anchor, sent, now))) return TlsFailure.Validation;
        if (!certificate.MatchesHostname(host)) return TlsFailure.HostMismatch;
        return now < certificate.NotBefore || now > certificate.NotAfter ? TlsFailure.Expired : null;
    }

    private bool Names(X509Certificate2 certificate)
    {
        var octets = Selector == 0 ? certificate.RawData : certificate.PublicKey.ExportSubjectPublicKeyInfo();
        return Matching switch
        {
            1 => SHA256.HashData(octets),
            2 => SHA512.HashData(octets),
            _ => octets,
        } is var found && found.AsSpan().SequenceEqual(Data);
    }

    private static bool IsBelow(
        X509Certificate2 certificate, X509Certificate2 anchor, IReadOnlyList<X509Certificate2> sent, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(anchor);
        foreach (var other in sent) chain.ChainPolicy.ExtraStore.Add(other);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.DisableCertificateDownloads = true;

        // An intermediate authority may be named, whose own issuer nobody knows.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        return chain.Build(certificate) && chain.ChainElements.Any(one => one.Certificate.RawDataMemory.Span.SequenceEqual(anchor.RawData));
    }

    private static X509Certificate2? Load(Tlsa record)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(record.Data);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private sealed class Owned(IEnumerable<X509Certificate2?> certificates) : IDisposable
    {
        public IReadOnlyList<X509Certificate2> All { get; } = [.. certificates.OfType<X509Certificate2>()];

        public void Dispose()
        {
            foreach (var one in All) one.Dispose();
        }
    }
}
