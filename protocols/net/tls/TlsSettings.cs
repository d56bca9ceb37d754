using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CompatBot.Protocols.Net.Tls;

/// <summary>The certificate that line protocols show, replaceable while the server runs; TLS 1.2 and 1.3, sessions resumable.</summary>
public sealed class TlsSettings
{
    private volatile Shown _shown;

    /// <param name="certificate">With its private key.</param>
    /// <param name="chain">Intermediate certificates, sent along; never looked up in the network.</param>
    public TlsSettings(X509Certificate2 certificate, X509Certificate2Collection? chain = null) => _shown = new Shown(certificate, chain);

    /// <summary>What SslStream needs, made once for each certificate: session tickets are bound to it.</summary>
    /// <remarks>
    /// FTP speaks TLS 1.2 alone. In 1.3 tickets come behind the handshake; a client that uploads without ever reading (Go's, so rclone)
    /// leaves them unread, and its system then ends the connection with a reset that throws away the end of the file. Without tickets no
    /// data connection could resume the control connection's session, which FileZilla insists on. In 1.2 they are a part of the handshake.
    /// </remarks>
    internal SslServerAuthenticationOptions For(string protocol) => protocol == "ftp" ? _shown.FtpOptions : _shown.Options;

    /// <summary>The same for HTTP, which agrees on its version in the handshake (RFC 7301).</summary>
    public SslServerAuthenticationOptions HttpOptions => _shown.HttpOptions;

    /// <summary>Channel binding tls-server-end-point (RFC 5929 section 4) for connections that see the current certificate.</summary>
    internal ReadOnlyMemory<byte> EndPointBinding => _shown.EndPointBinding;

    /// <summary>New connections see the new certificate; open ones go on as they are.</summary>
    public void Replace(X509Certificate2 certificate, X509Certificate2Collection? chain = null) => _shown = new Shown(certificate, chain);

    /// <summary>The certificate's hash, by the hash of its own signature, MD5 and SHA-1 raised to SHA-256 (RFC 5929 section 4.1).</summary>
    internal static byte[] BindingOf(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(certificate.RawDataMemory.Span),
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(certificate.RawDataMemory.Span),
        _ => SHA256.HashData(certificate.RawDataMemory.Span),
    };

    private sealed class Shown(X509Certificate2 certificate, X509Certificate2Collection? chain)
    {
        public SslServerAuthenticationOptions Options { get; } = Make(certificate, chain);

        public SslServerAuthenticationOptions FtpOptions { get; } = MakeFtp(certificate, chain);

        public SslServerAuthenticationOptions HttpOptions { get; } =
            Make(certificate, chain, SslApplicationProtocol.Http2, SslApplicationProtocol.Http11);

        public ReadOnlyMemory<byte> EndPointBinding { get; } = BindingOf(certificate);

        private static SslServerAuthenticationOptions MakeFtp(X509Certificate2 certificate, X509Certificate2Collection? chain)
        {
            var options = Make(certificate, chain);
            options.EnabledSslProtocols = SslProtocols.Tls12;
            return options;
        }

        private static SslServerAuthenticationOptions Make(
            X509Certificate2 certificate, X509Certificate2Collection? chain, params List<SslApplicationProtocol> protocols) => new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = false,
            AllowRenegotiation = false,
            AllowTlsResume = true,
            ApplicationProtocols = protocols.Count > 0 ? protocols : null,
        };
    }
}
