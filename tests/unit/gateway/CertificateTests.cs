using System.Net;
using System.Security.Cryptography.X509Certificates;
using CompatBot.Gateway.Tls;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.UnitTests.Gateway;

public sealed class CertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_self_made_certificate_names_the_host_and_the_address()
    {
        var (pem, key) = SelfMadeCertificate.Make("mail.example.org", IPAddress.Parse("192.0.2.7"), Now);
        using var certificate = X509Certificate2.CreateFromPem(pem, key);
        Assert.True(certificate.MatchesHostname("mail.example.org", allowCommonName: false));
        Assert.True(certificate.MatchesHostname("localhost", allowCommonName: false));
        Assert.True(certificate.MatchesHostname("192.0.2.7", allowCommonName: false));
        Assert.True(certificate.MatchesHostname("127.0.0.1", allowCommonName: false));
        Assert.False(certificate.MatchesHostname("other.example.org", allowCommonName: false));
        Assert.True(certificate.HasPrivateKey);
        Assert.True(certificate.NotAfter.ToUniversalTime() < Now.UtcDateTime.AddDays(398), "browsers refuse longer ones");
    }

    [Fact]
    public void It_is_kept_until_it_runs_out_or_the_host_is_renamed()
    {
        var first = Ensure("a.example.org", Now);
        Assert.Equal(first, Ensure("a.example.org", Now.AddDays(300)));
        var renewed = Ensure("a.example.org", Now + SelfMadeCertificate.Lifetime - SelfMadeCertificate.RenewBefore);
        Assert.NotEqual(first, renewed);
        Assert.NotEqual(renewed, Ensure("b.example.org", Now + SelfMadeCertificate.Lifetime));
    }

    [Fact]
    public void One_that_was_made_while_the_clock_was_years_ahead_is_replaced_and_an_hour_back_is_borne()
    {
        var ahead = Ensure("a.example.org", Now.AddYears(10));
        var today = Ensure("a.example.org", Now);
        Assert.NotEqual(ahead, today);
        Assert.Equal(today, Ensure("a.example.org", Now.AddHours(-1)));
    }

    [Fact]
    public void Only_the_owner_may_read_the_key()
    {
        var (_, key) = SelfMadeCertificate.Ensure(_folder, "localhost", IPAddress.Loopback, Now);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(key)!));
    }

    [Fact]
    public void A_pair_that_does_not_fit_is_made_anew()
    {
        var (_, key) = SelfMadeCertificate.Ensure(_folder, "localhost", IPAddress.Loopback, Now);
        File.WriteAllText(key, SelfMadeCertificate.Make("localhost", IPAddress.Loopback, Now).Key);
        var (certificate, _) = SelfMadeCertificate.Ensure(_folder, "localhost", IPAddress.Loopback, Now);
        using var pair = X509Certificate2.CreateFromPemFile(certificate, key);
        Assert.True(pair.HasPrivateKey);
    }

    [Fact]
    public void A_changed_file_is_handed_on_and_a_broken_one_is_not()
    {
        var time = new ManualTime();
        var (certificateFile, keyFile) = SelfMadeCertificate.Ensure(_folder, "localhost", IPAddress.Loopback, Now);
        using var files = new CertificateFiles(certificateFile, keyFile, null, time, NullLogger<CertificateFiles>.Instance);
        Assert.True(files.Read().Certificate.HasPrivateKey);
        var seen = new List<string>();
        files.Watch(pair => seen.Add(pair.Certificate.Thumbprint));
        time.Advance(CertificateFiles.CheckEvery);
        Assert.Empty(seen);

        File.WriteAllText(certificateFile, "not a certificate");
        time.Advance(CertificateFiles.CheckEvery);
        Assert.Empty(seen);

        var (certificate, key) = SelfMadeCertificate.Make("localhost", IPAddress.Loopback, Now);
        File.WriteAllText(certificateFile, certificate);
        File.WriteAllText(keyFile, key);
        time.Advance(CertificateFiles.CheckEvery);
        Assert.Equal([X509Certificate2.CreateFromPem(certificate).Thumbprint], seen);
    }

    private string Ensure(string hostname, DateTimeOffset now) =>
        File.ReadAllText(SelfMadeCertificate.Ensure(_folder, hostname, IPAddress.Loopback, now).Certificate);
}
