using CompatBot.Formats.Mime;

namespace CompatBot.Protocols.Imap.Wire;

/// <summary>body (RFC 3501 sections 7.4.2 and 9): BODYSTRUCTURE, or BODY, which is the same without extension data.</summary>
public static class BodyStructureWriter
{
    public static void Write(ref WireWriter writer, MimePart part, bool extended)
    {
        writer.Byte((byte)'(');
        if (part.Kind == MimeKind.Multipart) Multipart(ref writer, part, extended);
        else OnePart(ref writer, part, extended);
        writer.Byte((byte)')');
    }

    private static void Multipart(ref WireWriter writer, MimePart part, bool extended)
    {
        foreach (var child in part.Children) Write(ref writer, child, extended);
        writer.Byte((byte)' ');
        writer.NString(part.Subtype);
        if (!extended) return;
        writer.Byte((byte)' ');
        Parameters(ref writer, part.Parameters);
        Extension(ref writer, part);
    }

    private static void OnePart(ref WireWriter writer, MimePart part, bool extended)
    {
        writer.NString(part.Type);
        writer.Byte((byte)' ');
        writer.NString(part.Subtype);
        writer.Byte((byte)' ');
        Parameters(ref writer, part.Parameters);
        writer.Byte((byte)' ');
        writer.NString(part.Id);
        writer.Byte((byte)' ');
        writer.NString(part.Description);
        writer.Byte((byte)' ');
        writer.NString(part.Encoding);
        writer.Byte((byte)' ');
        writer.Number(part.BodyBytes);
        if (part.Message is { } message)
        {
            writer.Byte((byte)' ');
            EnvelopeWriter.Write(ref writer, message.Envelope);
            writer.Byte((byte)' ');
            Write(ref writer, message.Root, extended);
        }

        if (part.Kind is MimeKind.Text or MimeKind.Message)
        {
            writer.Byte((byte)' ');
            writer.Number(part.BodyLines);
        }

        if (!extended) return;
        writer.Byte((byte)' ');
        writer.NString(part.Md5);
        Extension(ref writer, part);
    }

    /// <summary>SP body-fld-dsp SP body-fld-lang SP body-fld-loc</summary>
    private static void Extension(ref WireWriter writer, MimePart part)
    {
        writer.Byte((byte)' ');
        if (part.Disposition is null)
        {
            writer.Nil();
        }
        else
        {
            writer.Byte((byte)'(');
            writer.NString(part.Disposition);
            writer.Byte((byte)' ');
            Parameters(ref writer, part.DispositionParameters);
            writer.Byte((byte)')');
        }

        writer.Byte((byte)' ');
        Languages(ref writer, part.Language);
        writer.Byte((byte)' ');
        writer.NString(part.Location);
    }

    private static void Languages(ref WireWriter writer, IReadOnlyList<string> languages)
    {
        if (languages.Count == 0) writer.Nil();
        else if (languages.Count == 1) writer.NString(languages[0]);
        else
        {
            writer.Byte((byte)'(');
            for (var i = 0; i < languages.Count; i++)
            {
                if (i > 0) writer.Byte((byte)' ');
                writer.NString(languages[i]);
            }

            writer.Byte((byte)')');
        }
    }

    private static void Parameters(ref WireWriter writer, IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        if (parameters.Count == 0)
        {
            writer.Nil();
            return;
        }

        writer.Byte((byte)'(');
        for (var i = 0; i < parameters.Count; i++)
        {
            if (i > 0) writer.Byte((byte)' ');
            writer.NString(parameters[i].Key);
            writer.Byte((byte)' ');
            writer.NString(parameters[i].Value);
        }

        writer.Byte((byte)')');
    }
}
