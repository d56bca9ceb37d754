using CompatBot.Core.Calendar.Subscriptions;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Logs;

/// <summary>Says what goes wrong with subscribed calendars: never which.</summary>
internal sealed partial class SubscriptionLog(ILogger log) : ISubscriptionLog
{
    public void Declined(AccountId account, Refusal refusal) => NotKept(log, account, refusal);

    public void Failed(AccountId account, Exception error) => Broken(log, error, account);

    [LoggerMessage(5240, LogLevel.Warning, "A subscribed calendar of account {Account} could not be kept: {Refusal}")]
    private static partial void NotKept(ILogger log, AccountId account, Refusal refusal);

    [LoggerMessage(5241, LogLevel.Error, "Fetching the subscribed calendars of account {Account} failed; it is tried again")]
    private static partial void Broken(ILogger log, Exception error, AccountId account);
}
