using System.Text;

namespace CompatBot.Formats.Mime;

/// <summary>A message's header as octets, with lines that end in CRLF: where it ends, its fields, and it without some of them.</summary>
public static class HeaderBlock
{
    /// <summary>Finds the blank line that ends a header.</summary>
    /// <param name="octets">The message, from its first octet.</param>
    /// <param name="seen">How many of them were looked at before in vain.</param>
    /// <returns>Octets before the blank line; -1: it has not come yet.</returns>
    public static int Length(ReadOnlySpan<byte> octets, int seen)
    {
        if (octets.StartsWith("\r\n"u8)) return 0;
        var from = Math.Max(0, seen - 3); // It may lie across two pieces.
        return octets[from..].IndexOf("\r\n\r\n"u8) is var end and >= 0 ? from + end + 2 : -1;
    }

    /// <summary>The fields in their order; lines that are none are passed over.</summary>
    public static List<HeaderField> Fields(ReadOnlyMemory<byte> header)
    {
        var fields = new List<HeaderField>();
        var reader = new HeaderReader(header.Span);
        while (reader.Read())
        {
            header.Span.Overlaps(reader.Field, out var at);
            var field = header.Slice(at, reader.Field.Length);
            fields.Add(new HeaderField(field, reader.Name.Length, reader.Field.Length - reader.Value.Length));
        }

        return fields;
    }

    /// <summary>Writes a header without some of its fields; all else stays, octet for octet.</summary>
    public static void WriteWithout(ReadOnlyMemory<byte> header, Predicate<HeaderField> drops, Stream output)
    {
        var from = 0;
        foreach (var field in Fields(header))
        {
            if (!drops(field)) continue;
            header.Span.Overlaps(field.Raw.Span, out var at);
            output.Write(header.Span[from..at]);
            from = at + field.Raw.Length;
        }

        output.Write(header.Span[from..]);
    }

    /// <summary>Addresses of every field of a name, decoded; groups and what is no address are left out.</summary>
    public static IEnumerable<(string Mailbox, string Host)> Addresses(IEnumerable<HeaderField> fields, string name) =>
        from field in fields
        where field.Is(Encoding.ASCII.GetBytes(name))
        from address in AddressParser.Parse(WireText.Unfold(field.Value))
        where address is { Mailbox: not null, Host: not null }
        select (Decoded(address.Mailbox!), Decoded(address.Host!));

    private static string Decoded(string wireText) => Encoding.UTF8.GetString(WireText.Bytes(wireText));
}
