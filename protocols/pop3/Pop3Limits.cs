namespace CompatBot.Protocols.Pop3;

/// <summary>Everything that a POP3 client can grow, with its bound.</summary>
public sealed record Pop3Limits
{
    /// <summary>Longest command line, CRLF included, in bytes. RFC 2449 section 4 asks for 255.</summary>
    public int CommandLineBytesMax { get; init; } = 1024;

    /// <summary>Longest response line within AUTH, CRLF included, in bytes: as SMTP's (RFC 4954 section 4).</summary>
    public int AuthLineBytesMax { get; init; } = 12_288;

    /// <summary>Commands of one connection that were no POP3 before it ends.</summary>
    public int ErrorsMax { get; init; } = 20;

    /// <summary>Failed logins of one connection before it ends.</summary>
    public int FailedLoginsMax { get; init; } = 3;

    /// <summary>Silence before the login.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Silence after the login: RFC 1939 section 3 asks for at least 10 minutes.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);
}
