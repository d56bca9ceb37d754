namespace CompatBot.Protocols.Net;

/// <summary>What any stranger can grow on any line protocol, with its bound. Each room adds its own (ImapLimits, SmtpLimits).</summary>
public sealed record LineLimits
{
    /// <summary>Open connections of all peers together. At 45 KB each under TLS this is 450 MB.</summary>
    public int ConnectionsMax { get; init; } = 12_000;

    /// <summary>
    /// Open connections of one IPv4 address or one IPv6 /64: an office behind one NAT with IDLE on every folder fits. Not for
    /// this machine itself, where a web mail program may speak for everybody.
    /// </summary>
    public int ConnectionsPerAddressMax { get; init; } = 500;

    /// <summary>Commands a connection may send each second, on average; beyond it the connection waits its turn.</summary>
    public int CommandsPerSecondMax { get; init; } = 20_000;

    /// <summary>Bytes skipped in search of the end of an oversized line before the connection is closed.</summary>
    public int SkippedLineBytesMax { get; init; } = 1 << 20;

    /// <summary>Time for a TLS handshake.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Time in which a client must take something of what it asked for, before it is cut off.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Time for commands that run when the server stops; then their connections are cut.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for the goodbye of a session whose device was revoked.</summary>
    public TimeSpan CutTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Replies are kept back, while further commands wait, up to this many bytes.</summary>
    public int UnflushedReplyBytesMax { get; init; } = 16 * 1024;

    /// <summary>How often timeouts are looked at: one timer for all connections.</summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromSeconds(1);
}
