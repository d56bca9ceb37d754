using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace CompatBot.Protocols.Imap.Wire;

/// <summary>sequence-set (RFC 3501 section 9): numbers and ranges, where * is the largest number in use.</summary>
public sealed class SequenceSet
{
    /// <summary>How * is kept until the mailbox is known; 0 is no message number and no UID.</summary>
    private const uint Star = 0;

    private readonly (uint From, uint To)[] _ranges;

    private SequenceSet((uint, uint)[] ranges) => _ranges = ranges;

    /// <summary>"$": what the last SEARCH with SAVE found (RFC 5182 section 2.1).</summary>
    public static SequenceSet Saved { get; } = new([]);

    public bool IsSaved => ReferenceEquals(this, Saved);

    public static SequenceSet Of(uint from, uint to) => new([(from, to)]);

    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out SequenceSet? set)
    {
        set = null;
        var ranges = new List<(uint, uint)>();
        while (true)
        {
            if (!Number(ref text, out var from)) return false;
            var to = from;
            if (!text.IsEmpty && text[0] == (byte)':')
            {
                text = text[1..];
                if (!Number(ref text, out to)) return false;
            }

            ranges.Add((from, to));
            if (text.IsEmpty) break;
            if (text[0] != (byte)',') return false;
            text = text[1..];
        }

        set = new SequenceSet([.. ranges]);
        return true;
    }

    /// <summary>The set as ascending ranges that neither touch nor overlap.</summary>
    /// <param name="largest">What * stands for; 0 when nothing is there, and then * stands for nothing.</param>
    public List<(uint From, uint To)> Resolve(uint largest)
    {
        var sorted = new List<(uint From, uint To)>(_ranges.Length);
        foreach (var (from, to) in _ranges)
        {
            var (a, b) = (from == Star ? largest : from, to == Star ? largest : to);
            if (a == 0 || b == 0) continue;
            sorted.Add(a <= b ? (a, b) : (b, a)); // "2:4 and 4:2 are equivalent"
        }

        sorted.Sort();
        var merged = new List<(uint From, uint To)>(sorted.Count);
        foreach (var range in sorted)
        {
            if (merged.Count > 0 && range.From <= (ulong)merged[^1].To + 1)
            {
                if (range.To > merged[^1].To) merged[^1] = (merged[^1].From, range.To);
            }
            else
            {
                merged.Add(range);
            }
        }

        return merged;
    }

    /// <summary>The numbers in the order in which they were written; * is 0. Of a long list only the beginning.</summary>
    public IEnumerable<uint> Numbers()
    {
        const int NumbersMax = 100_000;
        return _ranges.SelectMany(range => Between(range.From, range.To)).Take(NumbersMax);

        static IEnumerable<uint> Between(uint from, uint to)
        {
            for (ulong number = from; number <= to; number++) yield return (uint)number;
        }
    }

    /// <summary>Whether every number names one of <paramref name="count"/> messages; * in an empty mailbox does not (section 9).</summary>
    public bool IsWithin(int count) =>
        count > 0 && Array.TrueForAll(_ranges, range => range.From <= (uint)count && range.To <= (uint)count);

    private static bool Number(ref ReadOnlySpan<byte> text, out uint number)
    {
        number = Star;
        if (text.IsEmpty) return false;
        if (text[0] == (byte)'*')
        {
            text = text[1..];
            return true;
        }

        // nz-number: the grammar has no leading zero.
        if (text[0] is < (byte)'1' or > (byte)'9' || !Utf8Parser.TryParse(text, out number, out var digits)) return false;
        text = text[digits..];
        return true;
    }
}
