using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace CompatBot.Protocols.Imap.Wire;

/// <summary>Mailbox names on the wire: modified UTF-7 (RFC 3501 section 5.1.3), and Unicode within.</summary>
public static class ModifiedUtf7
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

    public static string Encode(string name)
    {
        if (!name.AsSpan().ContainsAnyExceptInRange(' ', '~') && !name.Contains('&')) return name;
        var encoded = new StringBuilder(name.Length * 2);
        for (var at = 0; at < name.Length;)
        {
            if (IsPrintable(name[at]))
            {
                encoded.Append(name[at] == '&' ? "&-" : name[at].ToString());
                at++;
                continue;
            }

            encoded.Append('&');
            var (bits, count) = (0, 0);
            for (; at < name.Length && !IsPrintable(name[at]); at++)
            {
                (bits, count) = ((bits << 16) | name[at], count + 16);
                for (; count >= 6; count -= 6) encoded.Append(Alphabet[(bits >> (count - 6)) & 63]);
                bits &= (1 << count) - 1;
            }

            if (count > 0) encoded.Append(Alphabet[(bits << (6 - count)) & 63]);
            encoded.Append('-');
        }

        return encoded.ToString();
    }

    /// <summary>
    /// Only the one canonical spelling of a name is taken, so that no two spellings open the same mailbox and no slash or control
    /// character hides in base64.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (encoded.ContainsAnyExceptInRange((byte)' ', (byte)'~')) return false;
        var text = Encoding.ASCII.GetString(encoded);
        if (!encoded.Contains((byte)'&'))
        {
            name = text;
            return true;
        }

        var decoded = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '&')
            {
                decoded.Append(text[at]);
                continue;
            }

            var end = text.IndexOf('-', at);
            if (end < 0) return false;
            if (end == at + 1) decoded.Append('&');
            else if (!Shifted(text.AsSpan(at + 1, end - at - 1), decoded)) return false;
            at = end;
        }

        var candidate = decoded.ToString();
        if (!IsWellFormed(candidate) || Encode(candidate) != text) return false;
        name = candidate;
        return true;
    }

    private static bool Shifted(ReadOnlySpan<char> base64, StringBuilder decoded)
    {
        var (bits, count) = (0, 0);
        foreach (var letter in base64)
        {
            var six = Alphabet.IndexOf(letter);
            if (six < 0) return false;
            (bits, count) = ((bits << 6) | six, count + 6);
            if (count < 16) continue;
            count -= 16;
            decoded.Append((char)((bits >> count) & 0xFFFF));
            bits &= (1 << count) - 1;
        }

        return true;
    }

    /// <summary>Whole surrogate pairs only, and no control characters: no mailbox may be named so.</summary>
    private static bool IsWellFormed(string name)
    {
        if (name.AsSpan().IndexOfAnyInRange('\0', '\x1F') >= 0 || name.AsSpan().IndexOfAnyInRange('\x7F', '\x9F') >= 0) return false;
        return !HasLoneSurrogate(name);
    }

    private static bool HasLoneSurrogate(string name)
    {
        for (var at = 0; at < name.Length; at++)
        {
            if (char.IsHighSurrogate(name[at]) && at + 1 < name.Length && char.IsLowSurrogate(name[at + 1])) at++;
            else if (char.IsSurrogate(name[at])) return true;
        }

        return false;
    }

    private static bool IsPrintable(char letter) => letter is >= ' ' and <= '~';
}
