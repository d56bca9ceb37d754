using System.Text;

namespace CompatBot.Protocols.Smtp.Dkim;

/// <summary>One field of a header, with its octets as they came.</summary>
/// <param name="Name">In lower case.</param>
/// <param name="Octets">Name, colon, value and final CRLF, folds and all.</param>
public sealed record DkimField(string Name, ReadOnlyMemory<byte> Octets);

/// <summary>The fields of a header, and their canonical forms (RFC 6376 section 3.4.1 and 3.4.2).</summary>
public static class DkimHeader
{
    /// <summary>Cuts a header into its fields. Lines that are no field are passed over.</summary>
    public static List<DkimField> Fields(ReadOnlyMemory<byte> header) => [.. Lines(header).Where(field => field.Name.Length > 0)];

    /// <summary>The same with lines that are no field, which have no name.</summary>
    public static List<DkimField> Lines(ReadOnlyMemory<byte> header)
    {
        var fields = new List<DkimField>();
        for (var from = 0; from < header.Length;)
        {
            var end = from;
            do
            {
                var line = header.Span[end..].IndexOf("\r\n"u8);
                end = line < 0 ? header.Length : end + line + 2;
            }
            while (end < header.Length && header.Span[end] is (byte)' ' or (byte)'\t');
            var octets = header[from..end];
            var colon = octets.Span.IndexOf((byte)':');
            var name = colon > 0 ? Encoding.ASCII.GetString(octets.Span[..colon].TrimEnd(" \t"u8)).ToLowerInvariant() : "";
            fields.Add(new DkimField(name, octets));
            from = end;
        }

        return fields;
    }

    /// <summary>Lower-case name, colon, value unfolded, its runs of white space one space, none around it, CRLF.</summary>
    public static void Relax(DkimField field, Stream output)
    {
        output.Write(Encoding.ASCII.GetBytes(field.Name));
        output.WriteByte((byte)':');
        var value = field.Octets.Span[(field.Octets.Span.IndexOf((byte)':') + 1)..];
        var (any, space) = (false, false);
        foreach (var octet in value)
        {
            if (octet is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                space = any;
                continue;
            }

            if (space) output.WriteByte((byte)' ');
            output.WriteByte(octet);
            (any, space) = (true, false);
        }

        output.Write("\r\n"u8);
    }
}
