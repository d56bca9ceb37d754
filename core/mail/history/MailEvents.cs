using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail.History;

/// <summary>What a history line says was done. RecentClaimed and DropboxTaken are bookkeeping and have no line.</summary>
public enum MailAction
{
    MailboxCreated, MailboxDeleted, MailboxRenamed, MailboxRestored, Subscribed, Unsubscribed,
    Added, FlagsChanged, Removed, Restored, Forgotten, HorizonChanged,
}

/// <summary>One thing that happened.</summary>
/// <param name="Sequence">Of its entry.</param>
/// <param name="Device">Who did it; null: the server (mail that arrived, a garbage collection).</param>
/// <param name="Mailbox">Null where it is about no mailbox.</param>
/// <param name="Name">The mailbox's, or the subscription's, after it.</param>
/// <param name="Uids">Ascending pairs of first and last.</param>
/// <param name="Detail">The old name of a renamed mailbox; flags; an entry's number; days.</param>
public sealed record MailEvent(
    ulong Sequence,
    DateTimeOffset Time,
    DeviceId? Device,
    MailAction Action,
    MailboxId? Mailbox,
    string? Name,
    IReadOnlyList<uint> Uids,
    string? Detail);

/// <summary>Turns journal entries into lines of history.</summary>
internal static class MailEvents
{
    private static readonly (uint Flag, string Name)[] SystemFlags =
        [(1, "\\Seen"), (2, "\\Answered"), (4, "\\Flagged"), (8, "\\Deleted"), (16, "\\Draft")];

    public static async IAsyncEnumerable<MailEvent> ReadAsync(IAsyncEnumerable<(EntryHeader Header, Change Change)> entries)
    {
        var names = new Dictionary<MailboxId, string>();
        await foreach (var (header, change) in entries)
        {
            DeviceId? device = change.Device.Length == AccountId.Length ? DeviceId.FromBytes(change.Device.Span) : null;
            for (var i = 0; i < change.Operations.Count; i++)
            {
                if (Read(change, ref i, names) is not var (action, mailbox, name, uids, detail)) continue;
                var time = JournalClock.TimeOf(header.TimeMicroseconds);
                yield return new MailEvent(header.Sequence, time, device, action, mailbox, name, uids, detail);
            }
        }
    }

    private static (MailAction, MailboxId?, string?, IReadOnlyList<uint>, string?)? Read(
        Change change, ref int index, Dictionary<MailboxId, string> names)
    {
        var operation = change.Operations[index];
        switch (operation.KindCase)
        {
            case Operation.KindOneofCase.MailboxCreated:
                return Named(MailAction.MailboxCreated, operation.MailboxCreated.Mailbox, operation.MailboxCreated.Name, null, names);
            case Operation.KindOneofCase.MailboxDeleted:
                var gone = new MailboxId(operation.MailboxDeleted.Mailbox);
                return (MailAction.MailboxDeleted, gone, names.GetValueOrDefault(gone), [], null);
            case Operation.KindOneofCase.MailboxRenamed:
                var before = names.GetValueOrDefault(new MailboxId(operation.MailboxRenamed.Mailbox));
                return Named(MailAction.MailboxRenamed, operation.MailboxRenamed.Mailbox, operation.MailboxRenamed.Name, before, names);
            case Operation.KindOneofCase.MailboxRestored:
                return Named(MailAction.MailboxRestored, operation.MailboxRestored.Mailbox, operation.MailboxRestored.Name, null, names);
            case Operation.KindOneofCase.SubscriptionChanged:
                var subscription = operation.SubscriptionChanged;
                return (subscription.Subscribed ? MailAction.Subscribed : MailAction.Unsubscribed, null, subscription.Name, [], null);
            case Operation.KindOneofCase.MessageAdded:
                return In(MailAction.Added, operation.MessageAdded.Mailbox, Run(change, ref index), null, names);
            case Operation.KindOneofCase.FlagsChanged:
                var flags = operation.FlagsChanged;
                return In(MailAction.FlagsChanged, flags.Mailbox, flags.Uids, Flags(flags), names);
            case Operation.KindOneofCase.MessagesRemoved:
                return In(MailAction.Removed, operation.MessagesRemoved.Mailbox, operation.MessagesRemoved.Uids, null, names);
            case Operation.KindOneofCase.MessagesRestored:
                return In(MailAction.Restored, operation.MessagesRestored.Mailbox, operation.MessagesRestored.Uids, null, names);
            case Operation.KindOneofCase.Forgotten:
                return (MailAction.Forgotten, null, null, [], $"through {operation.Forgotten.ThroughSequence}");
            case Operation.KindOneofCase.HorizonChanged:
                return (MailAction.HorizonChanged, null, null, [], $"{operation.HorizonChanged.Days} days");
            default:
                return null;
        }
    }

    /// <summary>The UIDs of messages that are added to one mailbox one after the other.</summary>
    private static List<uint> Run(Change change, ref int index)
    {
        var mailbox = change.Operations[index].MessageAdded.Mailbox;
        var uids = new List<uint>();
        for (; index < change.Operations.Count && change.Operations[index].MessageAdded?.Mailbox == mailbox; index++)
        {
            uids.Add(change.Operations[index].MessageAdded.Uid);
        }

        index--;
        return UidRanges.FromSorted([.. uids]);
    }

    private static string Flags(FlagsChanged change)
    {
        var added = Words(change.AddedFlags, change.AddedKeywords).Select(word => "+" + word);
        var removed = Words(change.RemovedFlags, change.RemovedKeywords).Select(word => "-" + word);
        return string.Join(' ', (change.AllRemoved ? ["-all"] : Array.Empty<string>()).Concat(removed).Concat(added));
    }

    private static IEnumerable<string> Words(uint flags, IEnumerable<string> keywords) =>
        SystemFlags.Where(flag => (flags & flag.Flag) != 0).Select(flag => flag.Name).Concat(keywords);

    private static (MailAction, MailboxId?, string?, IReadOnlyList<uint>, string?) Named(
        MailAction action, ulong mailbox, string name, string? detail, Dictionary<MailboxId, string> names)
    {
        names[new MailboxId(mailbox)] = name;
        return (action, new MailboxId(mailbox), name, [], detail);
    }

    private static (MailAction, MailboxId?, string?, IReadOnlyList<uint>, string?) In(
        MailAction action, ulong mailbox, IReadOnlyList<uint> uids, string? detail, Dictionary<MailboxId, string> names) =>
        (action, new MailboxId(mailbox), names.GetValueOrDefault(new MailboxId(mailbox)), uids, detail);
}
