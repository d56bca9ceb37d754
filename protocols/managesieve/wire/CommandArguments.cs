using System.Globalization;
using System.Text;

namespace CompatBot.Protocols.ManageSieve.Wire;

/// <summary>A string's octets, or a number.</summary>
internal readonly record struct SieveValue(byte[]? Octets, long Number)
{
    public override string ToString() => "(value)";
}

/// <summary>Takes a command line apart: its name and its arguments, the last of which may be a literal that is still to come.</summary>
internal static class CommandArguments
{
    /// <summary>Strings and numbers up to the end of the line, each behind one blank.</summary>
    /// <param name="rest">What follows the name, or the last literal.</param>
    /// <param name="values">Gets what is found.</param>
    /// <returns>Octets of the literal that the line announces, -1 for none; null: the line is not well-formed.</returns>
    public static long? Read(ReadOnlySpan<byte> rest, List<SieveValue> values)
    {
        while (!rest.IsEmpty)
        {
            if (rest.SequenceEqual(" "u8)) return -1; // Some clients end in a blank.
            if (rest[0] != ' ') return null;
            rest = rest[1..];
            if (rest[0] == '{') return Literal(rest);
            var length = rest[0] == '"' ? Quoted(rest, values) : Number(rest, values);
            if (length == 0) return null;
            rest = rest[length..];
        }

        return -1;
    }

    /// <summary>The name, without regard to case, in upper case; its length is where the arguments begin.</summary>
    public static string Name(ReadOnlySpan<byte> line)
    {
        var length = 0;
        while (length < line.Length && char.IsAsciiLetter((char)line[length])) length++;
        return Encoding.ASCII.GetString(line[..length]).ToUpperInvariant();
    }

    /// <summary>literal-c2s = "{" number "+}" at the end of the line; of a client that forgot the plus nothing is asked either.</summary>
    private static long? Literal(ReadOnlySpan<byte> text)
    {
        if (text[^1] != '}') return null;
        var digits = text[1..^1];
        if (digits.EndsWith("+"u8)) digits = digits[..^1];
        return digits.Length is > 0 and < 11
            && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
    }

    private static int Quoted(ReadOnlySpan<byte> text, List<SieveValue> values)
    {
        var octets = new List<byte>();
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                values.Add(new SieveValue([.. octets], 0));
                return i + 1;
            }

            if (text[i] == '\\' && (++i == text.Length || text[i] is not ((byte)'"' or (byte)'\\'))) return 0;
            octets.Add(text[i]);
        }

        return 0;
    }

    private static int Number(ReadOnlySpan<byte> text, List<SieveValue> values)
    {
        var length = 0;
        while (length < text.Length && char.IsAsciiDigit((char)text[length])) length++;
        if (length is 0 or > 18) return 0;
        values.Add(new SieveValue(null, long.Parse(text[..length], NumberStyles.None, CultureInfo.InvariantCulture)));
        return length;
    }
}
