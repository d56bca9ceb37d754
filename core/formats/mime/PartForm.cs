namespace CompatBot.Formats.Mime;

/// <summary>What the scanner decided about a part; stored in summaries, so a value is never given a new meaning.</summary>
[Flags]
internal enum PartForm : byte
{
    Leaf = 0,
    Multipart = 1,
    Message = 2,
    /// <summary>Too deep, too many, or an encoded message: reported as application/octet-stream.</summary>
    Opaque = 4,
    /// <summary>A part of multipart/digest: message/rfc822 is its default type (RFC 2046 section 5.1.5).</summary>
    InDigest = 8,
}

/// <summary>Offsets in the message, and the line feeds of the body.</summary>
internal readonly record struct PartPlace(long HeaderStart, long BodyStart, long End, long BodyLines);
