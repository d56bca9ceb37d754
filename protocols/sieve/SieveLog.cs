using CompatBot.Core.Store;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Sieve;

/// <summary>What is told of scripts: never a word of them, nor of the mail.</summary>
internal static partial class SieveLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {Account}: its filter went wrong, the message is kept in INBOX")]
    public static partial void Failed(this ILogger log, AccountId account);

    [LoggerMessage(Level = LogLevel.Error, Message = "Account {Account}: its filter ended in a {Kind}, the message is kept in INBOX")]
    public static partial void Crashed(this ILogger log, AccountId account, string kind);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {Account}: what its filter sends was refused: {Refusal}")]
    public static partial void NotSent(this ILogger log, AccountId account, Refusal refusal);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Account {Account}: its filter sends a message on in a circle, which was cut")]
    public static partial void Circle(this ILogger log, AccountId account);
}
