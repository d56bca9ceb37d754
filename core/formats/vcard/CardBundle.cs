using System.Text;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Vcard;

/// <summary>Takes a file of many vCards apart. The octets of each stay as they are.</summary>
public static class CardBundle
{
    /// <summary>
    /// Each card of a text, from its BEGIN to its END. One without a UID gets one behind its VERSION, which follows from its octets.
    /// </summary>
    /// <returns>Null when there is none, one does not end, or there is text between them.</returns>
    public static IReadOnlyList<ReadOnlyMemory<byte>>? Split(ReadOnlyMemory<byte> octets)
    {
        var cards = new List<ReadOnlyMemory<byte>>();
        var (start, depth) = (0, 0);
        var span = octets.Span;
        for (var at = span.StartsWith("\uFEFF"u8) ? 3 : 0; at < span.Length;)
        {
            var length = span[at..].IndexOf((byte)'\n');
            var next = length < 0 ? span.Length : at + length + 1;
            var line = span[at..next].Trim("\r\n\t "u8);
            if (Ascii.EqualsIgnoreCase(line, "BEGIN:VCARD"u8))
            {
                if (depth++ == 0) start = at;
            }
            else if (Ascii.EqualsIgnoreCase(line, "END:VCARD"u8))
            {
                if (--depth < 0) return null;
                if (depth == 0) cards.Add(Named(octets[start..next]));
            }
            else if (depth == 0 && !line.IsEmpty)
            {
                return null;
            }

            at = next;
        }

        return depth != 0 || cards.Count == 0 ? null : cards;
    }

    private static ReadOnlyMemory<byte> Named(ReadOnlyMemory<byte> card)
    {
        if (Component.Read(card.Span, out var roots) is not null) return card; // Whoever takes it will say what is wrong.
        if (roots[0].Find("UID") is { } uid && uid.Text.Trim().Length > 0) return card;
        var span = card.Span;
        var first = span.IndexOf((byte)'\n') + 1;
        if (span[first..].IndexOf((byte)'\n') is >= 0 and var second && Ascii.EqualsIgnoreCase(span.Slice(first, 7), "VERSION"u8))
        {
            first += second + 1;
        }

        byte[] line = [.. "UID:"u8, .. Encoding.ASCII.GetBytes(CalendarBundle.UidOf(span)), .. "\r\n"u8];
        return (byte[])[.. span[..first], .. line, .. span[first..]];
    }
}
