using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using Google.Protobuf;

namespace CompatBot.Core.Mail.History;

/// <summary>Turns requests to bring things back into changes. Pure: looks at the state that it is given, changes nothing.</summary>
internal static class MailUndelete
{
    /// <summary>Messages that one change brings back; more take several changes.</summary>
    public const int MessagesMax = 20_000;

    /// <summary>
    /// Brings back buried messages as new ones: new UIDs; the same octets, date, flags and keywords, but for \Deleted. They leave the
    /// graves by that, so a second time does nothing.
    /// </summary>
    /// <param name="id">Whose graves, which must be loaded.</param>
    /// <param name="wanted">Which of them.</param>
    /// <param name="once">Of messages with the same content only the first.</param>
    public static Func<MailState, DateTimeOffset, Proposal<int>> Messages(
        MailboxId id, Func<MessageRow, bool> wanted, bool once) => (state, _) =>
    {
        if (state.Find(id) is not { } mailbox) return Refusal.NotFound;
        var found = Rows(state, mailbox).Where(wanted);
        if (once) found = found.DistinctBy(row => row.Content);
        var rows = found.Take(MessagesMax).OrderBy(row => row.Uid).ToList();
        if (rows.Count == 0) return Proposal<int>.Nothing(0);
        if (mailbox.UidNext > uint.MaxValue - rows.Count) return Refusal.TooMany;
        var change = new Change();
        var uid = mailbox.UidNext;
        foreach (var row in rows) change.Operations.Add(new Operation { MessageAdded = Again(row, mailbox, uid++) });
        var uids = UidRanges.FromSorted([.. rows.Select(row => row.Uid)]);
        change.Operations.Add(new Operation { MessagesRestored = new MessagesRestored { Mailbox = id.Value, Uids = { uids } } });
        return Proposal<int>.Commit(change, rows.Count);
    };

    /// <summary>Brings back a deleted mailbox as it was: the same UIDVALIDITY, UIDs and flags; no client loads anything again.</summary>
    /// <param name="id">Which one.</param>
    /// <param name="name">Folded; where it is taken, a free name like it is used when <paramref name="anyName"/> is set.</param>
    /// <param name="anyName">False: AlreadyExists when the name is taken.</param>
    public static Func<MailState, DateTimeOffset, Proposal<MailboxId>> Mailbox(MailboxId id, string name, bool anyName) => (state, now) =>
    {
        if (!state.Deleted.TryGetValue(id, out var deleted))
        {
            return state.Find(id) is null ? Refusal.NotFound : Proposal<MailboxId>.Nothing(id);
        }

        if (!MailboxNames.IsValid(name)) return Refusal.Invalid;
        if (state.Find(name) is not null && !anyName) return Refusal.AlreadyExists;
        var free = FreeName(state, name);
        if (!MailboxNames.IsValid(free)) return Refusal.Invalid;
        var draft = new MailDraft(state, now);
        MailboxChanges.CreateParents(state, draft, free);
        var use = deleted.Mailbox.SpecialUse;
        if (state.Mailboxes.Values.Any(mailbox => mailbox.SpecialUse == use)) use = SpecialUse.None;
        draft.Change.Operations.Add(new Operation
        {
            MailboxRestored = new MailboxRestored { Mailbox = id.Value, Name = free, SpecialUse = (uint)use },
        });
        return state.Mailboxes.Count + draft.Change.Operations.Count > MailboxNames.MailboxesMax
            ? Refusal.TooMany
            : Proposal<MailboxId>.Commit(draft.Change, id);
    };

    public static Func<MailState, DateTimeOffset, Proposal<int>> Horizon(int days) => (state, _) => state.HorizonDays == days
        ? Proposal<int>.Nothing(days)
        : Proposal<int>.Commit(
            new Change { Operations = { new Operation { HorizonChanged = new HorizonChanged { Days = (uint)days } } } }, days);

    /// <summary>The graves of a mailbox that are not forgotten, in the order of their burial; they must be loaded.</summary>
    public static IEnumerable<MessageRow> Rows(MailState state, MailboxState mailbox)
    {
        foreach (var segment in mailbox.Graves.Segments)
        {
            if (segment.Last <= state.ForgottenThrough) continue;
            var rows = segment.Rows ?? throw new InvalidOperationException("The graves were not opened");
            for (var i = 0; i < rows.Count; i++)
            {
                if (rows.ModSeqs[i] > state.ForgottenThrough) yield return rows[i];
            }
        }
    }

    private static MessageAdded Again(in MessageRow row, MailboxState mailbox, uint uid) => new()
    {
        Mailbox = mailbox.Id.Value,
        Uid = uid,
        SystemFlags = (uint)(row.Flags & MessageFlags.System & ~MessageFlags.Deleted),
        Keywords = { MailDraft.Keywords(row.Flags, mailbox) },
        InternalDate = row.InternalDate,
        Size = row.Size,
        Content = ByteString.CopyFrom(row.Content.Key.ToBytes()),
        Depth = row.Content.Depth,
    };

    private static string FreeName(MailState state, string name)
    {
        var free = name;
        for (var number = 1; state.Find(free) is not null; number++)
        {
            free = number == 1 ? $"{name} (restored)" : $"{name} (restored {number})";
        }

        return free;
    }
}
