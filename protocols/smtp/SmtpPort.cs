namespace CompatBot.Protocols.Smtp;

/// <summary>What a port is for.</summary>
public enum SmtpRole
{
    /// <summary>Port 25: anybody's mail for local recipients, and only for them. No AUTH.</summary>
    Mx,

    /// <summary>Ports 587 and 465 (RFC 6409, RFC 8314): a logged-in owner's own mail.</summary>
    Submission,

    /// <summary>
    /// LMTP (RFC 2033): mail that a server of one's own took and looked at, from networks that are trusted. One reply for each recipient.
    /// </summary>
    Lmtp,
}

/// <summary>One listening port: its role, and whether TLS comes first (465) or by STARTTLS.</summary>
public sealed record SmtpPort(SmtpRole Role, bool ImplicitTls);
