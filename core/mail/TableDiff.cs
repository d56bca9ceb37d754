namespace CompatBot.Core.Mail;

/// <summary>What a session must be told to come from an older version of a mailbox to a newer one.</summary>
/// <param name="Removed">Indexes in the older version, ascending.</param>
/// <param name="Changed">Indexes in the newer version of messages that both have, with other flags; ascending.</param>
/// <param name="AddedFrom">Index in the newer version of the first message that the older one lacks; its Count when none.</param>
public sealed record TableDiff(IReadOnlyList<int> Removed, IReadOnlyList<int> Changed, int AddedFrom)
{
    /// <summary>Compares two versions of one mailbox. Segments that both share are passed over unread.</summary>
    public static TableDiff Between(MessageTable older, MessageTable newer)
    {
        if (ReferenceEquals(older, newer)) return new TableDiff([], [], newer.Count);
        var (removed, changed) = (new List<int>(), new List<int>());
        Cursor left = new(older), right = new(newer);
        while (!left.AtEnd && !right.AtEnd)
        {
            if (left.Offset == right.Offset && left.Segment.SharesRowsWith(right.Segment))
            {
                var same = Math.Min(left.Segment.Count, right.Segment.Count) - left.Offset;
                left.Advance(same);
                right.Advance(same);
                continue;
            }

            var (leftUid, rightUid) = (left.Segment.Uids[left.Offset], right.Segment.Uids[right.Offset]);
            if (leftUid == rightUid)
            {
                if (left.Segment.ModSeqs[left.Offset] != right.Segment.ModSeqs[right.Offset]) changed.Add(right.Index);
                left.Advance(1);
                right.Advance(1);
            }
            else if (leftUid < rightUid)
            {
                removed.Add(left.Index);
                left.Advance(1);
            }
            else
            {
                break; // A UID below the older version's last one never appears later: only additions are left.
            }
        }

        for (; !left.AtEnd; left.Advance(1)) removed.Add(left.Index);
        return new TableDiff(removed, changed, right.Index);
    }

    private struct Cursor
    {
        private readonly MessageTable _table;
        private int _segment;

        public Cursor(MessageTable table)
        {
            (_table, Segment) = (table, table.SegmentAt(0));
            Advance(0);
        }

        public MessageSegment Segment { get; private set; }

        public int Offset { get; private set; }

        public int Index { get; private set; }

        public readonly bool AtEnd => Index >= _table.Count;

        public void Advance(int rows)
        {
            Offset += rows;
            Index += rows;
            while (Offset >= Segment.Count && !AtEnd)
            {
                Segment = _table.SegmentAt(++_segment);
                Offset = 0;
            }
        }
    }
}
