using CompatBot.Core.Journal;
using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Commands;
using CompatBot.Protocols.Imap.Fetching;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Notifying;

/// <summary>
/// Tells a client what it asked for by NOTIFY (RFC 5465), also between its commands: of the selected mailbox as after any command, of
/// others by STATUS and LIST. It remembers the state that was told last and compares; so what happens several times at once is told once.
/// </summary>
public sealed class Notifier(ImapSession session, IReadOnlyList<NotifyRule> rules) : IDisposable
{
    /// <summary>Every change of the account wakes the session's loop.</summary>
    private readonly ChangeWatch _watch = session.Mail.Watch(session.Connection.Wake);

    private MailState _told = session.Mail.State;

    private NotifyRule? Selected => rules.FirstOrDefault(rule => rule.IsSelected);

    /// <summary>STATUS of every mailbox that is watched, as it stands (section 3.1).</summary>
    public async ValueTask TellAllAsync(CancellationToken cancellation)
    {
        foreach (var (name, id) in _told.Names)
        {
            if (RuleOf(_told, name) is not { } rule || !rule.Has(NotifyEvents.MessageNew) || IsSelected(id)) continue;
            await Status.WriteAsync(session, _told.Mailboxes[id], Items(rule), cancellation);
            await session.FlushIfLargeAsync();
        }
    }

    /// <summary>What changed since, while no command runs.</summary>
    /// <returns>False: the selected mailbox is gone.</returns>
    public async ValueTask<bool> TellAsync(CancellationToken cancellation)
    {
        if (session.View is { } view && Selected is { } rule && rule.Events != NotifyEvents.None)
        {
            if (!await TellSelectedAsync(view, rule, cancellation)) return false;
        }

        await TellOthersAsync(cancellation);
        return true;
    }

    /// <summary>What changed in mailboxes that are not selected.</summary>
    public async ValueTask TellOthersAsync(CancellationToken cancellation)
    {
        var (before, now) = (_told, session.Mail.State);
        if (ReferenceEquals(before, now)) return;
        _told = now;
        var parents = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var id in now.Names.Values)
        {
            var (old, mailbox) = (before.Find(id), now.Mailboxes[id]);
            if (RuleOf(now, mailbox.Name) is not { } rule) continue;
            if (rule.Has(NotifyEvents.MailboxName) && old?.Name != mailbox.Name) WriteName(now, mailbox.Name, old?.Name);
            if (old is null) parents.UnionWith(MailboxNames.Parents(mailbox.Name).TakeLast(1));
            else if (rule.Has(NotifyEvents.MailboxMetadata)) WriteNotes(mailbox.Name, Metadata.Of(old), Metadata.Of(mailbox));
            if (old is not null && !IsSelected(id) && Concerns(rule, old, mailbox))
            {
                await Status.WriteAsync(session, mailbox, Items(rule), cancellation);
            }

            await session.FlushIfLargeAsync();
        }

        foreach (var (name, id) in before.Names)
        {
            if (now.Find(id) is not null) continue;
            if (RuleOf(before, name) is { } rule && rule.Has(NotifyEvents.MailboxName)) WriteGone(name);
            parents.UnionWith(MailboxNames.Parents(name).TakeLast(1));
        }

        // Section 5.4: what lies right above is affected too; what came or went itself is told already.
        foreach (var name in parents)
        {
            if (!before.Names.ContainsKey(name) || !now.Names.ContainsKey(name)) continue;
            if (RuleOf(now, name) is { } rule && rule.Has(NotifyEvents.MailboxName)) WriteName(now, name, null);
        }

        foreach (var name in now.Subscriptions.SymmetricExcept(before.Subscriptions))
        {
            if (RuleOf(now, name) is { } rule && rule.Has(NotifyEvents.SubscriptionChange)) WriteName(now, name, null);
        }

        if (rules.Any(rule => rule.Has(NotifyEvents.ServerMetadata))) WriteNotes("", before.Annotations, now.Annotations);
    }

    public void Dispose() => _watch.Dispose();

    private async ValueTask<bool> TellSelectedAsync(MailboxView view, NotifyRule rule, CancellationToken cancellation)
    {
        var uidNext = view.State.UidNext;
        if (!await view.SyncAsync(session, mayExpunge: rule.Scope == NotifyScope.Selected, cancellation)) return false;
        if (rule.Items is not { } items || view.State.UidNext == uidNext) return true;
        var rows = view.Resolve(SequenceSet.Of(uidNext, uint.MaxValue), byUid: true)!;
        await NewMessages.TellAsync(session, view, items, rows, cancellation);
        return true;
    }

    /// <summary>Section 6: the first rule that names a mailbox counts.</summary>
    private NotifyRule? RuleOf(MailState state, string name) => rules.FirstOrDefault(rule => rule.Covers(state, name));

    private bool IsSelected(MailboxId id) => session.View?.State.Id == id && Selected is not null;

    private static bool Concerns(NotifyRule rule, MailboxState old, MailboxState now) =>
        (rule.Has(NotifyEvents.MessageNew) && now.UidNext != old.UidNext)
        || (rule.Has(NotifyEvents.MessageExpunge) && now.Count < old.Count + (int)(now.UidNext - old.UidNext))
        || (rule.Has(NotifyEvents.FlagChange) && now.HighestModSeq != old.HighestModSeq);

    /// <summary>Sections 3.1, 5.1 and 5.3: enough to know what changed.</summary>
    private List<StatusItem> Items(NotifyRule rule)
    {
        List<StatusItem> items = [StatusItem.Messages, StatusItem.UidNext, StatusItem.UidValidity];
        if (rule.Has(NotifyEvents.FlagChange)) items.Add(StatusItem.Unseen);
        if (session.IsCondStore || rule.Has(NotifyEvents.FlagChange)) items.Add(StatusItem.HighestModSeq);
        return items;
    }

    private void WriteName(MailState state, string name, string? oldName)
    {
        List<string> attributes = state.Find(name) is null ? ["\\NonExistent"] : [];
        if (state.Subscriptions.Contains(name)) attributes.Add("\\Subscribed");
        attributes.Add(state.HasChildren(name) ? "\\HasChildren" : "\\HasNoChildren");
        MailboxListing.Write(session, "LIST", name, attributes, childInfo: false, oldName);
    }

    /// <summary>"*" SP "METADATA" SP mailbox SP entry *(SP entry): the names of what changed (sections 5.6 and 5.7).</summary>
    /// <param name="mailbox">Empty: of the account as a whole.</param>
    private void WriteNotes(
        string mailbox, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> before, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> now)
    {
        var changed = before.Keys.Union(now.Keys).Where(entry => !IsSame(before, now, entry)).ToList();
        if (changed.Count == 0) return;
        var writer = new WireWriter(session.Output);
        writer.Raw("* METADATA "u8);
        writer.Mailbox(mailbox, session.IsUtf8);
        foreach (var entry in changed)
        {
            writer.Byte((byte)' ');
            writer.AString(entry);
        }

        writer.CrLf();
        writer.Commit();
    }

    private static bool IsSame(
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> before, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> now, string entry) =>
        before.TryGetValue(entry, out var old) && now.TryGetValue(entry, out var value) && old.Span.SequenceEqual(value.Span);

    private void WriteGone(string name) => MailboxListing.Write(session, "LIST", name, ["\\NonExistent"], childInfo: false);
}
