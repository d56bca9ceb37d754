using System.Text;

namespace CompatBot.Protocols.Smtp.Dkim;

/// <summary>tag-list (RFC 6376 section 3.2), of signatures, keys and DMARC records alike.</summary>
internal static class DkimTags
{
    /// <returns>Null when it is malformed, or a tag stands twice.</returns>
    public static Dictionary<string, string>? Parse(string text)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split(';'))
        {
            var tag = part.Trim(' ', '\t', '\r', '\n');
            if (tag.Length == 0) continue;
            var equals = tag.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0
                || !tags.TryAdd(tag[..equals].Trim(' ', '\t', '\r', '\n'), tag[(equals + 1)..].Trim(' ', '\t', '\r', '\n'))) return null;
        }

        return tags;
    }

    /// <returns>Null when it is no base64; white space in it does not count.</returns>
    public static byte[]? Base64(string text)
    {
        var plain = string.Concat(text.Where(letter => !char.IsWhiteSpace(letter)));
        var bytes = new byte[plain.Length];
        return Convert.TryFromBase64String(plain, bytes, out var length) ? bytes[..length] : null;
    }

    /// <summary>A DKIM-Signature field with an empty "b", all else as it came (section 3.5).</summary>
    public static byte[] WithoutValue(ReadOnlySpan<byte> field)
    {
        var text = Encoding.Latin1.GetString(field);
        for (var from = text.IndexOf(':', StringComparison.Ordinal) + 1; from < text.Length;)
        {
            var end = text.IndexOf(';', from);
            if (end < 0) end = text.Length;
            var equals = text.IndexOf('=', from);
            if (equals >= 0 && equals < end && text[from..equals].Trim(' ', '\t', '\r', '\n') == "b")
            {
                // The line end behind the last tag is the field's, not the tag's.
                var tail = end == text.Length && text.EndsWith("\r\n", StringComparison.Ordinal) ? "\r\n" : "";
                return Encoding.Latin1.GetBytes(text[..(equals + 1)] + (end == text.Length ? tail : text[end..]));
            }

            from = end + 1;
        }

        return field.ToArray();
    }
}
