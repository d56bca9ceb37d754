using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CompatBot.Gateway.Tls;

/// <summary>A certificate with its key, and the intermediates that came in its file, to send along.</summary>
public sealed record CertificatePair(X509Certificate2 Certificate, X509Certificate2Collection Chain);

/// <summary>The server's certificate in a PEM pair, looked at again now and then: a changed pair is handed on to the listeners.</summary>
public sealed class CertificateFiles : IDisposable
{
    public static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(5);

    private readonly string _certificateFile, _keyFile;
    private readonly Action<DateTimeOffset>? _renew;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private (DateTime Certificate, DateTime Key) _stamps;
    private ITimer? _timer;

    /// <param name="certificateFile">PEM: the certificate, then its intermediates.</param>
    /// <param name="keyFile">PEM: its private key.</param>
    /// <param name="renew">Makes the files anew when they run out; null for a certificate that somebody else looks after.</param>
    /// <param name="time">For the checks.</param>
    /// <param name="log">Says when a pair was read, or could not be.</param>
    public CertificateFiles(
        string certificateFile, string keyFile, Action<DateTimeOffset>? renew, TimeProvider time, ILogger<CertificateFiles> log)
    {
        (_certificateFile, _keyFile, _renew, _time, _log) = (certificateFile, keyFile, renew, time, log);
        _renew?.Invoke(time.GetUtcNow());
    }

    /// <summary>When the certificate that was read last runs out.</summary>
    public DateTimeOffset NotAfter { get; private set; }

    /// <summary>Reads the pair.</summary>
    /// <exception cref="CryptographicException">It does not parse.</exception>
    /// <exception cref="ArgumentException">The key does not fit.</exception>
    public CertificatePair Read()
    {
        var stamps = Stamps();
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_certificateFile);
        if (chain.Count > 0) chain.RemoveAt(0); // The first is the server's own.
        var pair = new CertificatePair(X509Certificate2.CreateFromPemFile(_certificateFile, _keyFile), chain);
        _stamps = stamps;
        NotAfter = pair.Certificate.NotAfter.ToUniversalTime();
        _log.CertificateRead(pair.Certificate.NotAfter.ToUniversalTime());
        return pair;
    }

    /// <summary>Calls with every new pair from now on; a pair that is unusable is logged, and the one before stays in service.</summary>
    public void Watch(Action<CertificatePair> changed) =>
        _timer = _time.CreateTimer(_ => Check(changed), null, CheckEvery, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer?.Dispose();

    private void Check(Action<CertificatePair> changed)
    {
        try
        {
            _renew?.Invoke(_time.GetUtcNow());
            // The pair before is left to the collector: handshakes under way may still hold it.
            if (Stamps() != _stamps) changed(Read());
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            _log.CertificateUnusable(error);
        }

        _timer?.Change(CheckEvery, Timeout.InfiniteTimeSpan);
    }

    private (DateTime Certificate, DateTime Key) Stamps() =>
        (File.GetLastWriteTimeUtc(_certificateFile), File.GetLastWriteTimeUtc(_keyFile));
}

internal static partial class TlsLog
{
    [LoggerMessage(5001, LogLevel.Information, "Certificate read, valid until {NotAfter:u}")]
    public static partial void CertificateRead(this ILogger log, DateTime notAfter);

    [LoggerMessage(5002, LogLevel.Warning, "The new certificate is unusable; the one before stays in service")]
    public static partial void CertificateUnusable(this ILogger log, Exception error);
}
