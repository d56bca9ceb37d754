using CompatBot.Core.Content.Garbage;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Logs;

/// <summary>Writes to the log what collections in the background did.</summary>
internal sealed class GarbageLog(ILogger log) : IGarbageLog
{
    public void Collected(AccountId account, CollectReport report, TimeSpan elapsed) => log.Collected(
        account, report.Forgotten, report.Released, report.Seen, report.ReleasedBytes, (long)elapsed.TotalMilliseconds);

    public void Declined(AccountId account, Refusal refusal) => log.CollectDeclined(account, refusal);

    public void Failed(AccountId account, Exception error) => log.CollectFailed(account, error);

    public void ClockLeapt(TimeSpan by) => log.ClockLeapt(by.TotalHours);
}

internal static partial class GarbageLogLines
{
    [LoggerMessage(5221, LogLevel.Information,
        "Account {Account}: {Forgotten} deleted things forgotten, {Released} of {Blobs} blobs, {Bytes} bytes erased in {ElapsedMs} ms")]
    public static partial void Collected(
        this ILogger log, AccountId account, long forgotten, long released, long blobs, long bytes, long elapsedMs);

    [LoggerMessage(5222, LogLevel.Warning, "Account {Account}: garbage was not collected: {Refusal}")]
    public static partial void CollectDeclined(this ILogger log, AccountId account, Refusal refusal);

    [LoggerMessage(5223, LogLevel.Error, "Account {Account}: collecting garbage failed; it is tried again tomorrow")]
    public static partial void CollectFailed(this ILogger log, AccountId account, Exception error);

    [LoggerMessage(5224, LogLevel.Warning,
        "The clock leapt by {Hours} hours: while it is ahead nothing deleted is erased (if it is right, start the server again)")]
    public static partial void ClockLeapt(this ILogger log, double hours);
}
