using System.Text;

namespace CompatBot.Protocols.Sieve.Language.Matching;

/// <summary>":matches": "*" stands for any characters, as few as possible, "?" for one (RFC 5228 section 2.7.1).</summary>
internal static class Wildcards
{
    private const char Star = '\uE000';
    private const char One = '\uE001';

    /// <summary>The pattern's characters, with marks for what is a wildcard; a backslash takes a wildcard's meaning away.</summary>
    public static string Compile(string pattern)
    {
        var compiled = new StringBuilder(pattern.Length);
        for (var i = 0; i < pattern.Length; i++)
        {
            var next = pattern[i];
            if (next == '\\' && i + 1 < pattern.Length) compiled.Append(pattern[++i]);
            else compiled.Append(next switch { '*' => Star, '?' => One, Star or One => '\uFFFD', _ => next });
        }

        return compiled.ToString();
    }

    /// <summary>How many "?" a compiled pattern has: each makes looking for it as long as the value.</summary>
    public static int Singles(string pattern) => pattern.AsSpan().Count(One);

    /// <summary>Matches, and says what each wildcard stands for.</summary>
    /// <param name="pattern">Compiled, and folded by the comparator.</param>
    /// <param name="folded">The value, folded.</param>
    /// <param name="value">The same value as it is: what is caught comes from it.</param>
    /// <returns>The whole value, then what each wildcard caught; null: no match.</returns>
    public static List<string>? Match(string pattern, string folded, string value)
    {
        // The stars cut the pattern into pieces; the first is bound to the beginning and the last to the end, all others go to the left.
        var pieces = pattern.Split(Star);
        var places = new int[pieces.Length];
        var at = 0;
        for (var i = 0; i < pieces.Length; i++)
        {
            var (piece, isLast) = (pieces[i], i == pieces.Length - 1);
            var found = i == 0 ? (Fits(piece, folded, 0) ? 0 : -1)
                : isLast ? (folded.Length - piece.Length >= at && Fits(piece, folded, folded.Length - piece.Length)
                    ? folded.Length - piece.Length : -1)
                : Find(piece, folded, at);
            if (found < 0 || (i == 0 && isLast && piece.Length != folded.Length)) return null;
            (places[i], at) = (found, found + piece.Length);
        }

        var caught = new List<string> { value };
        for (var i = 0; i < pieces.Length; i++)
        {
            if (i > 0) caught.Add(value[(places[i - 1] + pieces[i - 1].Length)..places[i]]);
            for (var c = 0; c < pieces[i].Length; c++)
            {
                if (pieces[i][c] == One) caught.Add(value[places[i] + c].ToString());
            }
        }

        return caught;
    }

    private static int Find(string piece, string text, int from)
    {
        if (!piece.Contains(One, StringComparison.Ordinal)) return text.IndexOf(piece, from, StringComparison.Ordinal);
        for (; from + piece.Length <= text.Length; from++)
        {
            if (Fits(piece, text, from)) return from;
        }

        return -1;
    }

    private static bool Fits(string piece, string text, int at)
    {
        if (at < 0 || at + piece.Length > text.Length) return false;
        for (var i = 0; i < piece.Length; i++)
        {
            if (piece[i] != One && piece[i] != text[at + i]) return false;
        }

        return true;
    }
}
