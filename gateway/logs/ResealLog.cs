using CompatBot.Core.Content.Envelopes;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Logs;

/// <summary>Writes to the log what was sealed again in the background.</summary>
internal sealed class ResealLog(ILogger log) : IResealLog
{
    public void Resealed(AccountId account, ResealReport report, TimeSpan elapsed) => log.Resealed(
        account, report.Resealed, report.Epoch, report.Blobs - report.Done, report.Blobs, (long)elapsed.TotalMilliseconds);

    public void Declined(AccountId account, Refusal refusal) => log.ResealDeclined(account, refusal);

    public void Failed(AccountId account, Exception error) => log.ResealFailed(error, account);
}

internal static partial class ResealLogLines
{
    [LoggerMessage(5225, LogLevel.Information,
        "Account {Account}: {Resealed} blobs sealed again in epoch {Epoch}, {Left} of {Blobs} are left, in {ElapsedMs} ms")]
    public static partial void Resealed(
        this ILogger log, AccountId account, long resealed, uint epoch, long left, long blobs, long elapsedMs);

    [LoggerMessage(5226, LogLevel.Warning, "Account {Account}: content is not sealed again now: {Refusal}; it is tried again")]
    public static partial void ResealDeclined(this ILogger log, AccountId account, Refusal refusal);

    [LoggerMessage(5227, LogLevel.Error, "Account {Account}: sealing content again failed; it is tried again")]
    public static partial void ResealFailed(this ILogger log, Exception error, AccountId account);
}
