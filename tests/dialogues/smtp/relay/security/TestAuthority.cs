using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CompatBot.DialogueTests.Smtp.Relay.Security;

/// <summary>An authority of the test's own, and certificates of it.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private readonly List<IDisposable> _owned = [];

    public TestAuthority(string name = "Test Authority")
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Certificate = request.CreateSelfSigned(Now.AddYears(-3), Now.AddYears(3));
        _owned.AddRange([key, Certificate]);
    }

    public X509Certificate2 Certificate { get; }

    /// <param name="days">How long it is still good.</param>
    public X509Certificate2 Issue(string host, int days = 30)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var bare = request.Create(Certificate, Now.AddYears(-2), Now.AddDays(days), RandomNumberGenerator.GetBytes(8));
        var certificate = bare.CopyWithPrivateKey(key);
        _owned.AddRange([key, certificate]);
        return certificate;
    }

    public void Dispose()
    {
        foreach (var one in _owned) one.Dispose();
    }
}
