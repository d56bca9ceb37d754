using System.Buffers;
using CompatBot.Core.Content;
using CompatBot.Formats.Mime;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Fetching;

/// <summary>Turns BODY[...] into bytes of a message (RFC 3501 section 6.4.5).</summary>
public static class SectionFinder
{
    /// <summary>Whether the message's structure must be known; of the whole message it need not.</summary>
    public static bool NeedsSummary(SectionSpec section) => section.Path.Length > 0 || section.Text != SectionText.All;

    /// <summary>Whether the summary has it, of all but the strangest messages.</summary>
    public static bool IsInSummary(SectionSpec section) =>
        section is { Path: [], Text: SectionText.HeaderFields } && Array.TrueForAll(section.FieldNames, name => HeaderFields.AreKept(name));

    /// <param name="summary">Null where <see cref="NeedsSummary"/> says so.</param>
    public static async ValueTask<SectionBytes> FindAsync(
        SectionSpec section, MimeMessage? summary, ContentReader content, ImapLimits limits, CancellationToken cancellation)
    {
        if (summary is null || !NeedsSummary(section)) return SectionBytes.Of(0, content.Length);
        var part = summary.Root.Find(section.Path);
        if (part is null) return SectionBytes.Nil;
        if (section.Path.Length > 0)
        {
            if (section.Text == SectionText.All) return SectionBytes.Of(part.BodyStart, part.End);
            if (section.Text == SectionText.Mime) return SectionBytes.Of(part.HeaderStart, part.BodyStart);

            // "HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT and TEXT ... refer to the [RFC-2822] header of a message/rfc822 part."
            if (part.Message is null) return SectionBytes.Nil;
            part = part.Message.Root;
        }

        switch (section.Text)
        {
            case SectionText.Header: return SectionBytes.Of(part.HeaderStart, part.BodyStart);
            case SectionText.Text: return SectionBytes.Of(part.BodyStart, part.End);
            case SectionText.HeaderFields when Array.TrueForAll(section.FieldNames, Answers):
                return SectionBytes.Of(Pick(part.Fields, section.FieldNames));
            default:
                var header = await HeaderAsync(part, content, limits, cancellation);
                return SectionBytes.Of(Pick(header.Span, section.FieldNames, isNot: section.Text == SectionText.HeaderFieldsNot));
        }

        bool Answers(byte[] name) => part.Fields.Answers(name) || (part == summary.Root && part.Fields.Complete && !summary.MayHave(name));
    }

    /// <summary>A part's header, up to a limit.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>> HeaderAsync(
        MimePart part, ContentReader content, ImapLimits limits, CancellationToken cancellation)
    {
        var length = (int)Math.Min(part.HeaderBytes, limits.HeaderBytesMax);
        var first = await content.ReadAsync(part.HeaderStart, cancellation);
        if (first.Length >= length) return first[..length];
        var header = new byte[length];
        for (var at = 0; at < length;)
        {
            var piece = await content.ReadAsync(part.HeaderStart + at, cancellation);
            if (piece.IsEmpty) return header.AsMemory(0, at);
            piece = piece[..Math.Min(piece.Length, length - at)];
            piece.CopyTo(header.AsMemory(at));
            at += piece.Length;
        }

        return header;
    }

    private static byte[][] NamesOf(SectionSpec section) => section.FieldNames;

    private static ReadOnlyMemory<byte> Pick(HeaderFields fields, byte[][] names)
    {
        var picked = new ArrayBufferWriter<byte>(256);
        foreach (var field in fields)
        {
            if (Names(names, field.Name)) Add(picked, field.Raw.Span);
        }

        picked.Write("\r\n"u8);
        return picked.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> Pick(ReadOnlySpan<byte> header, byte[][] names, bool isNot)
    {
        var picked = new ArrayBufferWriter<byte>(256);
        var reader = new HeaderReader(header);
        while (reader.Read())
        {
            if (Names(names, reader.Name) != isNot) Add(picked, reader.Field);
        }

        // "Subsetting does not exclude the [RFC-2822] delimiting blank line between the header and the body."
        picked.Write("\r\n"u8);
        return picked.WrittenMemory;
    }

    private static void Add(ArrayBufferWriter<byte> picked, ReadOnlySpan<byte> field)
    {
        picked.Write(field);
        if (!field.EndsWith("\n"u8)) picked.Write("\r\n"u8);
    }

    /// <summary>Whether a field has one of these names.</summary>
    internal static bool Names(byte[][] names, ReadOnlySpan<byte> field)
    {
        foreach (var name in names)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(name, field)) return true;
        }

        return false;
    }
}
