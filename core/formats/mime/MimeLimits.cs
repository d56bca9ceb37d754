namespace CompatBot.Formats.Mime;

/// <summary>What the scanner keeps of one message at most. Whatever lies beyond stays in the message, only the tree does not name it.</summary>
public sealed record MimeLimits
{
    public static MimeLimits Default { get; } = new();

    /// <summary>Levels of multipart and message/rfc822 that are opened; a part below is one opaque application/octet-stream.</summary>
    public int DepthMax { get; init; } = 100;

    /// <summary>Parts of one message, all levels together; the last one takes the rest of the message, opaque.</summary>
    public int PartsMax { get; init; } = 10_000;

    /// <summary>Bytes of one kept header field, folds included; the rest of a longer field is dropped from the summary.</summary>
    public int FieldBytesMax { get; init; } = 256 * 1024;

    /// <summary>Bytes of all kept header fields of one message, all parts together.</summary>
    public int RetainedBytesMax { get; init; } = 2 * 1024 * 1024;

    /// <summary>Kept fields of one header block.</summary>
    public int FieldsMax { get; init; } = 1_000;

    /// <summary>Bytes of a boundary line; RFC 2046 section 5.1.1 allows 70 for the boundary itself. A longer line is never a boundary.</summary>
    public int BoundaryLineBytesMax { get; init; } = 1_000;
}
