using CompatBot.Core.Store;

namespace CompatBot.Core.Journal;

/// <summary>Which older roots of snapshots are kept, and what they name. Used under the lock of whoever writes snapshots.</summary>
internal sealed class Milestones
{
    /// <summary>Entries from one to the next: replaying as many takes some ten milliseconds.</summary>
    public const ulong Every = 4096;

    /// <summary>Beyond this, those that are nearest to their neighbours go, so that the rest lie evenly.</summary>
    public const int CountMax = 16;

    /// <summary>In ascending order; a milestone's segments are null until they are read.</summary>
    private readonly SortedList<ulong, HashSet<BlobName>?> _kept = [];

    /// <summary>Those whose segments nobody has read yet.</summary>
    public IReadOnlyList<ulong> Unread
    {
        get
        {
            lock (_kept) return [.. _kept.Where(one => one.Value is null).Select(one => one.Key)];
        }
    }

    public void Know(IEnumerable<ulong> milestones)
    {
        lock (_kept)
        {
            _kept.Clear();
            foreach (var one in milestones) _kept[one] = null;
        }
    }

    /// <summary>Says which segments a milestone names; null: it is lost.</summary>
    public void Read(ulong milestone, IEnumerable<BlobName>? segments)
    {
        lock (_kept)
        {
            if (segments is null) _kept.Remove(milestone);
            else _kept[milestone] = [.. segments];
        }
    }

    /// <summary>Up to an entry, the newest first.</summary>
    public IReadOnlyList<ulong> UpTo(ulong sequence)
    {
        lock (_kept) return [.. _kept.Keys.Where(one => one <= sequence).Reverse()];
    }

    /// <summary>The milestones that there should be once a snapshot at an entry is written.</summary>
    public IReadOnlyList<ulong> Next(ulong sequence, ulong forgottenThrough)
    {
        List<ulong> next;
        lock (_kept) next = [.. _kept.Keys];
        if (sequence >= next.LastOrDefault() + Every) next.Add(sequence);
        while (next.Count > 1 && next[1] <= forgottenThrough) next.RemoveAt(0); // The last one before stays: moments after it begin there.
        while (next.Count > CountMax)
        {
            next.RemoveAt(Enumerable.Range(1, next.Count - 2).MinBy(i => next[i + 1] - next[i - 1]));
        }

        return next;
    }

    public IEnumerable<ulong> NotIn(IReadOnlyList<ulong> next)
    {
        lock (_kept) return [.. _kept.Keys.Except(next)];
    }

    public HashSet<BlobName> SegmentsOf(IEnumerable<ulong> milestones)
    {
        lock (_kept) return [.. milestones.SelectMany(one => _kept.GetValueOrDefault(one) ?? [])];
    }

    /// <summary>The next milestones are written.</summary>
    /// <param name="next">All of them.</param>
    /// <param name="segments">Those of the last one, if it is new.</param>
    public void Keep(IReadOnlyList<ulong> next, HashSet<BlobName>? segments)
    {
        lock (_kept)
        {
            foreach (var gone in _kept.Keys.Except(next).ToList()) _kept.Remove(gone);
            if (segments is not null) _kept[next[^1]] = segments;
        }
    }
}
