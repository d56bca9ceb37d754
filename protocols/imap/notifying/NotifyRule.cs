using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Notifying;

/// <summary>What a client wants to hear of (RFC 5465 section 5).</summary>
[Flags]
public enum NotifyEvents
{
    None = 0, MessageNew = 1, MessageExpunge = 2, FlagChange = 4, MailboxName = 8, SubscriptionChange = 16,
    MailboxMetadata = 32, ServerMetadata = 64,
}

/// <summary>Which mailboxes a rule is about (RFC 5465 section 6).</summary>
public enum NotifyScope { Selected, SelectedDelayed, Inboxes, Personal, Subscribed, Subtree, SubtreeOne, Mailboxes }

/// <param name="Names">Of Subtree, SubtreeOne and Mailboxes.</param>
/// <param name="Events">None: nothing is told of these.</param>
/// <param name="Items">What is fetched of new messages of the selected mailbox; null: nothing.</param>
public sealed record NotifyRule(
    NotifyScope Scope, IReadOnlyList<string> Names, NotifyEvents Events, IReadOnlyList<FetchItem>? Items)
{
    public bool IsSelected => Scope is NotifyScope.Selected or NotifyScope.SelectedDelayed;

    public bool Has(NotifyEvents events) => (Events & events) != 0;

    /// <summary>Whether a mailbox that is not selected is one of these.</summary>
    public bool Covers(MailState state, string name) => Scope switch
    {
        NotifyScope.Inboxes => name == MailboxNames.Inbox, // Where mail arrives; a filter may put it elsewhere.
        NotifyScope.Personal => true,
        NotifyScope.Subscribed => state.Subscriptions.Contains(name),
        NotifyScope.Subtree => Names.Any(top => name == top || name.StartsWith($"{top}/", StringComparison.Ordinal)),
        NotifyScope.SubtreeOne => Names.Any(top => name == top
            || (name.StartsWith($"{top}/", StringComparison.Ordinal) && name.IndexOf('/', top.Length + 1) < 0)),
        NotifyScope.Mailboxes => Names.Contains(name),
        _ => false,
    };
}
