using CompatBot.Core.Metrics;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;

namespace CompatBot.Protocols.Imap;

/// <summary>The tagged line that ends a command: OK, NO or BAD, an optional response code, and text for humans.</summary>
public readonly record struct ImapReply(string Status, string? Code, string Text)
{
    private static readonly Tally GivenOk = LineMetrics.Of("imap").Reply("ok");
    private static readonly Tally GivenNo = LineMetrics.Of("imap").Reply("no");
    private static readonly Tally GivenBad = LineMetrics.Of("imap").Reply("bad");
    private static readonly Tally GivenBye = LineMetrics.Of("imap").Reply("bye");

    /// <summary>Nothing more can be said: the connection ended in the middle of the command.</summary>
    public static readonly ImapReply Ended = new("", null, "");

    /// <param name="text">Never empty (resp-text, RFC 3501 section 9).</param>
    public static ImapReply Ok(string text) => new("OK", null, text);

    public static ImapReply Ok(string code, string text) => new("OK", code, text);

    public static ImapReply Bad(string text) => new("BAD", null, text);

    public static ImapReply No(string code, string text) => new("NO", code, text);

    /// <summary>Says goodbye without a tag and closes.</summary>
    public static ImapReply Bye(string text) => new("BYE", null, text);

    /// <summary>What is said when reading ends: nothing to who has hung up.</summary>
    public static ImapReply Goodbye(LineStatus ended) => ended switch
    {
        LineStatus.Closed => Ended,
        LineStatus.IdleTimeout => Bye("Silent for too long"),
        LineStatus.Draining => Bye("The server is stopping, come back soon"),
        LineStatus.Cut => Bye("This device was revoked"),
        LineStatus.Flood => Bye("That line is too long to be read"),
        _ => throw new ArgumentOutOfRangeException(nameof(ended), ended, null),
    };

    public static readonly ImapReply ReadOnly = No("READ-ONLY", "The mailbox is open for reading only");

    /// <summary>RFC 5530 and RFC 9051 section 7.1 response codes for what core declined.</summary>
    public static ImapReply No(Refusal refusal) => refusal switch
    {
        Refusal.NotFound => No("NONEXISTENT", "No such mailbox"),
        Refusal.AlreadyExists => No("ALREADYEXISTS", "Mailbox already exists"),
        Refusal.HasChildren => No("HASCHILDREN", "Mailbox has children"),
        Refusal.NotPermitted => No("NOPERM", "This device may not do that"),
        Refusal.Invalid => No("CANNOT", "No mailbox can have that name"),
        Refusal.OverQuota => No("OVERQUOTA", "Quota exceeded"),
        Refusal.TooLarge => No("TOOBIG", "Message too big"),
        Refusal.TooMany => No("LIMIT", "That would be one too many"),
        Refusal.BadCredentials => No("AUTHENTICATIONFAILED", "Wrong address or password"),
        Refusal.Conflict => No("INUSE", "Somebody else is changing this, try again"),
        Refusal.StoreFull => No("UNAVAILABLE", "The store is full"),
        Refusal.Unavailable => No("UNAVAILABLE", "Try again later"),
        Refusal.Locked => No("NOPERM", "Mail is outside of this device's scope"),
        Refusal.Damaged => No("CORRUPTION", "Stored data is damaged"),
        Refusal.WentBack => No("UNAVAILABLE", "The account's store is an older copy; its operator must decide"),
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, null),
    };

    /// <summary>As <see cref="No(Refusal)"/>, where the missing mailbox is a destination (RFC 3501 section 7.1, TRYCREATE).</summary>
    public static ImapReply NoTarget(Refusal refusal) =>
        refusal == Refusal.NotFound ? No("TRYCREATE", "No such mailbox") : No(refusal);

    /// <summary>Counts the reply as one that was given.</summary>
    public void Count()
    {
        var given = Status switch { "OK" => GivenOk, "NO" => GivenNo, "BAD" => GivenBad, _ => GivenBye };
        given.Add();
    }

    public string ToLine(string tag) => Code is null ? $"{tag} {Status} {Text}\r\n" : $"{tag} {Status} [{Code}] {Text}\r\n";
}
