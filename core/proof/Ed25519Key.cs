using CompatBot.Core.Vault;

namespace CompatBot.Core.Proof;

/// <summary>An Ed25519 key pair in locked memory (RFC 8032).</summary>
public sealed class Ed25519Key : IDisposable
{
    /// <summary>Bytes of the seed, which is all that is kept of it.</summary>
    public const int SeedBytes = Sodium.KeyBytes;

    public const int SignatureBytes = 64;

    private readonly SecretBytes _pair = SecretBytes.Zeroed(2 * Sodium.KeyBytes);
    private readonly byte[] _publicKey = new byte[Sodium.KeyBytes];

    public Ed25519Key(ReadOnlySpan<byte> seed) => Sodium.SignKeyPair(_publicKey, _pair.Writable, seed);

    public ReadOnlyMemory<byte> PublicKey => _publicKey;

    /// <summary>The seed, for keys that are made from it. Use it while nobody can dispose of the key.</summary>
    internal ReadOnlySpan<byte> Seed => _pair.Span[..SeedBytes];

    /// <returns>False for what is no signature of the message by this key, or no key.</returns>
    public static bool Verify(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ReadOnlySpan<byte> publicKey) =>
        Sodium.Verify(signature, message, publicKey);

    /// <param name="signature">64 bytes.</param>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        using var hold = _pair.Use();
        Sodium.Sign(signature, message, _pair.Span);
    }

    public void Dispose() => _pair.Dispose();

    public override string ToString() => "(signing key)";
}
