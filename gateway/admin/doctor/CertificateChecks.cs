using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CompatBot.Gateway.Admin.Doctor;

/// <summary>The certificate: it parses, fits its key, is valid now and for a while; the key is nobody else's.</summary>
internal static class CertificateChecks
{
    /// <summary>Time left below which a renewal is overdue: automatic ones happen with a month to go.</summary>
    public static readonly TimeSpan SoonExpired = TimeSpan.FromDays(14);

    private const string Check = "certificate";

    public static IEnumerable<Finding> Look(Patient patient)
    {
        var isOwn = patient.CertificateFile is null;
        var certificateFile = patient.CertificateFile ?? Path.Combine(patient.DataDirectory, "tls", "certificate.pem");
        var keyFile = patient.KeyFile ?? Path.Combine(patient.DataDirectory, "tls", "key.pem");
        if (isOwn && !File.Exists(certificateFile)) return [Finding.Ok(Check, "none yet: the server makes one at its first start")];
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            return [Dates(certificate, patient.Time.GetUtcNow(), isOwn), .. Name(certificate, patient.Hostname), .. Key(keyFile)];
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return [Finding.Problem(
                Check,
                $"{certificateFile} and {keyFile} are not usable: {error.Message}",
                isOwn ? "delete both: the server makes new ones" : "give a PEM certificate and the PEM key that belongs to it")];
        }
    }

    private static Finding Dates(X509Certificate2 certificate, DateTimeOffset now, bool isOwn)
    {
        var (from, until) = (new DateTimeOffset(certificate.NotBefore), new DateTimeOffset(certificate.NotAfter));
        var advice = isOwn ? "restart the server: it makes a new one" : "renew it; the server reads new files by itself";
        if (now < from) return Finding.Problem(Check, $"valid only from {from.ToUniversalTime():u}", "check the clock");
        if (now > until) return Finding.Problem(Check, $"expired {until.ToUniversalTime():u}: clients refuse it", advice);
        return until - now < SoonExpired
            ? Finding.Warning(Check, $"expires in {(until - now).Days} days", advice)
            : Finding.Ok(Check, $"valid until {until.ToUniversalTime():u}{(isOwn ? ", self-made: clients ask once" : "")}");
    }

    private static IEnumerable<Finding> Name(X509Certificate2 certificate, string hostname)
    {
        if (System.Net.IPAddress.TryParse(hostname, out _) || certificate.MatchesHostname(hostname, allowCommonName: false)) yield break;
        yield return Finding.Warning(
            Check, $"it does not name {hostname}", "get one that names the host, or give the --hostname that it names");
    }

    private static IEnumerable<Finding> Key(string keyFile)
    {
        var mode = File.GetUnixFileMode(keyFile);
        if ((mode & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite)) == 0) yield break;
        yield return Finding.Problem(
            Check, $"others may use the key {keyFile}", $"chmod o=,g-w {keyFile}, and get a new certificate if others were here");
    }
}
