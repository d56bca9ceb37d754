using System.Security.Cryptography;
using CompatBot.Core.Proof;

namespace CompatBot.Protocols.Smtp.Dkim;

/// <summary>A key that signs mail of this server's domains (RFC 6376, RFC 8463).</summary>
/// <param name="selector">The label under which it is published.</param>
public abstract class DkimKey(string selector) : IDisposable
{
    public string Selector { get; } = selector;

    /// <summary>The tag "a" of a signature.</summary>
    public abstract string Algorithm { get; }

    /// <summary>The TXT record to publish at SELECTOR._domainkey.DOMAIN.</summary>
    public string Record => $"v=DKIM1; k={KeyType}; p={Convert.ToBase64String(PublicKey)}";

    protected abstract string KeyType { get; }

    /// <summary>The tag "p" of the record, decoded.</summary>
    protected abstract byte[] PublicKey { get; }

    /// <param name="hash">SHA-256 of what is signed.</param>
    public abstract byte[] Sign(ReadOnlySpan<byte> hash);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    public override string ToString() => $"(DKIM key {Selector})";

    protected abstract void Dispose(bool isDisposing);
}

/// <summary>rsa-sha256: what everyone verifies.</summary>
public sealed class RsaDkimKey : DkimKey
{
    /// <summary>RFC 8301 section 3.2: at least 2048; longer keys do not fit into a single string of a TXT record.</summary>
    public const int Bits = 2048;

    private readonly RSA _key = RSA.Create();

    /// <exception cref="CryptographicException">The text is no PEM of an RSA key.</exception>
    /// <exception cref="ArgumentException">The same.</exception>
    public RsaDkimKey(string selector, string pem) : base(selector) => _key.ImportFromPem(pem);

    public override string Algorithm => "rsa-sha256";

    protected override string KeyType => "rsa";

    protected override byte[] PublicKey => _key.ExportSubjectPublicKeyInfo();

    public override byte[] Sign(ReadOnlySpan<byte> hash)
    {
        lock (_key) return _key.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    protected override void Dispose(bool isDisposing) => _key.Dispose();
}

/// <summary>ed25519-sha256: short and fast, beside the other until everyone verifies it (RFC 8463).</summary>
public sealed class Ed25519DkimKey(string selector, ReadOnlySpan<byte> seed) : DkimKey(selector)
{
    private readonly Ed25519Key _key = new(seed);

    public override string Algorithm => "ed25519-sha256";

    protected override string KeyType => "ed25519";

    protected override byte[] PublicKey => _key.PublicKey.ToArray();

    public override byte[] Sign(ReadOnlySpan<byte> hash)
    {
        var signature = new byte[Ed25519Key.SignatureBytes];
        _key.Sign(hash, signature);
        return signature;
    }

    protected override void Dispose(bool isDisposing) => _key.Dispose();
}
