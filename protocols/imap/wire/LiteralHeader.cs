using System.Buffers.Text;

namespace CompatBot.Protocols.Imap.Wire;

/// <summary>{n} or, non-synchronizing, {n+} (RFC 3501 section 4.3, RFC 7888).</summary>
/// <param name="Bytes">How long the literal is, below 2^63.</param>
/// <param name="IsSynchronizing">The client waits for "+" before it sends the bytes.</param>
/// <param name="Length">Of the header itself, in bytes.</param>
public readonly record struct LiteralHeader(long Bytes, bool IsSynchronizing, int Length)
{
    /// <summary>Longest header that is a literal: a brace, 19 digits, a plus, a brace.</summary>
    public const int LengthMax = 22;

    /// <summary>Reads a header that starts the text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out LiteralHeader header)
    {
        header = default;
        if (text.Length < 3 || text[0] != (byte)'{' || !char.IsAsciiDigit((char)text[1])) return false;
        if (!Utf8Parser.TryParse(text[1..], out long bytes, out var digits)) return false;
        var at = 1 + digits;
        var isSynchronizing = at < text.Length && text[at] != (byte)'+';
        if (!isSynchronizing) at++;
        if (at >= text.Length || text[at] != (byte)'}') return false;
        header = new LiteralHeader(bytes, isSynchronizing, at + 1);
        return true;
    }

    /// <summary>Reads a header that ends a line: then the line is not the end of the command.</summary>
    public static bool TryParseEnd(ReadOnlySpan<byte> line, out LiteralHeader header)
    {
        header = default;
        if (line.IsEmpty || line[^1] != (byte)'}') return false;
        var brace = line.LastIndexOf((byte)'{');
        return brace >= 0 && TryParse(line[brace..], out header) && header.Length == line.Length - brace;
    }
}
