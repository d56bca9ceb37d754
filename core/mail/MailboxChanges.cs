using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Formats.Text;

namespace CompatBot.Core.Mail;

/// <summary>Turns requests about mailboxes into changes. Names are folded; new ones become NFC (RFC 9051 section 5.1). Pure.</summary>
internal static class MailboxChanges
{
    /// <summary>CREATE, with the parents that are missing (RFC 3501 section 6.3.3).</summary>
    public static Func<MailState, DateTimeOffset, Proposal<MailboxId>> Create(string wanted, SpecialUse use) => (state, now) =>
    {
        var name = UnicodeForm.Compose(wanted);
        if (!MailboxNames.IsValid(name)) return Refusal.Invalid;
        if (state.Find(name) is not null) return Refusal.AlreadyExists;
        if (use != SpecialUse.None && state.Mailboxes.Values.Any(mailbox => mailbox.SpecialUse == use)) return Refusal.AlreadyExists;
        var draft = new MailDraft(state, now);
        CreateParents(state, draft, name);
        var created = draft.Create(name, use);
        return TooMany(state, draft.Change) ? Refusal.TooMany : Proposal<MailboxId>.Commit(draft.Change, new MailboxId(created.Mailbox));
    };

    /// <summary>DELETE of a leaf; INBOX stays.</summary>
    public static Func<MailState, DateTimeOffset, Proposal<uint>> Delete(string name) => (state, _) =>
    {
        if (state.Find(name) is not { } mailbox) return Refusal.NotFound;
        if (name == MailboxNames.Inbox) return Refusal.NotPermitted;
        if (state.HasChildren(mailbox.Name)) return Refusal.HasChildren;
        if (state.Deleted.Count >= MailboxNames.DeletedMailboxesMax) return Refusal.TooMany;
        var deleted = new Operation { MailboxDeleted = new MailboxDeleted { Mailbox = mailbox.Id.Value } };
        return Proposal<uint>.Commit(new Change { Operations = { deleted } }, mailbox.UidValidity);
    };

    /// <summary>RENAME with all children; of INBOX: its messages move to a new mailbox, it stays empty (RFC 3501 section 6.3.5).</summary>
    public static Func<MailState, DateTimeOffset, Proposal<bool>> Rename(string source, string target) => (state, now) =>
    {
        if (state.Find(source) is not { } mailbox) return Refusal.NotFound;
        var (from, to) = (mailbox.Name, UnicodeForm.Compose(target));
        if (!MailboxNames.IsValid(to)) return Refusal.Invalid;
        if (state.Find(to) is not null) return Refusal.AlreadyExists;
        var below = from + MailboxNames.Separator;
        if (from != MailboxNames.Inbox && to.StartsWith(below, StringComparison.Ordinal)) return Refusal.Invalid;

        var draft = new MailDraft(state, now);
        CreateParents(state, draft, to);
        if (from == MailboxNames.Inbox)
        {
            draft.MoveAll(mailbox, draft.Create(to, SpecialUse.None));
        }
        else
        {
            draft.Rename(mailbox, to);
            foreach (var (name, id) in state.Names)
            {
                if (!name.StartsWith(below, StringComparison.Ordinal)) continue;
                var renamed = string.Concat(to, name.AsSpan(from.Length));
                if (!MailboxNames.IsValid(renamed)) return Refusal.Invalid;
                if (state.Find(renamed) is not null) return Refusal.AlreadyExists;
                draft.Rename(state.Mailboxes[id], renamed);
            }
        }

        return TooMany(state, draft.Change) ? Refusal.TooMany : Proposal<bool>.Commit(draft.Change, true);
    };

    public static Func<MailState, DateTimeOffset, Proposal<bool>> Subscribe(string wanted, bool subscribed) => (state, now) =>
    {
        var name = state.Find(wanted)?.Name ?? wanted;
        if (state.Subscriptions.Contains(name) == subscribed) return Proposal<bool>.Nothing(false);
        if (subscribed && !MailboxNames.IsValid(name)) return Refusal.Invalid;
        if (subscribed && state.Subscriptions.Count >= MailboxNames.MailboxesMax) return Refusal.TooMany;
        var draft = new MailDraft(state, now);
        draft.Subscribe(name, subscribed);
        return Proposal<bool>.Commit(draft.Change, true);
    };

    /// <summary>Creates the mailboxes above a name that are missing.</summary>
    public static void CreateParents(MailState state, MailDraft draft, string name)
    {
        foreach (var parent in MailboxNames.Parents(name))
        {
            if (state.Find(parent) is null) draft.Create(parent, SpecialUse.None);
        }
    }

    private static bool TooMany(MailState state, Change change) =>
        state.Mailboxes.Count + change.Operations.Count(operation => operation.MailboxCreated is not null) > MailboxNames.MailboxesMax;
}
