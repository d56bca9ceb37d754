namespace CompatBot.Protocols.Ftp;

/// <summary>Everything that an FTP client can grow, with its bound.</summary>
public sealed record FtpLimits
{
    /// <summary>Longest command line, CRLF included, in bytes: a deep path in UTF-8.</summary>
    public int CommandLineBytesMax { get; init; } = 16 * 1024;

    /// <summary>Commands of one connection that were no FTP before it ends.</summary>
    public int ErrorsMax { get; init; } = 50;

    /// <summary>Failed logins of one connection before it ends.</summary>
    public int FailedLoginsMax { get; init; } = 3;

    /// <summary>Silence before the login.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Silence between two commands.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a data connection may take to come, or to be made, with its TLS handshake.</summary>
    public TimeSpan DataOpenTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a data connection may move nothing.</summary>
    public TimeSpan DataStallTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long one transfer may take.</summary>
    public TimeSpan TransferTimeout { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Longest content of one file, in octets.</summary>
    public long FileBytesMax { get; init; } = 1L << 40;

    /// <summary>Ports that passive data connections come to, both ends included; null: any that is free.</summary>
    public (int First, int Last)? PassivePorts { get; init; }
}
