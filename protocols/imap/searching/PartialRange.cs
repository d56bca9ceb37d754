using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Searching;

/// <summary>partial-range (RFC 9394 section 3.3): places in a result, from its beginning or, below zero, from its end.</summary>
public readonly record struct PartialRange(long First, long Last)
{
    /// <summary>nz-number ":" nz-number / "-" nz-number ":" "-" nz-number</summary>
    public static bool TryParse(ref ImapLexer lexer, out PartialRange range)
    {
        range = default;
        var isFromEnd = lexer.Take((byte)'-');
        if (!lexer.Number(out var first) || !(lexer.Take((byte)':') || lexer.Expected(":"))) return false;
        if (isFromEnd != lexer.Take((byte)'-')) return lexer.Expected("both places from one end");
        if (!lexer.Number(out var last) || first == 0 || last == 0) return lexer.Expected("places from 1 on");
        range = isFromEnd ? new PartialRange(-(long)first, -(long)last) : new PartialRange(first, last);
        return true;
    }

    /// <summary>The part of a result that it names, in the result's order.</summary>
    public List<T> Of<T>(IReadOnlyList<T> all)
    {
        var (a, b) = First < 0 ? (all.Count + First, all.Count + Last) : (First - 1, Last - 1);
        var (low, high) = (Math.Max(0, Math.Min(a, b)), Math.Min(all.Count - 1, Math.Max(a, b)));
        var part = new List<T>();
        for (var at = low; at <= high; at++) part.Add(all[(int)at]);
        return part;
    }

    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{First}:{Last}");
}
