using CompatBot.Core.Calendar;
using CompatBot.Core.Store;

namespace CompatBot.Gateway.Logs;

/// <summary>Says that scheduling messages still wait: never which, or for whom.</summary>
internal sealed partial class UnsentLog(ILogger log) : IUnsentLog
{
    public void Failed(AccountId account, Exception error) => Waiting(log, error, account);

    [LoggerMessage(5260, LogLevel.Error, "Scheduling messages of account {Account} could not be sent; its next login tries again")]
    private static partial void Waiting(ILogger log, Exception error, AccountId account);
}
