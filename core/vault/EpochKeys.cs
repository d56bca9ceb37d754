using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>One epoch of a keyring.</summary>
/// <param name="ShareNaming">What a device that another account uses has in the place of the naming key: it follows from that.</param>
/// <param name="Envelope">What envelopes of the epoch are made with, whatever realm holds the blob, and whoever's the device is.</param>
internal sealed record EpochKeys(
    uint Epoch, SecretBytes? Master, SecretBytes Naming, SecretBytes ShareNaming, SecretBytes Envelope, RealmKey[] Realms);

/// <summary>Lays the keys of a keyring into its one block and derives what follows from them.</summary>
/// <param name="isShare">Of a device that another account uses: its naming keys are those of shares.</param>
internal ref struct KeyringBuilder(AccountId account, SecretBytes block, bool isShare)
{
    private int _used;

    public readonly SecretBytes Block => block;

    public SecretBytes Key(ReadOnlySpan<byte> bytes)
    {
        var key = Take(Sodium.KeyBytes);
        bytes.CopyTo(key.Writable);
        return key;
    }

    /// <param name="rest">At an epoch: number, count of keys, then kind and 32 bytes of each; moved behind it. Already measured.</param>
    public EpochKeys Epoch(ref ReadOnlySpan<byte> rest, uint epoch)
    {
        int count = rest[4];
        var keys = rest[5..];
        rest = keys[(count * (1 + Sodium.KeyBytes))..];
        if (keys[0] == Keyring.MasterKind) return FromMaster(epoch, keys.Slice(1, Sodium.KeyBytes));
        var naming = Key(keys.Slice(1, Sodium.KeyBytes));
        var realms = new RealmKey[count - 1];
        for (var i = 1; i < count; i++)
        {
            var key = keys[(i * (1 + Sodium.KeyBytes))..];
            var part = Take(RealmKey.BlockBytes);
            key.Slice(1, Sodium.KeyBytes).CopyTo(part.Writable);
            realms[i - 1] = new(account, (Realm)key[0], epoch, part);
        }

        var share = ShareNaming(naming, epoch);
        return new(epoch, null, naming, share, Envelope(isShare ? naming : share, epoch), realms);
    }

    private EpochKeys FromMaster(uint epoch, ReadOnlySpan<byte> bytes)
    {
        var master = Key(bytes);
        var naming = Take(Sodium.KeyBytes);
        KeyLabel.Derive(bytes, account, KeyLabel.Naming, 0, epoch, naming.Writable);
        var all = Enum.GetValues<Realm>();
        var realms = new RealmKey[all.Length];
        for (var i = 0; i < all.Length; i++)
        {
            var part = Take(RealmKey.BlockBytes);
            KeyLabel.Derive(bytes, account, KeyLabel.Realm, all[i], epoch, part.Writable[..Sodium.KeyBytes]);
            realms[i] = new(account, all[i], epoch, part);
        }

        var share = ShareNaming(naming, epoch);
        return new(epoch, master, naming, share, Envelope(share, epoch), realms);
    }

    private SecretBytes ShareNaming(SecretBytes naming, uint epoch)
    {
        var key = Take(Sodium.KeyBytes);
        KeyLabel.Derive(naming.Span, account, KeyLabel.ShareNaming, 0, epoch, key.Writable);
        return key;
    }

    private SecretBytes Envelope(SecretBytes shareNaming, uint epoch)
    {
        var key = Take(Sodium.KeyBytes);
        KeyLabel.Derive(shareNaming.Span, account, KeyLabel.Envelope, 0, epoch, key.Writable);
        return key;
    }

    private SecretBytes Take(int length)
    {
        var part = block.Slice(_used, length);
        _used += length;
        return part;
    }
}
