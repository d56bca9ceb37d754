using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>The public half of a realm's sealing pair: whoever has it can drop something in, and only the realm's key reads it.</summary>
public sealed record SealingKey(Realm Realm, uint Epoch, ReadOnlyMemory<byte> PublicKey);

/// <summary>What opens one realm of one account in one epoch, all derived from one secret.</summary>
public sealed class RealmKey : IDisposable
{
    /// <summary>Secret, journal, snapshot, piece names, sealing: 32 bytes each.</summary>
    internal const int BlockBytes = 5 * Sodium.KeyBytes;

    private readonly SecretBytes _block;

    /// <param name="block">Its first 32 bytes are the realm secret; the rest is derived here.</param>
    internal RealmKey(AccountId account, Realm realm, uint epoch, SecretBytes block)
    {
        (_block, Realm, Epoch) = (block, realm, epoch);
        Secret = block.Slice(0, Sodium.KeyBytes);
        JournalKey = Derive(1, KeyLabel.Journal);
        SnapshotKey = Derive(2, KeyLabel.Snapshot);
        PieceKey = Derive(3, KeyLabel.Piece);
        SealingSecret = Derive(4, KeyLabel.Sealing);
        var publicKey = new byte[Sodium.KeyBytes];
        Sodium.BoxPublicKey(publicKey, SealingSecret.Span);
        SealingKey = new(realm, epoch, publicKey);

        SecretBytes Derive(int index, ReadOnlySpan<byte> label)
        {
            var derived = block.Slice(index * Sodium.KeyBytes, Sodium.KeyBytes);
            KeyLabel.Derive(Secret.Span, account, label, realm, epoch, derived.Writable);
            return derived;
        }
    }

    public Realm Realm { get; }

    public uint Epoch { get; }

    public SecretBytes JournalKey { get; }

    public SecretBytes SnapshotKey { get; }

    public SealingKey SealingKey { get; }

    internal SecretBytes Secret { get; }

    internal SecretBytes PieceKey { get; }

    internal SecretBytes SealingSecret { get; }

    /// <summary>A key of its own, from a realm secret; a keyring's keys share the keyring's block instead.</summary>
    public static RealmKey FromSecret(AccountId account, Realm realm, uint epoch, ReadOnlySpan<byte> secret)
    {
        var block = SecretBytes.Zeroed(BlockBytes);
        secret[..Sodium.KeyBytes].CopyTo(block.Writable);
        return new(account, realm, epoch, block);
    }

    public void Dispose() => _block.Dispose();

    public override string ToString() => "(key)";
}
