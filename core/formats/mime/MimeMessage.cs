namespace CompatBot.Formats.Mime;

/// <summary>
/// One message, or one message inside a message/rfc822 part: its tree of parts, and the header fields that clients ask for.
/// All text in it is "wire text": each char is one byte of the message (ISO-8859-1), nothing is decoded; Encoding.Latin1 writes it back.
/// </summary>
public sealed class MimeMessage
{
    /// <param name="others">Hashes of the names of fields that are not kept, ascending; null: not known.</param>
    internal MimeMessage(MimePart root, ushort[]? others = null)
    {
        Others = others;
        Root = root;
    }

    /// <summary>The whole message as a part: its header is the message's header.</summary>
    public MimePart Root { get; }

    internal ushort[]? Others { get; }

    /// <summary>False: the message's header has no field of this name.</summary>
    public bool MayHave(ReadOnlySpan<byte> name) =>
        Others is null || KeptFields.Of(name, message: true) != Keep.No || Array.BinarySearch(Others, OtherNames.Hash(name)) >= 0;

    /// <summary>Bytes of the message, header included.</summary>
    public long Size => Root.End - Root.HeaderStart;

    /// <summary>The kept fields of the header, raw.</summary>
    public HeaderFields Fields => Root.Fields;

    /// <summary>The addresses, subject, date and identifiers (RFC 3501 section 7.4.2, ENVELOPE). Parsed when first asked for.</summary>
    public Envelope Envelope => field ??= Envelope.Of(Fields);

    /// <summary>The summary as bytes: a few hundred for a plain mail. Versioned; <see cref="Decode"/> reads it.</summary>
    public byte[] Encode() => SummaryCodec.Encode(this);

    /// <param name="summary">Kept by what is decoded: it does not change any more.</param>
    /// <returns>Null where the bytes are no summary of a version known here: scan the message again.</returns>
    public static MimeMessage? Decode(ReadOnlyMemory<byte> summary) => SummaryCodec.Decode(summary);
}
