using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using Google.Protobuf;

namespace CompatBot.Core.Mail;

/// <summary>Turns requests about messages into changes. Pure: looks at the state that it is given, changes nothing.</summary>
internal static class MailChanges
{
    /// <summary>Most messages that one change adds: a longer copy is refused as TooMany.</summary>
    public const int MessagesMax = 200_000;

    /// <summary>Most messages that one append adds: with the longest keywords it still fits into one entry.</summary>
    public const int AppendsMax = 1000;

    private static readonly (string Name, SpecialUse Use)[] First =
    [
        (MailboxNames.Inbox, SpecialUse.None),
        ("Drafts", SpecialUse.Drafts),
        ("Sent", SpecialUse.Sent),
        ("Junk", SpecialUse.Junk),
        ("Trash", SpecialUse.Trash),
        ("Archive", SpecialUse.Archive),
    ];

    public static Proposal<bool> FirstMailboxes(MailState state, DateTimeOffset now)
    {
        if (state.Find(MailboxNames.Inbox) is not null) return Proposal<bool>.Nothing(true);
        var draft = new MailDraft(state, now);
        foreach (var (name, use) in First)
        {
            if (state.Find(name) is not null) continue;
            draft.Create(name, use);
            draft.Subscribe(name, true);
        }

        return Proposal<bool>.Commit(draft.Change, true);
    }

    public static Func<MailState, DateTimeOffset, Proposal<AppendResult>> Append(NewMessage message) => (state, now) =>
    {
        if (state.Find(message.Mailbox) is not { } mailbox) return Refusal.NotFound;
        if (message.Content.Length > uint.MaxValue) return Refusal.TooLarge;
        if (mailbox.UidNext == uint.MaxValue || !HasRoom(mailbox, message.Keywords)) return Refusal.TooMany;
        var draft = new MailDraft(state, now);
        draft.Add(Added(message, mailbox, now));
        return Proposal<AppendResult>.Commit(draft.Change, new AppendResult(mailbox.Id, mailbox.UidValidity, mailbox.UidNext));
    };

    /// <summary>Appends of many messages to one mailbox, in one change (RFC 3502).</summary>
    /// <param name="replaced">Goes in the same change (RFC 8508); null: none does.</param>
    public static Func<MailState, DateTimeOffset, Proposal<AppendResult>> AppendAll(
        string name, IReadOnlyList<NewMessage> messages, (MailboxId Mailbox, uint Uid)? replaced = null) => (state, now) =>
    {
        if (replaced is { Mailbox: var source } && state.Find(source) is null) return Refusal.NotFound;
        if (state.Find(name) is not { } mailbox) return Refusal.NotFound;
        var place = new AppendResult(mailbox.Id, mailbox.UidValidity, mailbox.UidNext);
        if (messages.Count == 0) return Proposal<AppendResult>.Nothing(place);
        if (messages.Count > AppendsMax || uint.MaxValue - mailbox.UidNext < messages.Count) return Refusal.TooMany;
        string[] keywords = [.. messages.SelectMany(message => message.Keywords).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (!HasRoom(mailbox, keywords)) return Refusal.TooMany;
        var draft = new MailDraft(state, now);
        foreach (var message in messages)
        {
            if (message.Content.Length > uint.MaxValue) return Refusal.TooLarge;
            draft.Add(Added(message, mailbox, now));
            mailbox = mailbox with { UidNext = mailbox.UidNext + 1 };
        }

        if (replaced is { } gone && state.Find(gone.Mailbox)!.Messages.IndexOf(gone.Uid) >= 0) draft.Remove(gone.Mailbox, [gone.Uid]);

        return Proposal<AppendResult>.Commit(draft.Change, place);
    };

    public static MessageAdded Added(NewMessage message, MailboxState mailbox, DateTimeOffset now) => new()
    {
        Mailbox = mailbox.Id.Value,
        Uid = mailbox.UidNext,
        SystemFlags = (uint)(message.Flags & MessageFlags.System),
        Keywords = { message.Keywords },
        InternalDate = (message.InternalDate ?? now).ToUnixTimeSeconds(),
        Size = (uint)message.Content.Length,
        Content = ByteString.CopyFrom(message.Content.Content.Key.ToBytes()),
        Depth = message.Content.Content.Depth,
    };

    /// <summary>COPY, or MOVE: all messages or none. UIDs that are gone are passed over.</summary>
    public static Func<MailState, DateTimeOffset, Proposal<CopyResult>> Transfer(
        MailboxId from, IReadOnlyList<uint> uids, string to, bool move) => (state, now) =>
    {
        if (state.Find(from) is not { } source || state.Find(to) is not { } target) return Refusal.NotFound;
        if (uids.Count > MessagesMax) return Refusal.TooMany;
        var draft = new MailDraft(state, now);
        return draft.Transfer(source, uids, target, move) is not { } copied ? Refusal.TooMany
            : copied.SourceUids.Count == 0 ? Proposal<CopyResult>.Nothing(copied)
            : Proposal<CopyResult>.Commit(draft.Change, copied);
    };

    /// <param name="unchangedSince">Messages that changed after this journal sequence are left alone (RFC 7162 section 3.1.3).</param>
    /// <returns>The UIDs of those.</returns>
    public static Func<MailState, DateTimeOffset, Proposal<IReadOnlyList<uint>>> Store(
        MailboxId id,
        IReadOnlyList<uint> all,
        FlagAction action,
        MessageFlags flags,
        IReadOnlyList<string> keywords,
        ulong unchangedSince = ulong.MaxValue) => (state, _) =>
    {
        if (state.Find(id) is not { } mailbox) return Refusal.NotFound;
        if (action != FlagAction.Remove && !HasRoom(mailbox, keywords)) return Refusal.TooMany;
        var modified = ChangedSince(mailbox.Messages, all, unchangedSince);
        IReadOnlyList<uint> uids = modified.Count == 0 ? all : [.. all.Except(modified)];
        if (!MailDraft.Changes(mailbox, uids, action, flags, keywords)) return Proposal<IReadOnlyList<uint>>.Nothing(modified);
        var changed = new FlagsChanged { Mailbox = id.Value, AllRemoved = action == FlagAction.Replace };
        changed.Uids.AddRange(UidRanges.FromSorted([.. uids]));
        if (action == FlagAction.Remove)
        {
            changed.RemovedFlags = (uint)(flags & MessageFlags.System);
            changed.RemovedKeywords.AddRange(keywords);
        }
        else
        {
            changed.AddedFlags = (uint)(flags & MessageFlags.System);
            changed.AddedKeywords.AddRange(keywords);
        }

        return Proposal<IReadOnlyList<uint>>.Commit(new Change { Operations = { new Operation { FlagsChanged = changed } } }, modified);
    };

    private static List<uint> ChangedSince(MessageTable table, IReadOnlyList<uint> uids, ulong sequence)
    {
        if (sequence == ulong.MaxValue) return [];
        return [.. uids.Where(uid => table.IndexOf(uid) is var row and >= 0 && table.ModSeqAt(row) > sequence)];
    }

    /// <param name="only">Ascending UIDs to which EXPUNGE is limited (RFC 4315); null for all.</param>
    public static Func<MailState, DateTimeOffset, Proposal<bool>> Expunge(MailboxId id, IReadOnlyList<uint>? only) => (state, _) =>
    {
        if (state.Find(id) is not { } mailbox) return Refusal.NotFound;
        var gone = new List<uint>();
        var table = mailbox.Messages;
        if (only is null)
        {
            for (var i = 0; i < table.Count; i++)
            {
                if ((table.FlagsAt(i) & MessageFlags.Deleted) != 0) gone.Add(table.UidAt(i));
            }
        }
        else
        {
            gone.AddRange(only.Where(uid => table.IndexOf(uid) is >= 0 and var i && (table.FlagsAt(i) & MessageFlags.Deleted) != 0));
        }

        return Remove(mailbox, gone);
    };

    /// <param name="uids">Ascending; those that are gone are passed over.</param>
    public static Func<MailState, DateTimeOffset, Proposal<bool>> Remove(MailboxId id, IReadOnlyList<uint> uids) => (state, _) =>
        state.Find(id) is { } mailbox
            ? Remove(mailbox, [.. uids.Where(uid => mailbox.Messages.IndexOf(uid) >= 0)])
            : Refusal.NotFound;

    public static Func<MailState, DateTimeOffset, Proposal<uint>> ClaimRecent(MailboxId id) => (state, _) =>
    {
        if (state.Find(id) is not { } mailbox) return Refusal.NotFound;
        if (mailbox.RecentFromUid >= mailbox.UidNext) return Proposal<uint>.Nothing(mailbox.RecentFromUid);
        var claimed = new RecentClaimed { Mailbox = id.Value, BelowUid = mailbox.UidNext };
        return Proposal<uint>.Commit(
            new Change { Operations = { new Operation { RecentClaimed = claimed } } }, mailbox.RecentFromUid);
    };

    private static Proposal<bool> Remove(MailboxState mailbox, List<uint> gone)
    {
        if (gone.Count == 0) return Proposal<bool>.Nothing(false);
        var removed = new MessagesRemoved { Mailbox = mailbox.Id.Value, Uids = { UidRanges.FromSorted([.. gone]) } };
        return Proposal<bool>.Commit(new Change { Operations = { new Operation { MessagesRemoved = removed } } }, true);
    }

    private static bool HasRoom(MailboxState mailbox, IReadOnlyList<string> keywords) =>
        mailbox.Keywords.Length + keywords.Count(keyword => mailbox.FlagOf(keyword) is null) <= MailboxState.KeywordsMax;
}
