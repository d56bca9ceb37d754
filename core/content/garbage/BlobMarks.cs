using CompatBot.Core.Store;

namespace CompatBot.Core.Content.Garbage;

/// <summary>
/// The names that a garbage collection must keep: eight bytes each. Names are MACs, so two that begin alike are one in 2^64, and then
/// a piece of garbage is kept.
/// </summary>
internal sealed class BlobMarks
{
    private readonly List<ulong> _prefixes = [];
    private bool _sorted = true;

    /// <summary>Names that were added, those that came twice counted twice until they are first looked up.</summary>
    public int Count => _prefixes.Count;

    public void Add(BlobName name)
    {
        _prefixes.Add(name.Prefix);
        _sorted = false;
    }

    public bool Contains(BlobName name)
    {
        if (!_sorted)
        {
            _prefixes.Sort();
            _sorted = true;
        }

        return _prefixes.BinarySearch(name.Prefix) >= 0;
    }
}
