using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Notifying;

/// <summary>event-groups of NOTIFY SET (RFC 5465 section 8).</summary>
public static class NotifyGrammar
{
    /// <summary>Names of one rule, and rules.</summary>
    private const int Most = 1000;

    /// <summary>event-group *(SP event-group)</summary>
    /// <returns>Null when it is malformed; an event that is not known here leaves <paramref name="isKnown"/> false.</returns>
    public static List<NotifyRule>? Rules(ref ImapLexer lexer, out bool isKnown)
    {
        isKnown = true;
        var rules = new List<NotifyRule>();
        do
        {
            if (Rule(ref lexer, ref isKnown) is not { } rule) return null;
            rules.Add(rule);
            if (rules.Count <= Most) continue;
            lexer.Expected("fewer mailboxes");
            return null;
        }
        while (lexer.Take((byte)' '));
        return rules;
    }

    /// <summary>"(" filter-mailboxes SP events ")"</summary>
    private static NotifyRule? Rule(ref ImapLexer lexer, ref bool isKnown)
    {
        if (!lexer.Open() || Scope(ref lexer) is not var (scope, names) || !lexer.Space()) return null;
        var (events, items) = (NotifyEvents.None, (IReadOnlyList<FetchItem>?)null);
        if (!lexer.TakeWord("NONE"u8) && !Events(ref lexer, ref events, ref items, ref isKnown)) return null;
        if (!lexer.Close()) return null;

        // Section 5.1: who hears of what comes hears of what goes, and of flags only with both.
        const NotifyEvents Both = NotifyEvents.MessageNew | NotifyEvents.MessageExpunge;
        var isWhole = (events & Both) is Both or NotifyEvents.None && ((events & NotifyEvents.FlagChange) == 0 || (events & Both) == Both);
        if (isWhole) return new NotifyRule(scope, names, events, items);
        lexer.Expected("MessageNew and MessageExpunge together");
        return null;
    }

    /// <summary>filter-mailboxes (RFC 5465 section 8), which RFC 7377 takes over.</summary>
    /// <returns>Null when it is none.</returns>
    public static (NotifyScope Scope, IReadOnlyList<string> Names)? Scope(ref ImapLexer lexer)
    {
        if (!lexer.Word(out var word)) return null;
        NotifyScope? scope = word switch
        {
            "SELECTED" => NotifyScope.Selected,
            "SELECTED-DELAYED" => NotifyScope.SelectedDelayed,
            "INBOXES" => NotifyScope.Inboxes,
            "PERSONAL" => NotifyScope.Personal,
            "SUBSCRIBED" => NotifyScope.Subscribed,
            "SUBTREE" => NotifyScope.Subtree,
            "SUBTREE-ONE" => NotifyScope.SubtreeOne,
            "MAILBOXES" => NotifyScope.Mailboxes,
            _ => null,
        };
        if (scope is null)
        {
            lexer.Expected("SELECTED, SELECTED-DELAYED, INBOXES, PERSONAL, SUBSCRIBED, SUBTREE, SUBTREE-ONE or MAILBOXES");
            return null;
        }

        List<string> names = [];
        var isNamed = scope is NotifyScope.Subtree or NotifyScope.SubtreeOne or NotifyScope.Mailboxes;
        return isNamed && (!lexer.Space() || !Names(ref lexer, names)) ? null : (scope.Value, names);
    }

    /// <summary>one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")"</summary>
    private static bool Names(ref ImapLexer lexer, List<string> names)
    {
        if (!lexer.Take((byte)'('))
        {
            if (!lexer.Mailbox(out var only)) return false;
            names.Add(only);
            return true;
        }

        do
        {
            if (!lexer.Mailbox(out var name)) return false;
            names.Add(name);
            if (names.Count > Most) return lexer.Expected("fewer mailboxes");
        }
        while (lexer.Take((byte)' '));
        return lexer.Close();
    }

    /// <summary>"(" event *(SP event) ")"; MessageNew may have fetch attributes behind it.</summary>
    private static bool Events(
        ref ImapLexer lexer, ref NotifyEvents events, ref IReadOnlyList<FetchItem>? items, ref bool isKnown)
    {
        if (!lexer.Open()) return false;
        do
        {
            if (!lexer.Word(out var word)) return false;
            switch (word)
            {
                case "MESSAGENEW":
                    events |= NotifyEvents.MessageNew;
                    if (lexer.TakeText(" ("u8))
                    {
                        if (!FetchGrammar.List(ref lexer, out items)) return false;
                    }

                    break;
                case "MESSAGEEXPUNGE": events |= NotifyEvents.MessageExpunge; break;
                case "FLAGCHANGE": events |= NotifyEvents.FlagChange; break;
                case "MAILBOXNAME": events |= NotifyEvents.MailboxName; break;
                case "SUBSCRIPTIONCHANGE": events |= NotifyEvents.SubscriptionChange; break;
                case "MAILBOXMETADATACHANGE": events |= NotifyEvents.MailboxMetadata; break;
                case "SERVERMETADATACHANGE": events |= NotifyEvents.ServerMetadata; break;
                default: isKnown = false; break;
            }
        }
        while (lexer.Take((byte)' '));
        return lexer.Close();
    }
}
