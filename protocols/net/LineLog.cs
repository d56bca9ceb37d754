using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Net;

/// <summary>Everything that line protocols log: what, how long, how big. Never who, to whom or about what.</summary>
public static partial class LineLog
{
    [LoggerMessage(1001, LogLevel.Debug, "{Protocol} {Command} answered {Reply} in {ElapsedMs} ms, {BytesIn} in, {BytesOut} out")]
    public static partial void Answered(
        this ILogger log, string protocol, string command, string reply, long elapsedMs, long bytesIn, long bytesOut);

    [LoggerMessage(1002, LogLevel.Error, "{Protocol} {Command} failed")]
    public static partial void Failed(this ILogger log, string protocol, string command, Exception error);

    [LoggerMessage(1003, LogLevel.Warning, "{Protocol} connection refused: {Reason}")]
    public static partial void Refused(this ILogger log, string protocol, string reason);

    [LoggerMessage(1004, LogLevel.Debug, "{Protocol} TLS handshake failed: {Reason}")]
    public static partial void HandshakeFailed(this ILogger log, string protocol, string reason);

    [LoggerMessage(1005, LogLevel.Warning, "{Protocol} {Mechanism} login failed")]
    public static partial void LoginFailed(this ILogger log, string protocol, string mechanism);

    [LoggerMessage(1006, LogLevel.Information, "{Protocol} {Mechanism} login of account {Account}")]
    public static partial void LoggedIn(this ILogger log, string protocol, string mechanism, string account);

    [LoggerMessage(1007, LogLevel.Warning, "{Protocol} input pipelined behind STARTTLS refused")]
    public static partial void InjectionRefused(this ILogger log, string protocol);

    [LoggerMessage(1008, LogLevel.Information, "Draining {Connections} connections")]
    public static partial void Draining(this ILogger log, int connections);

    [LoggerMessage(1009, LogLevel.Warning, "Cut {Connections} connections that did not end in time")]
    public static partial void DrainCut(this ILogger log, int connections);

    [LoggerMessage(1010, LogLevel.Information, "{Protocol} delivered {Bytes} bytes to {Recipients} recipients in {ElapsedMs} ms")]
    public static partial void Delivered(this ILogger log, string protocol, long bytes, int recipients, long elapsedMs);
}
