using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Proof;

/// <summary>
/// The server's own Ed25519 key. It opens nothing of any account's store: it signs heads of journals while no device of their account
/// is connected that could, and what the host keeps for itself (mail on its way to other servers) is sealed under keys made from it.
/// </summary>
public sealed class HostKey(ReadOnlySpan<byte> seed) : IDisposable
{
    /// <summary>Bytes of the seed, which is all that is kept of it.</summary>
    public const int SeedBytes = Ed25519Key.SeedBytes;

    private readonly Ed25519Key _key = new(seed);

    public ReadOnlyMemory<byte> PublicKey => _key.PublicKey;

    internal void Sign(ReadOnlySpan<byte> message, Span<byte> signature) => _key.Sign(message, signature);

    /// <summary>A key for one purpose of the host's own.</summary>
    internal SecretBytes DeriveKey(AccountId shelf, ReadOnlySpan<byte> label)
    {
        var key = SecretBytes.Zeroed(Sodium.KeyBytes);
        KeyLabel.Derive(_key.Seed, shelf, label, default, 0, key.Writable);
        return key;
    }

    public void Dispose() => _key.Dispose();

    public override string ToString() => "(host key)";
}
