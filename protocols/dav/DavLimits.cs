namespace CompatBot.Protocols.Dav;

/// <summary>What a stranger can grow over HTTP, with its bound.</summary>
public sealed record DavLimits
{
    /// <summary>Longest XML of a request, in bytes: a multiget names some thousand members.</summary>
    public int XmlBytesMax { get; init; } = 4 << 20;

    /// <summary>Deepest nesting of a request's XML.</summary>
    public int XmlDepthMax { get; init; } = 64;

    /// <summary>Longest content of one item, in octets.</summary>
    public long ItemBytesMax { get; init; } = 1L << 40;

    /// <summary>Longest calendar object or contact, in octets.</summary>
    public int ObjectBytesMax { get; init; } = 10 << 20;

    /// <summary>Longest managed attachment of a calendar object, in octets (RFC 8607 section 6.2).</summary>
    public long AttachmentBytesMax { get; init; } = 64 << 20;

    /// <summary>Most managed attachments of one calendar object (RFC 8607 section 6.3).</summary>
    public int AttachmentsMax { get; init; } = 50;

    /// <summary>Longest body of many objects, in octets.</summary>
    public int ImportBytesMax { get; init; } = 64 << 20;

    /// <summary>Most objects in one body: they become one entry of the journal.</summary>
    public int ImportObjectsMax { get; init; } = 10_000;

    /// <summary>Members that one PROPFIND with Depth: infinity lists; beyond it, propfind-finite-depth.</summary>
    public int InfiniteMembersMax { get; init; } = 10_000;

    /// <summary>Members that one report of changes lists before it says that there are more.</summary>
    public int ChangesMax { get; init; } = 10_000;

    /// <summary>Accounts of the directory that one answer has; then it says that there are more.</summary>
    public int ListingsMax { get; init; } = 200;

    /// <summary>How deep the properties of an expand-property nest.</summary>
    public int ExpandedLevelsMax { get; init; } = 8;

    /// <summary>Properties that one expand-property answers with; what it would lead to beyond them is answered with 507.</summary>
    public int ExpandedPropertiesMax { get; init; } = 10_000;

    /// <summary>Resources that one SEARCH answers with at most; then it says that there are more.</summary>
    public int SearchResultsMax { get; init; } = 10_000;

    /// <summary>Resources that one SEARCH looks at at most.</summary>
    public int SearchedMax { get; init; } = 500_000;

    /// <summary>Most users that one change of an event tells, and that one question about busy times names.</summary>
    public int AttendeesMax { get; init; } = 500;

    /// <summary>Most scheduling messages that one account sends by mail in an hour.</summary>
    public int InvitationsPerHourMax { get; init; } = 1000;

    /// <summary>Longest time that a lock holds without being refreshed.</summary>
    public TimeSpan LockMax { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a login by HTTP Basic stays open after its last request.</summary>
    public TimeSpan LoginIdle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most such logins at once; beyond it each request logs in by itself.</summary>
    public int LoginsMax { get; init; } = 10_000;
}
