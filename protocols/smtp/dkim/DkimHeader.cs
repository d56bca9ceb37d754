using System.Text;
using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Smtp.Dkim;

/// <summary>The relaxed canonical form of header fields (RFC 6376 section 3.4.2); the simple one is the field as it came.</summary>
public static class DkimHeader
{
    /// <summary>Lower-case name, colon, value unfolded, its runs of white space one space, none around it, CRLF.</summary>
    public static void Relax(HeaderField field, Stream output) => Relax(field.Key, field.Value, output);

    /// <summary>The same of a field that is not written yet.</summary>
    public static void Relax(string name, ReadOnlySpan<byte> value, Stream output)
    {
        output.Write(Encoding.ASCII.GetBytes(name));
        output.WriteByte((byte)':');
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
