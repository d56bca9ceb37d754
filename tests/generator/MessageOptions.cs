namespace CompatBot.Generator;

/// <summary>What messages may contain that SMTP's DATA cannot carry, and the words that a test wants to find again.</summary>
public sealed record MessageOptions
{
    /// <summary>Every second message has LF alone at its line ends, or both kinds mixed, or a lone CR here and there.</summary>
    public bool BareLineEnds { get; init; }

    /// <summary>Every third message has NUL bytes in header and body.</summary>
    public bool Nuls { get; init; }

    /// <summary>Every third message has body and header lines of up to 100,000 bytes (SMTP allows 998).</summary>
    public bool LongLines { get; init; }

    /// <summary>Every second message ends without a line end; every hundredth is empty.</summary>
    public bool UnfinishedLines { get; init; }

    /// <summary>ASCII words in clear in every Subject (the shape "no header" has none).</summary>
    public string? SubjectMarker { get; init; }

    /// <summary>ASCII words in every text body (some are transfer encoded, as real mail is).</summary>
    public string? BodyMarker { get; init; }

    /// <summary>Local part of a From, To or Cc address of every message that has a header.</summary>
    public string? AddressMarker { get; init; }
}
