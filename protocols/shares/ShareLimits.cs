namespace CompatBot.Protocols.Shares;

/// <summary>What somebody who has a link, or guesses at one, can grow, with its bound.</summary>
public sealed record ShareLimits
{
    /// <summary>Longest body with a password, in bytes: each character may be escaped.</summary>
    public int PasswordBytesMax { get; init; } = 16 << 10;

    /// <summary>Longest body of an upload, in octets.</summary>
    public long UploadBytesMax { get; init; } = 16L << 30;

    /// <summary>How often whoever subscribes to a calendar is told to ask again (RFC 7986 section 5.7).</summary>
    public TimeSpan FeedRefresh { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Most files in one form.</summary>
    public int FilesPerFormMax { get; init; } = 200;

    /// <summary>Header fields of one file in a form.</summary>
    public int PartHeadersMax { get; init; } = 16;

    /// <summary>All header fields of one file in a form, in bytes.</summary>
    public int PartHeaderBytesMax { get; init; } = 8 << 10;

    /// <summary>Names in a path below a link: more levels than a link shows.</summary>
    public int NamesMax { get; init; } = 64;
}
