using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Tls;

/// <summary>Where the server's certificate comes from: the files that were named, or a self-made pair that renews itself.</summary>
internal static class ServerCertificate
{
    public static CertificateFiles Open(ServeOptions options, TimeProvider time, ILoggerFactory logs)
    {
        var log = logs.CreateLogger<CertificateFiles>();
        if (options is { TlsCertificateFile: { } certificate, TlsKeyFile: { } key })
        {
            return new CertificateFiles(certificate, key, null, time, log);
        }

        var (ownCertificate, ownKey) = SelfMadeCertificate.Ensure(options.DataDirectory, options.Hostname, options.Bind, time.GetUtcNow());
        return new CertificateFiles(
            ownCertificate,
            ownKey,
            now => SelfMadeCertificate.Ensure(options.DataDirectory, options.Hostname, options.Bind, now),
            time,
            log);
    }
}
