using System.Collections.Immutable;
using CompatBot.Core.Content;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Mail.Filters;
using CompatBot.Core.Vault;
using CompatBot.Formats.Text;

namespace CompatBot.Core.Mail;

/// <summary>All mailboxes of an account at one moment: a pure function of the journal up to <see cref="Sequence"/>. Immutable.</summary>
public sealed record MailState : IRealmState<MailState>
{
    public static MailState Empty { get; } = new();

    public ulong Sequence { get; init; }

    public ulong NextMailbox { get; init; } = 1;

    public uint LastUidValidity { get; init; }

    /// <summary>Arrival number up to which the dropbox has been taken in.</summary>
    public ulong DropboxThrough { get; init; }

    public ImmutableDictionary<MailboxId, MailboxState> Mailboxes { get; init; } = ImmutableDictionary<MailboxId, MailboxState>.Empty;

    /// <summary>Names in ordinal order.</summary>
    public ImmutableSortedDictionary<string, MailboxId> Names { get; init; } =
        ImmutableSortedDictionary.Create<string, MailboxId>(StringComparer.Ordinal);

    /// <summary>Mailboxes that were deleted and are not forgotten.</summary>
    public ImmutableDictionary<MailboxId, DeletedMailbox> Deleted { get; init; } =
        ImmutableDictionary<MailboxId, DeletedMailbox>.Empty;

    /// <summary>What was deleted up to this entry can not be brought back: its content may be erased.</summary>
    public ulong ForgottenThrough { get; init; }

    /// <summary>How long what is deleted is kept, in days; null: as long as the server's default says.</summary>
    public int? HorizonDays { get; init; }

    /// <summary>Octets of all messages in all mailboxes; what was deleted does not count.</summary>
    public long UsageBytes { get; init; }

    public long MemoryBytes =>
        Mailboxes.Values.Concat(Deleted.Values.Select(deleted => deleted.Mailbox)).Sum(mailbox => mailbox.MemoryBytes);

    /// <summary>The account's scripts that are asked about what arrives.</summary>
    public FilterState Filters { get; init; } = FilterState.Empty;

    public ImmutableSortedSet<string> Subscriptions { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Of the account as a whole (RFC 5464).</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Annotations { get; init; } = MailAnnotations.None;

    /// <summary>By its (folded) name, letter for letter or, where that is none, in NFC.</summary>
    public MailboxState? Find(string name) =>
        Names.TryGetValue(name, out var id) || Names.TryGetValue(UnicodeForm.Compose(name), out id) ? Mailboxes[id] : null;

    public MailboxState? Find(MailboxId id) => Mailboxes.GetValueOrDefault(id);

    public bool HasChildren(string name)
    {
        var prefix = name + MailboxNames.Separator;
        return Names.Keys.Any(other => other.StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>The mailboxes whose messages a change touches: they must be loaded before it is applied.</summary>
    public static IEnumerable<MailboxId> Touched(Change change)
    {
        foreach (var operation in change.Operations)
        {
            switch (operation.KindCase)
            {
                case Operation.KindOneofCase.MessageAdded: yield return new MailboxId(operation.MessageAdded.Mailbox); break;
                case Operation.KindOneofCase.FlagsChanged: yield return new MailboxId(operation.FlagsChanged.Mailbox); break;
                case Operation.KindOneofCase.MessagesRemoved: yield return new MailboxId(operation.MessagesRemoved.Mailbox); break;
            }
        }
    }

    /// <summary>Whether a change takes in what waited in the dropbox.</summary>
    public static bool IsAccepted(Change change) =>
        change.Operations.Any(operation => operation.KindCase == Operation.KindOneofCase.DropboxTaken);

    /// <summary>Whether a change keeps nothing more than before: it deletes, marks, renames, or moves as many as it adds.</summary>
    public static bool IsFreeing(Change change)
    {
        var more = 0L;
        foreach (var operation in change.Operations)
        {
            switch (operation.KindCase)
            {
                case Operation.KindOneofCase.MessageAdded: more++; break;
                case Operation.KindOneofCase.MessagesRemoved: more -= UidRanges.Count(operation.MessagesRemoved.Uids); break;
                case Operation.KindOneofCase.MailboxCreated or Operation.KindOneofCase.MailboxRestored: return false;
                case Operation.KindOneofCase.FilterPut: return false;
                case Operation.KindOneofCase.AnnotationChanged when operation.AnnotationChanged.HasValue: return false;
                case Operation.KindOneofCase.SubscriptionChanged when operation.SubscriptionChanged.Subscribed: return false;
            }
        }

        return more <= 0;
    }

    /// <summary>The state after a change. Throws <see cref="JournalException"/> when the change can not follow this state.</summary>
    public MailState Apply(Change change, EntryStamp entry)
    {
        var sequence = entry.Sequence;
        var state = this;
        HashSet<ContentRef>? moved = null;
        for (var i = 0; i < change.Operations.Count; i++)
        {
            var operation = change.Operations[i];
            state = operation.KindCase switch
            {
                Operation.KindOneofCase.MailboxCreated => state.Created(operation.MailboxCreated, sequence),
                Operation.KindOneofCase.MailboxDeleted => state.Buried(new MailboxId(operation.MailboxDeleted.Mailbox), sequence),
                Operation.KindOneofCase.MailboxRenamed => state.Renamed(operation.MailboxRenamed),
                Operation.KindOneofCase.SubscriptionChanged => state.Subscribed(operation.SubscriptionChanged),
                Operation.KindOneofCase.MessageAdded => state.Added(change, ref i, entry),
                Operation.KindOneofCase.FlagsChanged => state.Edited(
                    operation.FlagsChanged.Mailbox, MailboxEdits.Change(operation.FlagsChanged, sequence)),
                Operation.KindOneofCase.MessagesRemoved => state.Edited(
                    operation.MessagesRemoved.Mailbox,
                    MailboxEdits.Remove(operation.MessagesRemoved, sequence, moved ??= Contents(change))),
                Operation.KindOneofCase.RecentClaimed => state.Edited(
                    operation.RecentClaimed.Mailbox, mailbox => mailbox with { RecentFromUid = operation.RecentClaimed.BelowUid }),
                Operation.KindOneofCase.DropboxTaken => state with { DropboxThrough = operation.DropboxTaken.Through },
                Operation.KindOneofCase.MessagesRestored => state.Edited(operation.MessagesRestored.Mailbox, mailbox => mailbox with
                {
                    Graves = mailbox.Graves.Without(operation.MessagesRestored.Uids),
                }),
                Operation.KindOneofCase.MailboxRestored => state.Restored(operation.MailboxRestored, sequence),
                Operation.KindOneofCase.Forgotten => state.Forgot(operation.Forgotten.ThroughSequence),
                Operation.KindOneofCase.HorizonChanged => state with { HorizonDays = (int)operation.HorizonChanged.Days },
                Operation.KindOneofCase.FilterPut or Operation.KindOneofCase.FilterRemoved or Operation.KindOneofCase.FilterActivated
                    or Operation.KindOneofCase.FilterRemembered => state with { Filters = state.Filters.Apply(operation) },
                Operation.KindOneofCase.AnnotationChanged => MailAnnotations.Apply(state, operation.AnnotationChanged, sequence),
                _ => throw new JournalException("The journal was written by a newer version: an operation is unknown"),
            };
        }

        return state with { Sequence = sequence };
    }

    private MailState Created(MailboxCreated created, ulong sequence)
    {
        var id = new MailboxId(created.Mailbox);
        var mailbox = new MailboxState
        {
            Id = id,
            Name = created.Name,
            UidValidity = created.UidValidity,
            HighestModSeq = sequence,
            SpecialUse = (SpecialUse)created.SpecialUse,
            Table = MessageTable.Empty,
        };
        return this with
        {
            NextMailbox = created.Mailbox + 1,
            LastUidValidity = created.UidValidity,
            Mailboxes = Mailboxes.Add(id, mailbox),
            Names = Names.Add(created.Name, id),
        };
    }

    private MailState Buried(MailboxId id, ulong sequence)
    {
        var mailbox = Required(id);
        return this with
        {
            Mailboxes = Mailboxes.Remove(id),
            Names = Names.Remove(mailbox.Name),
            UsageBytes = UsageBytes - (long)mailbox.Bytes,
            Deleted = Deleted.Add(id, new DeletedMailbox(mailbox, sequence)),
        };
    }

    private MailState Restored(MailboxRestored restored, ulong sequence)
    {
        var id = new MailboxId(restored.Mailbox);
        var deleted = Deleted.GetValueOrDefault(id) ?? throw new JournalException("The journal restores a mailbox that was not deleted");
        var mailbox = deleted.Mailbox with
        {
            Name = restored.Name,
            SpecialUse = (SpecialUse)restored.SpecialUse,
            HighestModSeq = sequence,
        };
        return this with
        {
            Mailboxes = Mailboxes.Add(id, mailbox),
            Names = Names.Add(mailbox.Name, id),
            UsageBytes = UsageBytes + (long)mailbox.Bytes,
            Deleted = Deleted.Remove(id),
        };
    }

    private MailState Forgot(ulong through)
    {
        var (mailboxes, deleted) = (Mailboxes.ToBuilder(), Deleted.ToBuilder());
        foreach (var mailbox in Mailboxes.Values)
        {
            var graves = mailbox.Graves.Forget(through);
            if (!ReferenceEquals(graves, mailbox.Graves)) mailboxes[mailbox.Id] = mailbox with { Graves = graves };
        }

        foreach (var (id, mailbox) in Deleted)
        {
            var graves = mailbox.Mailbox.Graves.Forget(through);
            if (mailbox.Sequence <= through) deleted.Remove(id);
            else if (!ReferenceEquals(graves, mailbox.Mailbox.Graves))
            {
                deleted[id] = mailbox with { Mailbox = mailbox.Mailbox with { Graves = graves } };
            }
        }

        return this with
        {
            Mailboxes = mailboxes.ToImmutable(),
            Deleted = deleted.ToImmutable(),
            ForgottenThrough = Math.Max(ForgottenThrough, through),
        };
    }

    /// <summary>The contents of all messages that a change adds.</summary>
    private static HashSet<ContentRef> Contents(Change change) =>
    [
        .. from operation in change.Operations
           where operation.KindCase == Operation.KindOneofCase.MessageAdded
           select new ContentRef(new BlobKey(operation.MessageAdded.Content.Span), (byte)operation.MessageAdded.Depth),
    ];

    private MailState Renamed(MailboxRenamed renamed)
    {
        var mailbox = Required(new MailboxId(renamed.Mailbox));
        return this with
        {
            Mailboxes = Mailboxes.SetItem(mailbox.Id, mailbox with { Name = renamed.Name }),
            Names = Names.Remove(mailbox.Name).Add(renamed.Name, mailbox.Id),
        };
    }

    private MailState Subscribed(SubscriptionChanged change) =>
        this with { Subscriptions = change.Subscribed ? Subscriptions.Add(change.Name) : Subscriptions.Remove(change.Name) };

    /// <summary>Adds a run of messages to one mailbox at once.</summary>
    private MailState Added(Change change, ref int index, EntryStamp entry)
    {
        var mailbox = change.Operations[index].MessageAdded.Mailbox;
        var first = index;
        while (index + 1 < change.Operations.Count
            && change.Operations[index + 1].KindCase == Operation.KindOneofCase.MessageAdded
            && change.Operations[index + 1].MessageAdded.Mailbox == mailbox) index++;
        var run = new MessageAdded[index - first + 1];
        for (var i = 0; i < run.Length; i++) run[i] = change.Operations[first + i].MessageAdded;
        return Edited(mailbox, MailboxEdits.Add(run, entry));
    }

    private MailState Edited(ulong id, Func<MailboxState, MailboxState> edit)
    {
        var mailbox = Required(new MailboxId(id));
        var edited = edit(mailbox);
        return this with
        {
            Mailboxes = Mailboxes.SetItem(mailbox.Id, edited),
            UsageBytes = UsageBytes + (long)edited.Bytes - (long)mailbox.Bytes,
        };
    }

    private MailboxState Required(MailboxId id) =>
        Find(id) ?? throw new JournalException("The journal names a mailbox that does not exist");
}
