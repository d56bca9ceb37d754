using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Smtp.Relay;

internal static partial class RelayLog
{
    [LoggerMessage(1101, LogLevel.Information, "Queued {Id}, {Bytes} bytes: {Recipients} recipients answered {Code} in {ElapsedMs} ms")]
    public static partial void Relayed(this ILogger log, string id, long bytes, int recipients, int code, double elapsedMs);

    [LoggerMessage(1102, LogLevel.Warning, "A destination of {Messages} queued messages cannot be reached now: {Code} {Status}")]
    public static partial void Unreachable(this ILogger log, int messages, int code, string status);

    [LoggerMessage(1103, LogLevel.Error, "Queued message {Id} could not be handled; it is tried again later")]
    public static partial void RelayFailed(this ILogger log, Exception error, string id);

    [LoggerMessage(1104, LogLevel.Error, "A notice about queued message {Id} could not be delivered: {Refusal}")]
    public static partial void NoticeRefused(this ILogger log, string id, string refusal);

    [LoggerMessage(1105, LogLevel.Warning, "The sender's copy of a message could not be stored: {Refusal}")]
    public static partial void SentCopyRefused(this ILogger log, string refusal);
}
