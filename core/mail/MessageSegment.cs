using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CompatBot.Core.Content;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail;

/// <summary>
/// Up to <see cref="RowsMax"/> messages as columns, which lie in memory as in a snapshot's piece (storage/FORMAT.md), so that an opened
/// piece is a segment as it is. Rows below <see cref="Count"/> never change in place; a successor that only appends shares the columns
/// and writes the free slots behind, which no older version reads. Of two successors of one version only the first may do so; the
/// second finds the slots used and takes a copy.
/// </summary>
internal sealed class MessageSegment
{
    public const int RowsMax = 1024;

    /// <summary>Of one message, in all columns.</summary>
    public const int RowBytes = MarkBytes + FactBytes;

    private const int MarkBytes = sizeof(ulong) + sizeof(ulong);
    private const int ContentBytes = BlobKey.Length + 1;
    private const int FactBytes = sizeof(long) + sizeof(uint) + sizeof(uint) + sizeof(uint) + ContentBytes;
    private const int FirstCapacity = 8;

    private readonly Columns _marks;
    private readonly Columns _facts;
    private readonly StrongBox<int> _used;

    /// <summary>Free slots, not cleared: nobody reads one before it was written.</summary>
    public MessageSegment(int capacity)
        : this(new ArraySegment<byte>(GC.AllocateUninitializedArray<byte>(capacity * RowBytes)), capacity, 0)
    {
    }

    /// <summary>The columns of an opened piece, which are the segment's own from now on.</summary>
    /// <param name="columns"><see cref="RowBytes"/> for each row that fits, little endian.</param>
    /// <param name="capacity">Rows that fit.</param>
    /// <param name="count">Rows in use.</param>
    public MessageSegment(ArraySegment<byte> columns, int capacity, int count)
        : this(
            new Columns(columns.Array!, columns.Offset, capacity),
            new Columns(columns.Array!, columns.Offset + (capacity * MarkBytes), capacity),
            new StrongBox<int>(count),
            count)
    {
    }

    private MessageSegment(Columns marks, Columns facts, StrongBox<int> used, int count)
    {
        (_marks, _facts) = (marks, facts);
        (_used, Count) = (used, count);
    }

    public static MessageSegment Empty { get; } = new(0);

    public int Count { get; }

    /// <summary>Where a snapshot holds exactly these rows; null until one does.</summary>
    public BlobName? Piece { get; set; }

    public ReadOnlySpan<ulong> Flags => FlagSlots[..Count];

    public ReadOnlySpan<ulong> ModSeqs => ModSeqSlots[..Count];

    public ReadOnlySpan<uint> Uids => UidSlots[..Count];

    /// <summary>The contents of all rows, in their order.</summary>
    public IEnumerable<ContentRef> Contents => Enumerable.Range(0, Count).Select(ContentAt);

    private Span<ulong> FlagSlots => _marks.Of<ulong>(0);

    private Span<ulong> ModSeqSlots => _marks.Of<ulong>(8);

    private Span<long> DateSlots => _facts.Of<long>(0);

    private Span<uint> UidSlots => _facts.Of<uint>(8);

    private Span<uint> SizeSlots => _facts.Of<uint>(12);

    private Span<uint> SaveDateSlots => _facts.Of<uint>(16);

    public MessageRow this[int index] =>
        new(Uids[index], (MessageFlags)FlagSlots[index], ModSeqSlots[index], SizeSlots[index], DateSlots[index], SaveDateSlots[index],
            ContentAt(index));

    public ContentRef ContentAt(int index)
    {
        var content = ContentSlot(index);
        return new ContentRef(new BlobKey(content), content[BlobKey.Length]);
    }

    /// <summary>Writes the rows as columns without free slots: <see cref="RowBytes"/> for each.</summary>
    public void WriteTo(ArraySegment<byte> columns) => CopyTo(new MessageSegment(columns, Count, 0));

    /// <summary>Whether all rows that both have are the same, known without looking at them.</summary>
    public bool SharesRowsWith(MessageSegment other) => _marks.AreThose(other._marks) && _facts.AreThose(other._facts);

    /// <summary>A successor with as many of <paramref name="rows"/> as fit.</summary>
    public MessageSegment Add(ReadOnlySpan<MessageRow> rows, out int taken)
    {
        taken = Math.Min(rows.Length, RowsMax - Count);
        if (taken == 0) return this;
        var wanted = Count + taken;
        var target = wanted <= _facts.Capacity && _used.Value == Count ? this : WithCapacity(Capacity(wanted));
        for (var i = 0; i < taken; i++) target.Write(Count + i, rows[i]);
        return target.WithCount(wanted);
    }

    /// <summary>A successor whose flags and modification sequences are copies that <paramref name="edit"/> may change.</summary>
    public MessageSegment EditFlags(FlagEdit edit)
    {
        var capacity = _marks.Capacity;
        var marks = new Columns(GC.AllocateUninitializedArray<byte>(capacity * MarkBytes), 0, capacity);
        var edited = new MessageSegment(marks, _facts, _used, Count);
        Flags.CopyTo(edited.FlagSlots);
        ModSeqs.CopyTo(edited.ModSeqSlots);
        return edit(Uids, edited.FlagSlots[..Count], edited.ModSeqSlots[..Count]) ? edited : this;
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

    private void Write(int index, in MessageRow row)
    {
        UidSlots[index] = row.Uid;
        FlagSlots[index] = (ulong)row.Flags;
        ModSeqSlots[index] = row.ModSeq;
        SizeSlots[index] = row.Size;
        DateSlots[index] = row.InternalDate;
        SaveDateSlots[index] = row.SaveDate;
        row.Content.Key.WriteTo(ContentSlot(index));
        ContentSlot(index)[BlobKey.Length] = row.Content.Depth;
    }

    /// <summary>The same columns with the slots below <paramref name="count"/> in use.</summary>
    private MessageSegment WithCount(int count)
    {
        _used.Value = count;
        return new MessageSegment(_marks, _facts, _used, count);
    }

    private Span<byte> ContentSlot(int index) => _facts.Bytes(20, index, ContentBytes);

    private int Capacity(int wanted) => Math.Min(RowsMax, Math.Max(wanted, Math.Max(FirstCapacity, Count * 2)));

    private MessageSegment WithCapacity(int capacity)
    {
        var grown = new MessageSegment(capacity);
        CopyTo(grown);
        return grown;
    }

    private void CopyTo(MessageSegment other)
    {
        Flags.CopyTo(other.FlagSlots);
        ModSeqs.CopyTo(other.ModSeqSlots);
        DateSlots[..Count].CopyTo(other.DateSlots);
        Uids.CopyTo(other.UidSlots);
        SizeSlots[..Count].CopyTo(other.SizeSlots);
        SaveDateSlots[..Count].CopyTo(other.SaveDateSlots);
        for (var i = 0; i < Count; i++) ContentSlot(i).CopyTo(other.ContentSlot(i));
    }

    /// <summary>Columns of equally many slots, one behind the other; each begins at its distance times that number.</summary>
    private readonly struct Columns(byte[] bytes, int start, int capacity)
    {
        private readonly byte[] _bytes = bytes;
        private readonly int _start = start;

        public int Capacity { get; } = capacity;

        public Span<T> Of<T>(int distance) where T : unmanaged =>
            MemoryMarshal.Cast<byte, T>(_bytes.AsSpan(_start + (distance * Capacity), Capacity * Unsafe.SizeOf<T>()));

        /// <summary>One slot of a column that holds something else than a number.</summary>
        public Span<byte> Bytes(int distance, int index, int length)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Capacity, nameof(index));
            return _bytes.AsSpan(_start + (distance * Capacity) + (index * length), length);
        }

        public bool AreThose(Columns other) => ReferenceEquals(_bytes, other._bytes) && _start == other._start;
    }
}

/// <summary>Changes flags in place; false when nothing changed.</summary>
internal delegate bool FlagEdit(ReadOnlySpan<uint> uids, Span<ulong> flags, Span<ulong> modSeqs);
