using System.Buffers;
using System.Text;

namespace CompatBot.Formats.Mime;

/// <summary>
/// Turns wire text of headers into Unicode, and back: encoded words (RFC 2047), and raw 8-bit bytes (UTF-8, or windows-1252).
/// </summary>
public static class EncodedWords
{
    /// <param name="wireText">Unfolded; encoded words are also found where they touch other text, as some programs write them.</param>
    public static string Decode(string wireText)
    {
        if (!wireText.Contains("=?", StringComparison.Ordinal))
        {
            return Ascii.IsValid(wireText) ? wireText : Charsets.Guess(WireText.Bytes(wireText));
        }

        var text = new StringBuilder(wireText.Length);
        var bytes = new ArrayBufferWriter<byte>();
        string? charset = null;
        var position = 0;
        while (position < wireText.Length)
        {
            if (!Next(wireText, position, out var word))
            {
                break;
            }

            var between = wireText.AsSpan(position, word.Start - position);
            if (charset is null || !between.IsWhiteSpace())
            {
                Flush(text, bytes, ref charset);
                Plain(text, between);
            }

            // One character may be cut in two by neighbouring words, so their bytes are decoded together.
            if (charset is not null && !charset.Equals(word.Charset, StringComparison.OrdinalIgnoreCase))
            {
                Flush(text, bytes, ref charset);
            }

            charset = word.Charset;
            Append(wireText.AsSpan(word.TextStart, word.TextLength), word.IsBase64, bytes);
            position = word.End;
        }

        Flush(text, bytes, ref charset);
        Plain(text, wireText.AsSpan(position));
        return text.ToString();
    }

    /// <summary>A text as a header field has it: where it is not ASCII in encoded words (section 2), with folds between them.</summary>
    public static string Encode(string value)
    {
        if (Ascii.IsValid(value)) return value;
        const int OctetsMax = 42; // 56 characters of Base64, with "=?utf-8?b?" and "?=" around them.
        var words = new List<string>();
        var octets = new List<byte>();
        Span<byte> rune = stackalloc byte[4];
        foreach (var next in value.EnumerateRunes())
        {
            var length = next.EncodeToUtf8(rune);
            if (octets.Count + length > OctetsMax) Flush();
            octets.AddRange(rune[..length]);
        }

        Flush();
        return string.Join("\r\n ", words);

        void Flush()
        {
            words.Add($"=?utf-8?b?{Convert.ToBase64String([.. octets])}?=");
            octets.Clear();
        }
    }

    private static void Plain(StringBuilder text, ReadOnlySpan<char> between)
    {
        if (Ascii.IsValid(between))
        {
            text.Append(between);
        }
        else
        {
            text.Append(Charsets.Guess(WireText.Bytes(between.ToString())));
        }
    }

    private static void Flush(StringBuilder text, ArrayBufferWriter<byte> bytes, ref string? charset)
    {
        if (charset is not null)
        {
            text.Append(Charsets.TryGet(charset, out var encoding)
                ? encoding.GetString(bytes.WrittenSpan) : Charsets.Guess(bytes.WrittenSpan));
            bytes.ResetWrittenCount();
            charset = null;
        }
    }

    private static void Append(ReadOnlySpan<char> encoded, bool isBase64, ArrayBufferWriter<byte> bytes)
    {
        var input = WireText.Bytes(encoded.ToString());
        if (isBase64)
        {
            var decoder = TransferDecoder.For("base64");
            decoder.Decode(input, bytes);
            decoder.Finish(bytes);
            return;
        }

        for (var index = 0; index < input.Length; index++)
        {
            if (input[index] == (byte)'=' && index + 2 < input.Length && Hex.TryByte(input[index + 1], input[index + 2], out var octet))
            {
                bytes.Write([octet]);
                index += 2;
            }
            else
            {
                bytes.Write([input[index] == (byte)'_' ? (byte)' ' : input[index]]);
            }
        }
    }

    /// <summary>The next "=?charset?B or Q?text?=".</summary>
    private static bool Next(string text, int from, out Word word)
    {
        word = default;
        for (var start = from; (start = text.IndexOf("=?", start, StringComparison.Ordinal)) >= 0; start += 2)
        {
            var charsetEnd = text.IndexOf('?', start + 2);
            if (charsetEnd < 0 || charsetEnd + 2 >= text.Length)
            {
                return false;
            }

            var kind = (char)(text[charsetEnd + 1] | 0x20);
            if (kind is not ('b' or 'q') || text[charsetEnd + 2] != '?' || text.AsSpan(start, charsetEnd - start).Contains(' '))
            {
                continue;
            }

            var textStart = charsetEnd + 3;
            var end = text.IndexOf("?=", textStart, StringComparison.Ordinal);
            if (end < 0)
            {
                return false;
            }

            word = new Word(start, text[(start + 2)..charsetEnd], kind == 'b', textStart, end - textStart);
            return true;
        }

        return false;
    }

    private readonly record struct Word(int Start, string Charset, bool IsBase64, int TextStart, int TextLength)
    {
        public int End => TextStart + TextLength + 2;
    }
}
