using CompatBot.Core.Items.Sharing;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Journal;

/// <summary>Opens the entries of a journal one by one, as far as a device of the account may: also what members of shares wrote.</summary>
/// <param name="keyring">Must live on.</param>
internal sealed class EntryReader(Keyring keyring) : IDisposable
{
    private readonly Dictionary<Realm, ShareKeys> _shares = [];
    private readonly Dictionary<RealmKey, SecretBytes> _namings = [];

    /// <summary>What names the content that members of shares wrote, of those whose entries were opened.</summary>
    public IEnumerable<SecretBytes> ShareNamings => _namings.Values;

    /// <summary>Whether the device has the key of an entry's realm.</summary>
    public bool Knows(in EntryHeader header) =>
        header.Flags.HasFlag(EntryFlags.HasNoBody) ? keyring.KeysOf(header.Realm) is not null
            : keyring.Find(header.Realm, header.Epoch) is not null;

    /// <returns>What it says; null when it, or a part of it, does not open.</returns>
    public Change? Open(ReadOnlySpan<byte> stored)
    {
        if (!EntrySeal.TryReadHeader(stored, out var header)) return null;
        var shares = header.Flags.HasFlag(EntryFlags.HasParts) ? SharesOf(header.Realm) : null;
        if (header.Flags.HasFlag(EntryFlags.HasNoBody))
        {
            var change = shares?.OpenPart(stored);
            foreach (var share in shares?.Known ?? [])
            {
                if (!_namings.ContainsKey(share)) _namings.Add(share, ShareKey.Naming(share, keyring.Account));
            }

            return change;
        }

        foreach (var part in EntrySeal.PartsOf(stored))
        {
            if (shares?.Find(part.Epoch, part.Number) is not { } share) return null;
            if (PartSeal.Open(share, keyring.Account, stored, part) is null) return null;
        }

        return keyring.Find(header.Realm, header.Epoch) is { } key && EntrySeal.Open(key, keyring.Account, stored) is { } body
            ? Change.Parser.ParseFrom(body)
            : null;
    }

    private ShareKeys? SharesOf(Realm realm)
    {
        if (_shares.TryGetValue(realm, out var shares)) return shares;
        if (keyring.KeysOf(realm) is not { } keys) return null;
        _shares.Add(realm, shares = new ShareKeys(keyring.Account, keys));
        return shares;
    }

    public void Dispose()
    {
        foreach (var shares in _shares.Values) shares.Dispose();
        foreach (var naming in _namings.Values) naming.Dispose();
    }
}
