namespace CompatBot.Protocols.Smtp;

/// <summary>Everything that an SMTP client can grow, with its bound.</summary>
public sealed record SmtpLimits
{
    /// <summary>
    /// Longest command line, CRLF included, in bytes. RFC 5321 section 4.5.3.1.4 asks for 512, and the extensions of MAIL for
    /// more (SIZE 26, BODY 16, SMTPUTF8 10, AUTH 500); UTF-8 paths are longer.
    /// </summary>
    public int CommandLineBytesMax { get; init; } = 2048;

    /// <summary>Longest response line within AUTH, CRLF included, in bytes: RFC 4954 section 4.</summary>
    public int AuthLineBytesMax { get; init; } = 12_288;

    /// <summary>
    /// Longest message, in bytes: announced by SIZE (RFC 1870). Lines of a message have no limit of their own: RFC 5321 section
    /// 4.5.3.1.6 asks for at least 1000 bytes, real mail has longer ones, and nothing here holds a line in memory.
    /// </summary>
    public long MessageBytesMax { get; init; } = 50L << 20;

    /// <summary>Bytes beyond <see cref="MessageBytesMax"/> that are read and thrown away to reach the end of a message politely.</summary>
    public long ExcessBytesMax { get; init; } = 64L << 20;

    /// <summary>Recipients of one message. RFC 5321 section 4.5.3.1.8 asks for at least 100.</summary>
    public int RecipientsMax { get; init; } = 1000;

    /// <summary>Servers that a message may have come through; RFC 5321 section 6.3 asks for at least 100.</summary>
    public int HopsMax { get; init; } = 100;

    /// <summary>Recipients to whom one device writes in an hour.</summary>
    public int RecipientsPerHourMax { get; init; } = 3000;

    /// <summary>Recipients to whom strangers of one network (an IPv4 address, an IPv6 /64) write in an hour.</summary>
    public int StrangerRecipientsPerHourMax { get; init; } = 20_000;

    /// <summary>Messages that one sender's address sends from one such network in an hour.</summary>
    public int SenderMessagesPerHourMax { get; init; } = 5000;

    /// <summary>Messages that one account gets from strangers in an hour.</summary>
    public int MailboxMessagesPerHourMax { get; init; } = 1000;

    /// <summary>Messages that wait for other servers; no more are taken then.</summary>
    public int QueuedMessagesMax { get; init; } = 100_000;

    /// <summary>Mistakes (500 to 504, 555, failed logins) of one connection before 421.</summary>
    public int ErrorsMax { get; init; } = 20;

    /// <summary>Refused recipients of one connection before 421: slows down those who try out names.</summary>
    public int RefusedRecipientsMax { get; init; } = 100;

    /// <summary>Commands in a row that move no mail (NOOP, RSET, VRFY, HELP, EHLO) before 421.</summary>
    public int IdleCommandsMax { get; init; } = 1000;

    /// <summary>Failed logins of one connection before 421.</summary>
    public int FailedLoginsMax { get; init; } = 3;

    /// <summary>How far ahead mail may be sent (RFC 4865).</summary>
    public TimeSpan HoldMax { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Silence before 421, also within a message. RFC 5321 section 4.5.3.2.7 asks for at least 5 minutes.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest name in HELO and EHLO, in bytes: that of a domain name (RFC 5321 section 4.5.3.1.2).</summary>
    public const int HeloBytesMax = 255;

    /// <summary>Longest local part, in bytes. RFC 5321 section 4.5.3.1.1 says 64; real ones (bounce addresses) are longer.</summary>
    public const int LocalPartBytesMax = 256;

    /// <summary>Longest domain, in bytes: RFC 5321 section 4.5.3.1.2.</summary>
    public const int DomainBytesMax = 255;
}
