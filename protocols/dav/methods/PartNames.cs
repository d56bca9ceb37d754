namespace CompatBot.Protocols.Dav.Methods;

/// <summary>Parts of an upload in the order of the numbers in their names: "2" before "10".</summary>
internal sealed class PartNames : IComparer<string>
{
    public static PartNames Order { get; } = new();

    public int Compare(string? x, string? y)
    {
        var left = x.AsSpan();
        var right = y.AsSpan();
        while (!left.IsEmpty && !right.IsEmpty)
        {
            var order = left[0].CompareTo(right[0]);
            var (count, other) = (Digits(left), Digits(right));
            if (count > 0 && other > 0) order = CompareNumbers(left[..count], right[..other]);
            else (count, other) = (1, 1);
            if (order != 0) return order;
            left = left[count..];
            right = right[other..];
        }

        return left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(x, y);
    }

    private static int CompareNumbers(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        left = left.TrimStart('0');
        right = right.TrimStart('0');
        return left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text.Length : end;
    }
}
