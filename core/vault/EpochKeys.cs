using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>One epoch of a keyring.</summary>
/// <param name="ShareNaming">What a device that another account uses has in the place of the naming key: it follows from that.</param>
internal sealed record EpochKeys(uint Epoch, SecretBytes? Master, SecretBytes Naming, SecretBytes ShareNaming, RealmKey[] Realms);

/// <summary>Lays the keys of a keyring into its one block and derives what follows from them.</summary>
internal ref struct KeyringBuilder(AccountId account, SecretBytes block)
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

        return new(epoch, null, naming, ShareNaming(naming, epoch), realms);
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

        return new(epoch, master, naming, ShareNaming(naming, epoch), realms);
    }

    private SecretBytes ShareNaming(SecretBytes naming, uint epoch)
    {
        var key = Take(Sodium.KeyBytes);
        KeyLabel.Derive(naming.Span, account, KeyLabel.ShareNaming, 0, epoch, key.Writable);
        return key;
    }

    private SecretBytes Take(int length)
    {
        var part = block.Slice(_used, length);
        _used += length;
        return part;
    }
}
