using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// One realm's keys of every epoch, as an open account uses them: a rotation adds the new epoch while the realm is at work. What is
/// sealed takes <see cref="Newest"/> once and uses that one key throughout.
/// </summary>
public sealed class RealmKeys
{
    private RealmKey[] _keys;

    /// <param name="keys">Newest first, all of one realm, at least one.</param>
    public RealmKeys(params IEnumerable<RealmKey> keys)
    {
        _keys = [.. keys];
        ArgumentOutOfRangeException.ThrowIfZero(_keys.Length, nameof(keys));
    }

    public Realm Realm => Newest.Realm;

    /// <summary>What everything written from now on is sealed under.</summary>
    public RealmKey Newest => Volatile.Read(ref _keys)[0];

    /// <summary>Keys of the epochs before the newest, newest first.</summary>
    public IEnumerable<RealmKey> Older => Volatile.Read(ref _keys).Skip(1);

    /// <summary>Null for an epoch that is not known here.</summary>
    public RealmKey? Find(uint epoch) => Array.Find(Volatile.Read(ref _keys), key => key.Epoch == epoch);

    /// <summary>Takes the keys of a keyring that knows a newer epoch; those from before must live on until nobody uses them.</summary>
    internal void Adopt(RealmKeys newer)
    {
        if (newer.Newest.Epoch > Newest.Epoch) Volatile.Write(ref _keys, newer._keys);
    }

    public override string ToString() => "(keys)";
}
