using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Tls;

/// <summary>The certificate of a server that was given none: ECDSA P-256, kept so that clients meet the same one again.</summary>
public static class SelfMadeCertificate
{
    /// <summary>Apple's clients refuse server certificates that live longer than 825 days; browsers, longer than 398.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(397);

    /// <summary>A certificate with less than this left is made anew at the next start or check.</summary>
    public static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Makes certificate and key (PEM) for a host name and an address.</summary>
    public static (string Certificate, string Key) Make(string hostname, IPAddress bind, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={hostname}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        request.CertificateExtensions.Add(Names(hostname, bind));
        using var certificate = request.CreateSelfSigned(now.AddHours(-1), now + Lifetime);
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public static string FileOf(string dataDirectory) => Path.Combine(dataDirectory, "tls", "certificate.pem");

    /// <summary>Makes the files, or makes them anew when they run out, are not valid yet, do not parse, or name another host.</summary>
    /// <returns>Paths of certificate and key.</returns>
    public static (string Certificate, string Key) Ensure(string dataDirectory, string hostname, IPAddress bind, DateTimeOffset now)
    {
        var folder = DataDirectory.EnsurePrivate(Path.Combine(dataDirectory, "tls"));
        var (certificateFile, keyFile) = (FileOf(dataDirectory), Path.Combine(folder, "key.pem"));
        if (IsUsable(certificateFile, keyFile, hostname, now)) return (certificateFile, keyFile);
        var (certificate, key) = Make(hostname, bind, now);

        // The key first: a crash in between leaves a pair that does not fit, which the next start notices and replaces.
        DataDirectory.ReplacePrivate(keyFile, key);
        DataDirectory.ReplacePrivate(certificateFile, certificate);
        return (certificateFile, keyFile);
    }

    private static bool IsUsable(string certificateFile, string keyFile, string hostname, DateTimeOffset now)
    {
        if (!File.Exists(certificateFile) || !File.Exists(keyFile)) return false;
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            return certificate.NotAfter.ToUniversalTime() - RenewBefore > now.UtcDateTime
                && certificate.NotBefore.ToUniversalTime() <= now.UtcDateTime // Made while the clock was ahead, it is of no use now.
                && (IPAddress.TryParse(hostname, out _) || certificate.MatchesHostname(hostname, allowCommonName: false));
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            return false; // Half written or mixed up: Ensure makes a new pair.
        }
    }

    private static X509Extension Names(string hostname, IPAddress bind)
    {
        var names = new SubjectAlternativeNameBuilder();
        var addresses = new HashSet<IPAddress> { IPAddress.Loopback, IPAddress.IPv6Loopback };
        if (!bind.Equals(IPAddress.Any) && !bind.Equals(IPAddress.IPv6Any)) addresses.Add(bind);
        if (IPAddress.TryParse(hostname, out var address)) addresses.Add(address);
        else names.AddDnsName(hostname);
        if (hostname != "localhost") names.AddDnsName("localhost");
        foreach (var one in addresses) names.AddIpAddress(one);
        return names.Build();
    }
}
