using System.Buffers;
using System.Text;

namespace CompatBot.Formats.Mime;

/// <summary>Header text as found, each char one byte of the message.</summary>
public static class WireText
{
    private static readonly SearchValues<byte> Dropped = SearchValues.Create("\r\n\0"u8);

    /// <summary>A header value without its line ends (folds keep their white space), NULs and outer white space.</summary>
    public static string Unfold(ReadOnlySpan<byte> value)
    {
        value = value.Trim(" \t\r\n\0"u8);
        if (value.IndexOfAny(Dropped) < 0)
        {
            return Encoding.Latin1.GetString(value);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(value.Length);
        var length = 0;
        foreach (var octet in value)
        {
            if (octet is not ((byte)'\r' or (byte)'\n' or 0))
            {
                buffer[length++] = octet;
            }
        }

        var text = Encoding.Latin1.GetString(buffer, 0, length);
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        return text;
    }

    /// <summary>The bytes that the text was made from.</summary>
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
