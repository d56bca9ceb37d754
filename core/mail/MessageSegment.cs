using System.Runtime.CompilerServices;
using CompatBot.Core.Content;
using CompatBot.Core.Store;

namespace CompatBot.Core.Mail;

/// <summary>
/// Up to <see cref="RowsMax"/> messages as columns. Rows below <see cref="Count"/> never change in place; a successor that only
/// appends shares the columns and writes the free slots behind, which no older version reads. Of two successors of one
/// version only the first may do so; the second finds the slots used and takes a copy.
/// </summary>
internal sealed class MessageSegment
{
    public const int RowsMax = 1024;
    private const int FirstCapacity = 8;

    private readonly uint[] _uids;
    private readonly ulong[] _flags;
    private readonly ulong[] _modSeqs;
    private readonly uint[] _sizes;
    private readonly long[] _dates;
    private readonly uint[] _saveDates;
    private readonly ContentRef[] _contents;
    private readonly StrongBox<int> _used;

    public MessageSegment(int capacity)
        : this(Column<uint>(capacity), Column<ulong>(capacity), Column<ulong>(capacity), Column<uint>(capacity), Column<long>(capacity),
            Column<uint>(capacity), Column<ContentRef>(capacity), new StrongBox<int>(), 0)
    {
    }

    private MessageSegment(
        uint[] uids, ulong[] flags, ulong[] modSeqs, uint[] sizes, long[] dates, uint[] saveDates, ContentRef[] contents,
        StrongBox<int> used, int count)
    {
        (_uids, _flags, _modSeqs, _sizes) = (uids, flags, modSeqs, sizes);
        (_dates, _saveDates, _contents) = (dates, saveDates, contents);
        (_used, Count) = (used, count);
    }

    public static MessageSegment Empty { get; } = new(0);

    public int Count { get; }

    /// <summary>Where a snapshot holds exactly these rows; null until one does.</summary>
    public BlobName? Piece { get; set; }

    public ReadOnlySpan<uint> Uids => _uids.AsSpan(0, Count);

    public ReadOnlySpan<ulong> Flags => _flags.AsSpan(0, Count);

    public ReadOnlySpan<ulong> ModSeqs => _modSeqs.AsSpan(0, Count);

    public ReadOnlySpan<uint> Sizes => _sizes.AsSpan(0, Count);

    public ReadOnlySpan<long> Dates => _dates.AsSpan(0, Count);

    public ReadOnlySpan<ContentRef> Contents => _contents.AsSpan(0, Count);

    public MessageRow this[int index] =>
        new(_uids[index], (MessageFlags)_flags[index], _modSeqs[index], _sizes[index], _dates[index], _saveDates[index],
            _contents[index]);

    /// <summary>Whether all rows that both have are the same, known without looking at them.</summary>
    public bool SharesRowsWith(MessageSegment other) =>
        ReferenceEquals(_uids, other._uids) && ReferenceEquals(_flags, other._flags) && ReferenceEquals(_modSeqs, other._modSeqs);

    /// <summary>A successor with as many of <paramref name="rows"/> as fit.</summary>
    public MessageSegment Add(ReadOnlySpan<MessageRow> rows, out int taken)
    {
        taken = Math.Min(rows.Length, RowsMax - Count);
        if (taken == 0) return this;
        var wanted = Count + taken;
        var target = wanted <= _uids.Length && _used.Value == Count ? this : WithCapacity(Capacity(wanted));
        for (var i = 0; i < taken; i++) target.Write(Count + i, rows[i]);
        return target.WithCount(wanted);
    }

    /// <summary>A successor whose flags and modification sequences are copies that <paramref name="edit"/> may change.</summary>
    public MessageSegment EditFlags(FlagEdit edit)
    {
        var flags = (ulong[])_flags.Clone();
        var modSeqs = (ulong[])_modSeqs.Clone();
        return edit(_uids.AsSpan(0, Count), flags, modSeqs)
            ? new MessageSegment(_uids, flags, modSeqs, _sizes, _dates, _saveDates, _contents, _used, Count)
            : this;
    }

    /// <summary>A successor without the rows at the (ascending) indexes.</summary>
    public MessageSegment Without(ReadOnlySpan<int> indexes)
    {
        var kept = new MessageSegment(Count - indexes.Length);
        var (target, next) = (0, 0);
        for (var i = 0; i < Count; i++)
        {
            if (next < indexes.Length && indexes[next] == i) next++;
            else kept.Write(target++, this[i]);
        }

        return kept.WithCount(target);
    }

    internal void Write(int index, in MessageRow row)
    {
        _uids[index] = row.Uid;
        _flags[index] = (ulong)row.Flags;
        _modSeqs[index] = row.ModSeq;
        _sizes[index] = row.Size;
        _dates[index] = row.InternalDate;
        _saveDates[index] = row.SaveDate;
        _contents[index] = row.Content;
    }

    /// <summary>The same columns with the slots below <paramref name="count"/> in use.</summary>
    internal MessageSegment WithCount(int count)
    {
        _used.Value = count;
        return new MessageSegment(_uids, _flags, _modSeqs, _sizes, _dates, _saveDates, _contents, _used, count);
    }

    /// <summary>Not cleared: nobody reads a slot before it was written.</summary>
    private static T[] Column<T>(int capacity) => GC.AllocateUninitializedArray<T>(capacity);

    private int Capacity(int wanted) => Math.Min(RowsMax, Math.Max(wanted, Math.Max(FirstCapacity, Count * 2)));

    private MessageSegment WithCapacity(int capacity)
    {
        var grown = new MessageSegment(capacity);
        Uids.CopyTo(grown._uids);
        Flags.CopyTo(grown._flags);
        ModSeqs.CopyTo(grown._modSeqs);
        Sizes.CopyTo(grown._sizes);
        Dates.CopyTo(grown._dates);
        _saveDates.AsSpan(0, Count).CopyTo(grown._saveDates);
        Contents.CopyTo(grown._contents);
        return grown;
    }
}

/// <summary>Changes flags in place; false when nothing changed.</summary>
internal delegate bool FlagEdit(ReadOnlySpan<uint> uids, Span<ulong> flags, Span<ulong> modSeqs);
