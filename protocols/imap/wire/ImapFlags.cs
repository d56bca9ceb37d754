namespace CompatBot.Protocols.Imap.Wire;

/// <summary>The system flags of RFC 3501 section 2.3.2, by the bits of core's MessageFlags (a test holds them together).</summary>
public static class ImapFlags
{
    public const ulong Seen = 1;
    public const ulong Answered = 2;
    public const ulong Flagged = 4;
    public const ulong Deleted = 8;
    public const ulong Draft = 16;
    public const ulong AllSystem = Seen | Answered | Flagged | Deleted | Draft;

    /// <summary>Keyword i of a mailbox is bit 8 + i.</summary>
    public const int FirstKeywordBit = 8;

    public static ReadOnlySpan<byte> SystemList => "\\Answered \\Flagged \\Deleted \\Seen \\Draft"u8;

    /// <summary>0 when the name is no system flag that a client may set.</summary>
    public static ulong System(string name) => name.ToUpperInvariant() switch
    {
        "\\SEEN" => Seen,
        "\\ANSWERED" => Answered,
        "\\FLAGGED" => Flagged,
        "\\DELETED" => Deleted,
        "\\DRAFT" => Draft,
        _ => 0,
    };
}

/// <summary>flag-list (RFC 3501 section 9), sorted into system bits and keywords.</summary>
public sealed record FlagList(ulong System, IReadOnlyList<string> Keywords)
{
    public static readonly FlagList Empty = new(0, []);
}
