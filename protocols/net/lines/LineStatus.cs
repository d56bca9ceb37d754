namespace CompatBot.Protocols.Net.Lines;

/// <summary>What waiting for the next line came to.</summary>
public enum LineStatus
{
    /// <summary>A line is there (or, for a body, bytes are).</summary>
    Line,

    /// <summary>Only from <see cref="LineReader"/>: the end of the line has not arrived.</summary>
    NeedMore,

    /// <summary>The line was longer than allowed; all of it has been skipped, the next read sees the line after it.</summary>
    TooLong,

    /// <summary>The line ended in LF without CR; it has been skipped.</summary>
    BareLineFeed,

    /// <summary>Far beyond the limit without an end: say goodbye and close.</summary>
    Flood,

    /// <summary>The peer hung up, or the connection broke. Nothing can be said any more.</summary>
    Closed,

    /// <summary>The peer was silent for the idle timeout: say goodbye and close.</summary>
    IdleTimeout,

    /// <summary>The server is stopping and no command runs: say goodbye and close.</summary>
    Draining,

    /// <summary>The device behind this session was revoked: say goodbye and close within a second, or be aborted.</summary>
    Cut,

    /// <summary><see cref="LineConnection.Wake"/> was called and no line is waiting: look for news, then read again.</summary>
    Woken,
}
