using CompatBot.Core.Push;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Logs;

/// <summary>Says what goes wrong with push messages: never which, or where they go.</summary>
internal sealed partial class PushLog(ILogger log) : IPushLog
{
    public void Declined(AccountId account, Refusal refusal) => NotKept(log, account, refusal);

    public void Failed(AccountId account, Exception error) => Broken(log, error, account);

    [LoggerMessage(5250, LogLevel.Warning, "That push subscriptions of account {Account} are over could not be kept: {Refusal}")]
    private static partial void NotKept(ILogger log, AccountId account, Refusal refusal);

    [LoggerMessage(5251, LogLevel.Error, "Sending push messages of account {Account} failed; clients see the change when they look")]
    private static partial void Broken(ILogger log, Exception error, AccountId account);
}
