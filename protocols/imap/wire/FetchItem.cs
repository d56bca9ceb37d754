namespace CompatBot.Protocols.Imap.Wire;

public enum FetchKind
{
    Uid, Flags, InternalDate, Rfc822Size, Envelope, Body, BodyStructure, Section, ModSeq, EmailId, ThreadId, Preview, BinarySize,
    SaveDate,
}

/// <summary>Which bytes of a part a section names (RFC 3501 section 6.4.5).</summary>
public enum SectionText { All, Header, HeaderFields, HeaderFieldsNot, Text, Mime }

/// <summary>section = "[" [section-spec] "]"</summary>
/// <param name="Path">Part numbers from the outside in; empty: the message itself.</param>
/// <param name="Fields">Header field names for HEADER.FIELDS and HEADER.FIELDS.NOT, as the client spelled them.</param>
public sealed record SectionSpec(int[] Path, SectionText Text, IReadOnlyList<string> Fields)
{
    public static readonly SectionSpec Whole = new([], SectionText.All, []);

    /// <summary>The same names as bytes, to be held against headers.</summary>
    public byte[][] FieldNames => field ??= [.. Fields.Select(System.Text.Encoding.ASCII.GetBytes)];
}

/// <summary>"&lt;" first byte "." count of bytes "&gt;"</summary>
public readonly record struct FetchPartial(long Offset, long Bytes);

/// <summary>fetch-att (RFC 3501 section 9).</summary>
/// <param name="Name">How the reply names the item: RFC822.HEADER is BODY.PEEK[HEADER] by another name.</param>
/// <param name="IsPeek">False sets \Seen.</param>
/// <param name="IsDecoded">Without its transfer encoding (RFC 3516).</param>
public sealed record FetchItem(
    FetchKind Kind, string Name, SectionSpec? Section = null, bool IsPeek = true, FetchPartial? Partial = null, bool IsDecoded = false)
{
    public static readonly FetchItem Preview = new(FetchKind.Preview, "PREVIEW");
    public static readonly FetchItem SaveDate = new(FetchKind.SaveDate, "SAVEDATE");
    public static readonly FetchItem Uid = new(FetchKind.Uid, "UID");
    public static readonly FetchItem Flags = new(FetchKind.Flags, "FLAGS");
    public static readonly FetchItem InternalDate = new(FetchKind.InternalDate, "INTERNALDATE");
    public static readonly FetchItem Rfc822Size = new(FetchKind.Rfc822Size, "RFC822.SIZE");
    public static readonly FetchItem Envelope = new(FetchKind.Envelope, "ENVELOPE");
    public static readonly FetchItem Body = new(FetchKind.Body, "BODY");
    public static readonly FetchItem ModSeq = new(FetchKind.ModSeq, "MODSEQ");
    public static readonly FetchItem EmailId = new(FetchKind.EmailId, "EMAILID");
    public static readonly FetchItem ThreadId = new(FetchKind.ThreadId, "THREADID");
    public static readonly FetchItem BodyStructure = new(FetchKind.BodyStructure, "BODYSTRUCTURE");
}
