using System.Buffers;
using System.Globalization;

namespace CompatBot.Formats.Mime;

/// <summary>Puts RFC 2231 parameters together: name*=utf-8'en'%41, name*0, name*1*, and plain names with encoded words in them.</summary>
public static class ExtendedParameters
{
    /// <summary>Pieces of one parameter; more are not read.</summary>
    public const int PiecesMax = 500;

    /// <returns>The decoded value; null where there is no such parameter. The extended form wins over the plain one.</returns>
    public static string? Find(IReadOnlyList<KeyValuePair<string, string>> parameters, string name)
    {
        string? plain = null;
        var pieces = new SortedDictionary<int, (string Value, bool Encoded)>();
        foreach (var (key, value) in parameters)
        {
            if (!key.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var rest = key.AsSpan(name.Length);
            if (rest.IsEmpty)
            {
                plain ??= value;
            }
            else if (rest[0] == '*' && pieces.Count < PiecesMax)
            {
                var encoded = rest[^1] == '*';
                var number = rest.Trim('*');
                if (number.IsEmpty)
                {
                    pieces.TryAdd(0, (value, encoded));
                }
                else if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var piece))
                {
                    pieces.TryAdd(piece, (value, encoded));
                }
            }
        }

        return pieces.ContainsKey(0) ? Join(pieces) : plain is null ? null : EncodedWords.Decode(plain);
    }

    private static string Join(SortedDictionary<int, (string Value, bool Encoded)> pieces)
    {
        var bytes = new ArrayBufferWriter<byte>();
        string? charset = null;
        var next = 0;
        foreach (var (number, (value, encoded)) in pieces)
        {
            if (number != next++)
            {
                break; // A piece is missing: what follows it would be read in the wrong place.
            }

            var text = value;
            if (number == 0 && encoded)
            {
                var first = text.IndexOf('\'', StringComparison.Ordinal);
                var second = first < 0 ? -1 : text.IndexOf('\'', first + 1);
                if (second >= 0)
                {
                    charset = text[..first];
                    text = text[(second + 1)..];
                }
            }

            Append(WireText.Bytes(text), encoded, bytes);
        }

        return charset is not null && Charsets.TryGet(charset, out var encoding)
            ? encoding.GetString(bytes.WrittenSpan) : Charsets.Guess(bytes.WrittenSpan);
    }

    private static void Append(ReadOnlySpan<byte> text, bool encoded, ArrayBufferWriter<byte> bytes)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (encoded && text[index] == (byte)'%' && index + 2 < text.Length && Hex.TryByte(text[index + 1], text[index + 2], out var octet))
            {
                bytes.Write([octet]);
                index += 2;
            }
            else
            {
                bytes.Write([text[index]]);
            }
        }
    }
}
