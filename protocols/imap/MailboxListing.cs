using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Commands;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap;

/// <param name="Mailbox">Null: only a name, above others or subscribed.</param>
/// <param name="HasSelectedChild">Something below it was asked for (RFC 5258 CHILDINFO).</param>
public readonly record struct ListedMailbox(string Name, MailboxState? Mailbox, bool HasChildren, bool IsSubscribed, bool HasSelectedChild);

/// <summary>Finds and writes the names for LIST and LSUB.</summary>
public static class MailboxListing
{
    public static IEnumerable<ListedMailbox> Find(
        MailState state, string reference, IReadOnlyList<string> patterns, ListSelection selection)
    {
        var matchers = patterns.Where(pattern => pattern.Length > 0).Select(pattern => new ListPattern(reference + pattern)).ToArray();
        var found = new SortedDictionary<string, (bool Itself, bool ForChild)>(StringComparer.Ordinal);
        var parents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in state.Names.Keys) parents.UnionWith(MailboxNames.Parents(name));

        foreach (var name in selection.Subscribed ? state.Subscriptions : state.Names.Keys.Union(parents))
        {
            if (selection.SpecialUse && state.Find(name) is not { SpecialUse: not SpecialUse.None }) continue;
            if (Matches(name)) found[name] = (true, found.GetValueOrDefault(name).ForChild);
            if (!selection.WithParents) continue;
            foreach (var parent in MailboxNames.Parents(name).Where(Matches))
            {
                found[parent] = (found.GetValueOrDefault(parent).Itself, true);
            }
        }

        return found.Select(pair => new ListedMailbox(
            pair.Key, state.Find(pair.Key), parents.Contains(pair.Key), state.Subscriptions.Contains(pair.Key), pair.Value.ForChild));

        bool Matches(string name) => Array.Exists(matchers, matcher => matcher.Matches(name));
    }

    /// <summary>"*" SP name SP "(" attributes ")" SP DQUOTE "/" DQUOTE SP mailbox</summary>
    /// <param name="oldName">What it was called before (RFC 5465 section 5.4); null: nothing else.</param>
    public static void Write(
        ImapSession session, string response, string name, IEnumerable<string> attributes, bool childInfo, string? oldName = null)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("* "u8);
        writer.Text(response);
        writer.Raw(" ("u8);
        writer.Text(string.Join(' ', attributes));
        writer.Raw(") \"/\" "u8);
        writer.Mailbox(name, session.IsUtf8);
        if (childInfo) writer.Raw(" (\"CHILDINFO\" (\"SUBSCRIBED\"))"u8);
        if (oldName is not null)
        {
            writer.Raw(" (\"OLDNAME\" ("u8);
            writer.Mailbox(oldName, session.IsUtf8);
            writer.Raw("))"u8);
        }

        writer.CrLf();
        writer.Commit();
    }
}
