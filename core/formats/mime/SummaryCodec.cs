using System.Buffers;

namespace CompatBot.Formats.Mime;

/// <summary>
/// Summaries as bytes: a version byte; how many hashes of other names there are plus 1 (or 0: not known), and these, two bytes each, low
/// first (<see cref="OtherNames"/>); then the root part. A part is its form byte, then as variable-length integers (7 bits a byte, low
/// first) the gap from its parent's (or elder sibling's) place to its header, header bytes, body bytes, body lines; its fields; then its
/// children (count first) or its message. A field is its name's code plus 1 (or 0: the name is in the bytes) and its bytes.
/// </summary>
internal static class SummaryCodec
{
    private const byte Version = 2;

    /// <summary>Without hashes of names.</summary>
    private const byte FirstVersion = 1;

    /// <summary>Deepest tree that is read back; the scanner's own limit is far below.</summary>
    private const int DepthMax = 1_000;

    private const byte IncompleteFields = 0x80;

    /// <summary>Where a part lies, in front of its fields.</summary>
    private const int PlaceNumbers = 4;

    public static byte[] Encode(MimeMessage message)
    {
        var output = new ArrayBufferWriter<byte>(512);
        output.Write([Version]);
        Number(output, message.Others is { } known ? known.Length + 1 : 0);
        foreach (var hash in message.Others ?? []) output.Write([(byte)hash, (byte)(hash >> 8)]);
        Part(output, message.Root, 0);
        return output.WrittenSpan.ToArray();
    }

    public static MimeMessage? Decode(ReadOnlyMemory<byte> summary)
    {
        var reader = new SummaryReader(summary);
        var version = reader.Byte();
        if (version is not (Version or FirstVersion)) return null;
        var others = version == FirstVersion ? null : ReadOthers(ref reader);
        var root = ReadPart(ref reader, 0, long.MaxValue, 0);
        return root is null || !reader.AtEnd ? null : new MimeMessage(root, others);
    }

    /// <summary>The root's fields, without decoding anything; false where the bytes are no summary of a version known here.</summary>
    public static bool TryFields(ReadOnlyMemory<byte> summary, out SummaryFields fields)
    {
        fields = default;
        var reader = new SummaryReader(summary);
        var version = reader.Byte();
        if (version is not (Version or FirstVersion)) return false;
        ReadOnlyMemory<byte>? others = null;
        if (version == Version && reader.Number() - 1 is var count and >= 0)
        {
            if (count > OtherNames.Most) return false;
            others = reader.Bytes((int)count * sizeof(ushort));
        }

        var isComplete = (reader.Byte() & IncompleteFields) == 0;
        for (var place = 0; place < PlaceNumbers; place++) reader.Number();
        var fieldCount = reader.Number();
        if (reader.Failed) return false;
        fields = new SummaryFields(reader, others, isComplete, fieldCount);
        return true;
    }

    private static ushort[]? ReadOthers(ref SummaryReader reader)
    {
        var count = reader.Number() - 1;
        if (count is < 0 or > OtherNames.Most) return null;
        var hashes = new ushort[count];
        for (var at = 0; at < count; at++) hashes[at] = (ushort)(reader.Byte() | (reader.Byte() << 8));
        return hashes;
    }

    private static void Part(ArrayBufferWriter<byte> output, MimePart part, long from)
    {
        output.Write([(byte)((byte)part.Form | (part.Fields.Complete ? 0 : IncompleteFields))]);
        Number(output, part.HeaderStart - from);
        Number(output, part.HeaderBytes);
        Number(output, part.BodyBytes);
        Number(output, part.BodyLines);
        Number(output, part.Fields.Count);
        for (var index = 0; index < part.Fields.Count; index++)
        {
            Field(output, part.Fields[index]);
        }

        if (part.Form.HasFlag(PartForm.Message))
        {
            Part(output, part.Message!.Root, part.BodyStart);
        }
        else if (part.Form.HasFlag(PartForm.Multipart))
        {
            Number(output, part.Children.Count);
            var previous = part.BodyStart;
            foreach (var child in part.Children)
            {
                Part(output, child, previous);
                previous = child.End;
            }
        }
    }

    private static void Field(ArrayBufferWriter<byte> output, HeaderField field)
    {
        // The code stands for "Name:", so a name with a space before its colon is written out.
        var code = field.ValueStart == field.NameLength + 1 ? KeptFields.Code(field.Name) + 1 : 0;
        var bytes = code > 0 ? field.Value : field.Raw.Span;
        Number(output, code);
        Number(output, bytes.Length);
        output.Write(bytes);
    }

    private static MimePart? ReadPart(ref SummaryReader reader, long from, long endMax, int depth)
    {
        var form = (PartForm)reader.Byte();
        var complete = ((byte)form & IncompleteFields) == 0;
        form &= (PartForm)(IncompleteFields - 1);
        var headerStart = from + reader.Number();
        var bodyStart = headerStart + reader.Number();
        var end = bodyStart + reader.Number();
        var place = new PartPlace(headerStart, bodyStart, end, reader.Number());
        var fields = ReadFields(ref reader, complete);
        if (reader.Failed || depth > DepthMax || headerStart < from || bodyStart < headerStart || end < bodyStart || end > endMax)
        {
            return null;
        }

        if (form.HasFlag(PartForm.Message))
        {
            var root = ReadPart(ref reader, bodyStart, end, depth + 1);
            return root is null ? null : new MimePart(place, form, fields, null, new MimeMessage(root));
        }

        if (!form.HasFlag(PartForm.Multipart))
        {
            return new MimePart(place, form, fields, null, null);
        }

        var children = new List<MimePart>();
        var count = reader.Number();
        for (var previous = bodyStart; children.Count < count; previous = children[^1].End)
        {
            if (ReadPart(ref reader, previous, end, depth + 1) is not { } child)
            {
                return null;
            }

            children.Add(child);
        }

        return children.Count == 0 ? null : new MimePart(place, form, fields, children.ToArray(), null);
    }

    private static HeaderFields ReadFields(ref SummaryReader reader, bool complete)
    {
        var count = reader.Number();
        if (count == 0 && complete)
        {
            return HeaderFields.Empty;
        }

        var fields = new List<HeaderField>();
        while (fields.Count < count && !reader.Failed)
        {
            var code = reader.Number();
            var bytes = reader.Bytes();
            var name = code > 0 ? KeptFields.Name((int)Math.Min(code - 1, int.MaxValue)) : default;
            var raw = name.IsEmpty ? bytes : Join(name, bytes.Span);
            if (!HeaderReader.TryName(raw.Span, out var found, out var valueStart))
            {
                reader.Fail();
                break;
            }

            fields.Add(new HeaderField(raw, found.Length, valueStart));
        }

        return new HeaderFields([.. fields], complete);
    }

    private static byte[] Join(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var raw = new byte[name.Length + 1 + value.Length];
        name.CopyTo(raw);
        raw[name.Length] = (byte)':';
        value.CopyTo(raw.AsSpan(name.Length + 1));
        return raw;
    }

    private static void Number(ArrayBufferWriter<byte> output, long number)
    {
        var value = (ulong)number;
        var span = output.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[length++] = (byte)(value | 0x80);
        }

        span[length++] = (byte)value;
        output.Advance(length);
    }
}
