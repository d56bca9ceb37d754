using System.Diagnostics.CodeAnalysis;

namespace CompatBot.Protocols.Net;

/// <summary>
/// A dictionary that forgets what was not touched for long, by two generations: at most twice <paramref name="generationMax"/>
/// entries, whatever strangers do, and no scan ever. Not thread-safe.
/// </summary>
internal sealed class RecentTable<TKey, TValue>(int generationMax) where TKey : notnull
{
    private Dictionary<TKey, TValue> _young = [];
    private Dictionary<TKey, TValue> _old = [];

    public int Count => _young.Count + _old.Count;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_young.TryGetValue(key, out value)) return true;
        if (!_old.Remove(key, out value)) return false;
        Set(key, value);
        return true;
    }

    public void Set(TKey key, TValue value)
    {
        _old.Remove(key);
        _young[key] = value;
        if (_young.Count < generationMax) return;
        (_old, _young) = (_young, []);
    }

    public void Remove(TKey key)
    {
        _young.Remove(key);
        _old.Remove(key);
    }
}
