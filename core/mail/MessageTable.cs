namespace CompatBot.Core.Mail;

/// <summary>
/// The messages of a mailbox in UID order. Immutable: a change gives a successor that shares every segment it did not touch,
/// so a session keeps its view while others write, and nobody copies a mailbox to add a message.
/// </summary>
public sealed class MessageTable
{
    private readonly MessageSegment[] _full;
    private readonly int[] _starts;
    private readonly MessageSegment _tail;

    private MessageTable(MessageSegment[] full, int[] starts, MessageSegment tail)
    {
        (_full, _starts, _tail) = (full, starts, tail);
        Count = TailStart + tail.Count;
    }

    public static MessageTable Empty { get; } = new([], [0], MessageSegment.Empty);

    public int Count { get; }

    private int TailStart => _starts[^1];

    /// <param name="index">Sequence number minus one.</param>
    public MessageRow this[int index]
    {
        get
        {
            var (segment, offset) = Locate(index);
            return segment[offset];
        }
    }

    public uint UidAt(int index)
    {
        var (segment, offset) = Locate(index);
        return segment.Uids[offset];
    }

    public MessageFlags FlagsAt(int index)
    {
        var (segment, offset) = Locate(index);
        return (MessageFlags)segment.Flags[offset];
    }

    public ulong ModSeqAt(int index)
    {
        var (segment, offset) = Locate(index);
        return segment.ModSeqs[offset];
    }

    /// <summary>Where a UID stands; when it is absent, the complement of where it would stand (as in a binary search).</summary>
    public int IndexOf(uint uid)
    {
        var (low, high) = (0, _full.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_full[middle].Uids[^1] < uid) low = middle + 1;
            else high = middle;
        }

        var (segment, start) = (SegmentAt(low), _starts[low]);
        var found = segment.Uids.BinarySearch(uid);
        return found >= 0 ? start + found : ~(start + ~found);
    }

    /// <summary>How many messages have, or lack, all of the given flags.</summary>
    public int CountWith(MessageFlags flags, bool set)
    {
        var count = 0;
        for (var s = 0; s <= _full.Length; s++)
        {
            foreach (var value in SegmentAt(s).Flags)
            {
                if (((MessageFlags)value & flags) == flags == set) count++;
            }
        }

        return count;
    }

    /// <summary>Index of the first message that lacks <paramref name="flag"/>; -1 when all have it.</summary>
    public int FirstWithout(MessageFlags flag)
    {
        for (var s = 0; s <= _full.Length; s++)
        {
            var flags = SegmentAt(s).Flags;
            for (var i = 0; i < flags.Length; i++)
            {
                if (((MessageFlags)flags[i] & flag) == 0) return _starts[s] + i;
            }
        }

        return -1;
    }

    /// <summary>Adds messages whose UIDs are above every UID here.</summary>
    public MessageTable Add(ReadOnlySpan<MessageRow> rows)
    {
        var (full, starts, tail) = (_full, _starts, _tail);
        List<MessageSegment>? filled = null;
        while (!rows.IsEmpty)
        {
            tail = tail.Add(rows, out var taken);
            rows = rows[taken..];
            if (tail.Count < MessageSegment.RowsMax) continue;
            (filled ??= [.. full]).Add(tail);
            tail = MessageSegment.Empty;
        }

        return filled is null ? new MessageTable(full, starts, tail) : FromSegments(filled, tail);
    }

    /// <summary>Edits the flags of segments that hold a UID of the (ascending) pairs.</summary>
    internal MessageTable EditFlags(IReadOnlyList<uint> uidPairs, FlagEdit edit)
    {
        MessageSegment[]? full = null;
        for (var s = 0; s < _full.Length; s++)
        {
            if (!Touches(_full[s], uidPairs)) continue;
            var edited = _full[s].EditFlags(edit);
            if (!ReferenceEquals(edited, _full[s])) (full ??= [.. _full])[s] = edited;
        }

        var tail = Touches(_tail, uidPairs) ? _tail.EditFlags(edit) : _tail;
        return full is null && ReferenceEquals(tail, _tail) ? this : new MessageTable(full ?? _full, _starts, tail);
    }

    /// <summary>Removes every message whose UID is in the (ascending) pairs.</summary>
    internal MessageTable Remove(IReadOnlyList<uint> uidPairs)
    {
        var kept = new List<MessageSegment>(_full.Length);
        var tail = MessageSegment.Empty;
        for (var s = 0; s <= _full.Length; s++)
        {
            var segment = SegmentAt(s);
            var rest = Touches(segment, uidPairs) ? Without(segment, uidPairs) : segment;
            if (s == _full.Length) tail = rest;
            else if (rest.Count > 0) kept.Add(rest);
        }

        return FromSegments(kept, tail);
    }

    internal static MessageTable FromSegments(List<MessageSegment> full, MessageSegment tail)
    {
        var starts = new int[full.Count + 1];
        for (var s = 0; s < full.Count; s++) starts[s + 1] = starts[s] + full[s].Count;
        return new MessageTable([.. full], starts, tail);
    }

    /// <summary>Every segment that holds rows, in order.</summary>
    internal IEnumerable<MessageSegment> Segments() => _tail.Count > 0 ? _full.Append(_tail) : _full;

    internal MessageSegment SegmentAt(int segment) => segment < _full.Length ? _full[segment] : _tail;

    private static MessageSegment Without(MessageSegment segment, IReadOnlyList<uint> uidPairs)
    {
        var gone = new List<int>();
        var hint = 0;
        for (var i = 0; i < segment.Count; i++)
        {
            if (UidRanges.Contains(uidPairs, segment.Uids[i], ref hint)) gone.Add(i);
        }

        return gone.Count == 0 ? segment : segment.Without(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(gone));
    }

    private static bool Touches(MessageSegment segment, IReadOnlyList<uint> uidPairs)
    {
        if (segment.Count == 0) return false;
        var (first, last) = (segment.Uids[0], segment.Uids[^1]);
        var (low, high) = (0, uidPairs.Count / 2);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (uidPairs[(middle * 2) + 1] < first) low = middle + 1;
            else high = middle;
        }

        return low < uidPairs.Count / 2 && uidPairs[low * 2] <= last;
    }

    private (MessageSegment Segment, int Offset) Locate(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        if (index >= TailStart) return (_tail, index - TailStart);
        var found = index / MessageSegment.RowsMax; // No segment has more: it is this one, or a later one where messages were removed.
        if (_starts[found + 1] <= index)
        {
            found = Array.BinarySearch(_starts, index);
            if (found < 0) found = ~found - 1;
        }

        return (_full[found], index - _starts[found]);
    }
}
