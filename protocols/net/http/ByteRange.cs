using System.Globalization;

namespace CompatBot.Protocols.Net.Http;

/// <summary>One range of a content's octets (RFC 9110 section 14.1.2).</summary>
internal readonly record struct ByteRange(long Start, long Length)
{
    /// <summary>The value of Content-Range, for a content of so many octets.</summary>
    public string Of(long size) => string.Create(CultureInfo.InvariantCulture, $"bytes {Start}-{Start + Length - 1}/{size}");

    /// <summary>The value of Content-Range with 416.</summary>
    public static string Unsatisfied(long size) => string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");

    /// <summary>Reads the Range header of a request for a content of so many octets.</summary>
    /// <param name="range">Null: all of it is meant, also where the header asks for several, or is none.</param>
    /// <returns>False: there is nothing of the kind, answer 416.</returns>
    public static bool TryRead(string header, long size, out ByteRange? range)
    {
        range = null;
        if (!header.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase) || header.Contains(',', StringComparison.Ordinal)) return true;
        var text = header.AsSpan("bytes=".Length).Trim();
        var dash = text.IndexOf('-');
        if (dash < 0) return true;
        var (hasFirst, hasLast) = (Number(text[..dash], out var first), Number(text[(dash + 1)..], out var last));
        if ((!hasFirst && dash > 0) || (!hasLast && dash + 1 < text.Length) || (!hasFirst && !hasLast)) return true;
        if (!hasFirst) (first, last) = (Math.Max(0, size - last), size - 1);
        else if (!hasLast || last >= size) last = size - 1;
        if (hasFirst && hasLast && last < first && first < size) return true;
        if (first >= size || last < first) return false;
        range = new ByteRange(first, last - first + 1);
        return true;
    }

    private static bool Number(ReadOnlySpan<char> text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
