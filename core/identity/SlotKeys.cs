using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Identity;

/// <summary>The two independent values of a credential: what recognizes it, and what opens its key slot.</summary>
internal sealed class SlotKeys : IDisposable
{
    private readonly SecretBytes _block = SecretBytes.Zeroed(2 * Sodium.KeyBytes);

    /// <param name="secret">The characters of an app password, or a stretched passphrase.</param>
    public SlotKeys(ReadOnlySpan<byte> secret, AccountId account)
    {
        Verifier = _block.Slice(0, Sodium.KeyBytes);
        WrapKey = _block.Slice(Sodium.KeyBytes, Sodium.KeyBytes);
        KeyLabel.Derive(secret, account, KeyLabel.Verifier, 0, 0, Verifier.Writable);
        KeyLabel.Derive(secret, account, KeyLabel.Wrap, 0, 0, WrapKey.Writable);
    }

    public SecretBytes Verifier { get; }

    public SecretBytes WrapKey { get; }

    public void Dispose() => _block.Dispose();
}
