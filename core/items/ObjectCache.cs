using CompatBot.Core.Content;
using CompatBot.Formats.Vobject;

namespace CompatBot.Core.Items;

/// <summary>
/// Parsed calendar objects and contacts of an open realm, so that a question about thousands does not open and parse them all again.
/// What nobody asks for goes when there is no more room, and everything when the realm is closed.
/// </summary>
internal sealed class ObjectCache
{
    /// <summary>Octets, as they are stored, of what one realm keeps; parsed they take about four times as much.</summary>
    public const long RealmOctetsMax = 8 << 20;

    /// <summary>The same, of all open realms of the process together.</summary>
    public const long ProcessOctetsMax = 32 << 20;

    private static long _inProcess;

    private readonly Lock _lock = new();
    private Generation _young = new();
    private Generation _old = new();
    private bool _closed;

    /// <param name="root">Null where the octets did not parse.</param>
    public bool TryFind(ContentRef content, out Component? root)
    {
        lock (_lock)
        {
            if (_young.Objects.TryGetValue(content.Key, out var found) || _old.Objects.TryGetValue(content.Key, out found))
            {
                root = found.Root;
                if (_old.Objects.Remove(content.Key))
                {
                    _old.Octets -= found.Octets;
                    Add(content, found);
                }

                return true;
            }
        }

        root = null;
        return false;
    }

    public void Keep(ContentRef content, Component? root, int octets)
    {
        lock (_lock)
        {
            if (_closed || octets > RealmOctetsMax / 4 || _young.Objects.ContainsKey(content.Key)) return;
            if (Interlocked.Add(ref _inProcess, octets) > ProcessOctetsMax) Interlocked.Add(ref _inProcess, -octets);
            else Add(content, (root, octets));
        }
    }

    /// <summary>Forgets everything, for good.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Interlocked.Add(ref _inProcess, -(_young.Octets + _old.Octets));
            (_young, _old) = (new Generation(), new Generation());
        }
    }

    private void Add(ContentRef content, (Component? Root, int Octets) found)
    {
        _young.Objects.Add(content.Key, found);
        _young.Octets += found.Octets;
        if (_young.Octets <= RealmOctetsMax / 2) return;
        Interlocked.Add(ref _inProcess, -_old.Octets);
        (_young, _old) = (new Generation(), _young);
    }

    private sealed class Generation
    {
        public Dictionary<Vault.BlobKey, (Component? Root, int Octets)> Objects { get; } = [];

        public long Octets { get; set; }
    }
}
