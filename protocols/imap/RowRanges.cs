using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap;

/// <summary>The rows that a sequence set names, as ascending ranges: no more of them than the client wrote.</summary>
public static class RowRanges
{
    /// <returns>Null when the set names a message number that does not exist.</returns>
    public static List<(int First, int Below)>? Of(MailboxView view, SequenceSet set, bool byUid)
    {
        var messages = view.Messages;
        if (set.IsSaved) return Of(view.Saved.Select(messages.IndexOf).Where(row => row >= 0));
        if (!byUid && !set.IsWithin(messages.Count)) return null;
        var ranges = new List<(int First, int Below)>();
        if (messages.Count == 0) return ranges;
        foreach (var (from, to) in set.Resolve(byUid ? messages.UidAt(messages.Count - 1) : (uint)messages.Count))
        {
            var (first, below) = byUid
                ? (view.Place(from), to == uint.MaxValue ? messages.Count : view.Place(to + 1))
                : ((int)from - 1, (int)to);
            if (first < below) ranges.Add((first, below));
        }

        return ranges;
    }

    public static List<int> Rows(List<(int First, int Below)> ranges)
    {
        var rows = new List<int>(ranges.Sum(range => range.Below - range.First));
        foreach (var (first, below) in ranges)
        {
            for (var row = first; row < below; row++) rows.Add(row);
        }

        return rows;
    }

    private static List<(int First, int Below)> Of(IEnumerable<int> ascending)
    {
        var ranges = new List<(int First, int Below)>();
        foreach (var row in ascending)
        {
            if (ranges.Count > 0 && ranges[^1].Below == row) ranges[^1] = (ranges[^1].First, row + 1);
            else ranges.Add((row, row + 1));
        }

        return ranges;
    }
}
