using System.Collections.Concurrent;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Items.Sharing;

/// <summary>The keys of shares, as who has the realm's keys makes them: once each.</summary>
internal sealed class ShareKeys(AccountId account, RealmKeys realm) : IDisposable
{
    private readonly ConcurrentDictionary<(uint Epoch, ulong Number), RealmKey> _keys = [];

    /// <summary>The keys that were needed so far.</summary>
    public IEnumerable<RealmKey> Known => _keys.Values;

    /// <returns>Null: the epoch is not known here.</returns>
    public RealmKey? Find(uint epoch, ulong number) => realm.Find(epoch) is { } key
        ? _keys.GetOrAdd((epoch, number), share => ShareKey.Of(key, account, share.Number))
        : null;

    /// <summary>What a member wrote, from an entry without a body; it says of which share.</summary>
    /// <returns>Null when it does not open.</returns>
    public Change? OpenPart(ReadOnlySpan<byte> stored)
    {
        if (EntrySeal.PartsOf(stored) is not [var part] || Find(part.Epoch, part.Number) is not { } key) return null;
        if (PartSeal.Open(key, account, stored, part) is not { } body) return null;
        var change = Change.Parser.ParseFrom(body);
        change.Share = part.Number;
        return change;
    }

    public void Dispose()
    {
        foreach (var key in _keys.Values) key.Dispose();
        _keys.Clear();
    }
}
