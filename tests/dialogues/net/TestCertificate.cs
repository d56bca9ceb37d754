using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CompatBot.Protocols.Net.Tls;

namespace CompatBot.DialogueTests.Net;

/// <summary>A self-made certificate for mail.test, made once for a test run.</summary>
internal static class TestCertificate
{
    private static readonly Lazy<TlsSettings> Made = new(() => new TlsSettings(Make()));

    public static TlsSettings Tls => Made.Value;

    public static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mail.test", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
