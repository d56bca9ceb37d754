using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Proof;

/// <summary>
/// The server's own Ed25519 key. It opens nothing of any account's store: it signs heads of journals while no device of their account
/// is connected that could, and what the host keeps for itself (mail on its way to other servers) is sealed under keys made from it.
/// </summary>
public sealed class HostKey : IDisposable
{
    /// <summary>Bytes of the seed, which is all that is kept of it.</summary>
    public const int SeedBytes = Sodium.KeyBytes;

    private readonly SecretBytes _pair = SecretBytes.Zeroed(2 * Sodium.KeyBytes);
    private readonly byte[] _publicKey = new byte[Sodium.KeyBytes];

    public HostKey(ReadOnlySpan<byte> seed) => Sodium.SignKeyPair(_publicKey, _pair.Writable, seed);

    public ReadOnlyMemory<byte> PublicKey => _publicKey;

    internal void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        using var hold = _pair.Use();
        Sodium.Sign(signature, message, _pair.Span);
    }

    /// <summary>A key for one purpose of the host's own.</summary>
    internal SecretBytes DeriveKey(AccountId shelf, ReadOnlySpan<byte> label)
    {
        using var hold = _pair.Use();
        var key = SecretBytes.Zeroed(Sodium.KeyBytes);
        KeyLabel.Derive(_pair.Span[..SeedBytes], shelf, label, default, 0, key.Writable);
        return key;
    }

    public void Dispose() => _pair.Dispose();

    public override string ToString() => "(host key)";
}
