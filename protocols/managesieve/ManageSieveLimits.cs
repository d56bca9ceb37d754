namespace CompatBot.Protocols.ManageSieve;

/// <summary>Everything that a ManageSieve client can grow, with its bound.</summary>
public sealed record ManageSieveLimits
{
    /// <summary>Longest command line without its literals, CRLF included, in bytes: room for two quoted names of 512 octets.</summary>
    public int LineBytesMax { get; init; } = 8192;

    /// <summary>Literals of one command together, in bytes; beyond it the connection ends, as no such script would be taken.</summary>
    public int LiteralBytesMax { get; init; } = 1 << 20;

    /// <summary>The same before the login, where a literal can only be a response of SASL.</summary>
    public int LiteralBytesBeforeLoginMax { get; init; } = 16 << 10;

    /// <summary>Arguments of one command.</summary>
    public int ArgumentsMax { get; init; } = 8;

    /// <summary>Commands of one connection that were none before it ends.</summary>
    public int ErrorsMax { get; init; } = 20;

    /// <summary>Failed logins of one connection before it ends.</summary>
    public int FailedLoginsMax { get; init; } = 3;

    /// <summary>Silence before the login.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Silence after the login: RFC 5804 section 1.5 asks for at least 30 minutes.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(30);
}
