using CompatBot.Core.Store;

namespace CompatBot.Core.Items;

/// <summary>
/// The items of a collection in ordinal order of their names. Immutable: a change gives a successor that shares every segment it did not
/// touch.
/// </summary>
public sealed class ItemTable
{
    private readonly ItemSegment[] _segments;

    private ItemTable(ItemSegment[] segments, int count) => (_segments, Count) = (segments, count);

    public static ItemTable Empty { get; } = new([], 0);

    public int Count { get; }

    public IEnumerable<ItemRow> Rows => _segments.SelectMany(segment => segment.Rows);

    internal IReadOnlyList<ItemSegment> Segments => _segments;

    public ItemRow? Find(string name)
    {
        if (_segments.Length == 0) return null;
        var segment = _segments[SegmentOf(name)];
        return segment.IndexOf(name) is >= 0 and var at ? segment.Rows[at] : null;
    }

    /// <summary>Rows that an entry behind <paramref name="sequence"/> changed, without a look at the others where possible.</summary>
    public IEnumerable<ItemRow> ChangedAfter(ulong sequence) =>
        from segment in _segments
        where segment.LastChange > sequence
        from row in segment.Rows
        where row.ChangedAt > sequence
        select row;

    /// <summary>The table with a row, new or in the place of one with the same name.</summary>
    internal ItemTable Put(ItemRow row)
    {
        if (_segments.Length == 0) return new ItemTable([new ItemSegment([row])], 1);
        var index = SegmentOf(row.Name);
        var segment = _segments[index];
        var at = segment.IndexOf(row.Name);
        if (at >= 0) return new ItemTable(With(index, [segment.With(at, row)]), Count);
        return new ItemTable(With(index, segment.Insert(~at, row)), Count + 1);
    }

    internal ItemTable Remove(string name)
    {
        if (_segments.Length == 0) return this;
        var index = SegmentOf(name);
        var at = _segments[index].IndexOf(name);
        if (at < 0) return this;
        return new ItemTable(With(index, _segments[index].Rows.Length == 1 ? [] : [_segments[index].Without(at)]), Count - 1);
    }

    internal static ItemTable FromSegments(IEnumerable<ItemSegment> segments)
    {
        ItemSegment[] all = [.. segments.Where(segment => segment.Rows.Length > 0)];
        return new ItemTable(all, all.Sum(segment => segment.Rows.Length));
    }

    private ItemSegment[] With(int index, ItemSegment[] instead) =>
        [.. _segments.AsSpan(0, index), .. instead, .. _segments.AsSpan(index + 1)];

    /// <summary>The last segment that does not begin behind a name; the first when all do.</summary>
    private int SegmentOf(string name)
    {
        var (low, high) = (0, _segments.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (string.CompareOrdinal(_segments[middle].Rows[0].Name, name) <= 0) low = middle;
            else high = middle - 1;
        }

        return low;
    }
}

/// <summary>A run of at least one row.</summary>
internal sealed class ItemSegment(ItemRow[] rows)
{
    /// <summary>Most rows of one segment: what a change copies, and what a snapshot writes anew.</summary>
    public const int RowsMax = 512;

    public ItemRow[] Rows => rows;

    /// <summary>The newest entry that changed one of the rows.</summary>
    public ulong LastChange { get; } = rows.Max(row => row.ChangedAt);

    /// <summary>The piece of the snapshot that holds it; null: none yet.</summary>
    public BlobName? Piece { get; set; }

    /// <summary>Where a name stands; when it is absent, the complement of where it would stand.</summary>
    public int IndexOf(string name)
    {
        var (low, high) = (0, rows.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = string.CompareOrdinal(rows[middle].Name, name);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }

    public ItemSegment With(int at, ItemRow row)
    {
        ItemRow[] changed = [.. rows];
        changed[at] = row;
        return new ItemSegment(changed);
    }

    /// <summary>One segment, or two where it became too long. Names that only grow leave full segments behind.</summary>
    public ItemSegment[] Insert(int at, ItemRow row)
    {
        ItemRow[] grown = [.. rows.AsSpan(0, at), row, .. rows.AsSpan(at)];
        if (grown.Length <= RowsMax) return [new ItemSegment(grown)];
        var half = at == rows.Length ? rows.Length : grown.Length / 2;
        return [new ItemSegment(grown[..half]), new ItemSegment(grown[half..])];
    }

    public ItemSegment Without(int at) => new([.. rows.AsSpan(0, at), .. rows.AsSpan(at + 1)]);
}
