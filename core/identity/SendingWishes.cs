namespace CompatBot.Core.Identity;

/// <summary>What an account wants done with what it sends.</summary>
/// <param name="UndoWindow">How long it waits, in case of second thoughts; zero: it goes at once.</param>
/// <param name="KeepsSent">A copy goes into the mailbox for what was sent.</param>
public readonly record struct SendingWishes(TimeSpan UndoWindow, bool KeepsSent);
