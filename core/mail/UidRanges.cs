namespace CompatBot.Core.Mail;

/// <summary>Sets of UIDs as ascending, disjoint pairs of first and last: how the journal holds them.</summary>
public static class UidRanges
{
    /// <summary>Turns ascending, distinct UIDs into pairs.</summary>
    public static List<uint> FromSorted(ReadOnlySpan<uint> uids)
    {
        var pairs = new List<uint>();
        foreach (var uid in uids)
        {
            if (pairs.Count > 0 && pairs[^1] + 1 == uid) pairs[^1] = uid;
            else
            {
                pairs.Add(uid);
                pairs.Add(uid);
            }
        }

        return pairs;
    }

    /// <summary>How many UIDs a set holds.</summary>
    public static long Count(IReadOnlyList<uint> pairs)
    {
        var count = 0L;
        for (var i = 0; i + 1 < pairs.Count; i += 2) count += (long)pairs[i + 1] - pairs[i] + 1;
        return count;
    }

    /// <summary>Whether a set holds a UID; <paramref name="hint"/> keeps the place between calls with growing UIDs.</summary>
    public static bool Contains(IReadOnlyList<uint> pairs, uint uid, ref int hint)
    {
        while (hint < pairs.Count && pairs[hint + 1] < uid) hint += 2;
        return hint < pairs.Count && pairs[hint] <= uid;
    }
}
