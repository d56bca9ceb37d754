using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Commands;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap;

/// <param name="Mailbox">Null: only a name, above others or subscribed.</param>
/// <param name="IsSelected">It was asked for itself, and not only something below it.</param>
/// <param name="HasSelectedChild">Something below it was asked for (RFC 5258 CHILDINFO).</param>
public readonly record struct ListedMailbox(
    string Name, MailboxState? Mailbox, bool HasChildren, bool IsSubscribed, bool IsSelected, bool HasSelectedChild);

/// <summary>Finds and writes the names for LIST and LSUB.</summary>
public static class MailboxListing
{
    public static IEnumerable<ListedMailbox> Find(
        MailState state, string reference, IReadOnlyList<string> patterns, ListSelection selection)
    {
        var matchers = patterns.Where(pattern => pattern.Length > 0).Select(pattern => new ListPattern(reference + pattern)).ToArray();
        var selected = new SortedSet<string>(StringComparer.Ordinal);
        var (aboveSelected, aboveUnseen) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        var parents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in state.Names.Keys) parents.UnionWith(MailboxNames.Parents(name));

        foreach (var name in selection.Subscribed ? state.Subscriptions : state.Names.Keys.Union(parents))
        {
            if (selection.SpecialUse && state.Find(name) is not { SpecialUse: not SpecialUse.None }) continue;
            var isShown = Matches(name);
            if (isShown) selected.Add(name);
            if (!selection.WithParents) continue;
            aboveSelected.UnionWith(MailboxNames.Parents(name));
            if (!isShown) aboveUnseen.UnionWith(MailboxNames.Parents(name));
        }

        // A name that is not asked for itself is told only where not all below it that is asked for is shown (RFC 9051 section 6.3.9.3).
        return selected.Union(aboveUnseen.Where(Matches)).Order(StringComparer.Ordinal).Select(name => new ListedMailbox(
            name,
            state.Find(name),
            parents.Contains(name),
            state.Subscriptions.Contains(name),
            selected.Contains(name),
            aboveSelected.Contains(name)));

        bool Matches(string name) => Array.Exists(matchers, matcher => matcher.Matches(name));
    }

    /// <summary>What LIST tells of a mailbox without being asked for more.</summary>
    public static IEnumerable<string> Attributes(MailState state, MailboxState mailbox)
    {
        yield return state.HasChildren(mailbox.Name) ? "\\HasChildren" : "\\HasNoChildren";
        if (SpecialUses.Attribute(mailbox.SpecialUse) is { } use) yield return use;
    }

    /// <summary>"*" SP name SP "(" attributes ")" SP DQUOTE "/" DQUOTE SP mailbox</summary>
    /// <param name="oldName">What it was called before, or by the client (RFC 9051 section 6.3.9.7); null: nothing else.</param>
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
