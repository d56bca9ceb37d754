using System.Text;
using System.Text.RegularExpressions;

namespace CompatBot.Protocols.Sieve.Language.Matching;

/// <summary>
/// POSIX extended regular expressions (draft-ietf-sieve-regex) by .NET's engine that goes over the text once, whatever the pattern:
/// nobody can write one that takes for ever.
/// </summary>
internal static class PosixRegex
{
    /// <exception cref="ArgumentException">It is none, or too long.</exception>
    public static Regex Compile(string pattern, bool ignoresCase)
    {
        if (pattern.Length > SieveLimits.RegexLengthMax) throw new ArgumentException("the expression is too long");
        var options =
            RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoresCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            return new Regex(Translate(pattern), options);
        }
        catch (NotSupportedException error)
        {
            throw new ArgumentException("the expression is too large, or not POSIX", error);
        }
    }

    private static string Translate(string pattern)
    {
        var text = new StringBuilder(pattern.Length + 8);
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    if (++i == pattern.Length) throw new ArgumentException("the expression ends in a backslash");
                    if (char.IsAsciiLetterOrDigit(pattern[i]) && !"wWsSbB".Contains(pattern[i], StringComparison.Ordinal))
                    {
                        throw new ArgumentException($"\"\\{pattern[i]}\" means nothing");
                    }

                    text.Append('\\').Append(pattern[i]);
                    break;
                case '[':
                    i = Bracket(pattern, i, text);
                    break;
                case '(' when i + 1 < pattern.Length && pattern[i + 1] == '?':
                    throw new ArgumentException("\"(?\" means nothing");
                case '#' or ' ' or '\t' or '\n':
                    text.Append('\\').Append(pattern[i]);
                    break;
                default:
                    text.Append(pattern[i]);
                    break;
            }
        }

        return text.ToString();
    }

    /// <summary>A bracket expression, in which a backslash is itself and "]" is itself at the beginning.</summary>
    /// <returns>Where it ends.</returns>
    private static int Bracket(string pattern, int at, StringBuilder text)
    {
        text.Append('[');
        at++;
        if (at < pattern.Length && pattern[at] == '^')
        {
            text.Append('^');
            at++;
        }

        for (var first = at; at < pattern.Length; at++)
        {
            var next = pattern[at];
            if (next == ']' && at > first)
            {
                text.Append(']');
                return at;
            }

            if (next == '[' && at + 1 < pattern.Length && pattern[at + 1] is ':' or '.' or '=')
            {
                var end = pattern.IndexOf($"{pattern[at + 1]}]", at + 2, StringComparison.Ordinal);
                if (end < 0 || pattern[at + 1] != ':') throw new ArgumentException("a class does not end, or is not known");
                text.Append(ClassOf(pattern[(at + 2)..end]));
                at = end + 1;
                continue;
            }

            if (next is '[' or ']' or '\\' or '^') text.Append('\\');
            text.Append(next == '-' && (at == first || (at + 1 < pattern.Length && pattern[at + 1] == ']')) ? "\\-" : next.ToString());
        }

        throw new ArgumentException("\"[\" does not end");
    }

    private static string ClassOf(string name) => name switch
    {
        "alpha" => "A-Za-z",
        "digit" => "0-9",
        "alnum" => "A-Za-z0-9",
        "upper" => "A-Z",
        "lower" => "a-z",
        "space" => @" \t\n\r\f\v",
        "blank" => @" \t",
        "punct" => @"!-/:-@\[-`{-~",
        "xdigit" => "0-9A-Fa-f",
        "cntrl" => @"\x00-\x1F\x7F",
        "print" => @"\x20-\x7E",
        "graph" => @"\x21-\x7E",
        _ => throw new ArgumentException($"no class \"{name}\""),
    };
}
