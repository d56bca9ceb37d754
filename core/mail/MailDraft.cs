using CompatBot.Core.Journal.Proto;
using Google.Protobuf;

namespace CompatBot.Core.Mail;

/// <summary>A change in the making: hands out mailbox numbers and UIDVALIDITYs, collects operations.</summary>
internal sealed class MailDraft(MailState state, DateTimeOffset now)
{
    private ulong _nextMailbox = state.NextMailbox;
    private uint _lastUidValidity = state.LastUidValidity;

    public Change Change { get; } = new();

    public MailboxCreated Create(string name, SpecialUse use)
    {
        // The time keeps UIDVALIDITY growing even across accounts that are made anew under one address.
        var seconds = (uint)Math.Clamp(now.ToUnixTimeSeconds(), 1, uint.MaxValue - 1);
        _lastUidValidity = Math.Max(_lastUidValidity + 1, seconds);
        var created = new MailboxCreated { Mailbox = _nextMailbox++, Name = name, UidValidity = _lastUidValidity, SpecialUse = (uint)use };
        Change.Operations.Add(new Operation { MailboxCreated = created });
        return created;
    }

    public void Subscribe(string name, bool subscribed) =>
        Change.Operations.Add(new Operation { SubscriptionChanged = new SubscriptionChanged { Name = name, Subscribed = subscribed } });

    public void Rename(MailboxState mailbox, string name) =>
        Change.Operations.Add(new Operation { MailboxRenamed = new MailboxRenamed { Mailbox = mailbox.Id.Value, Name = name } });

    /// <param name="uids">Ascending.</param>
    public void Remove(MailboxId mailbox, uint[] uids) => Change.Operations.Add(new Operation
    {
        MessagesRemoved = new MessagesRemoved { Mailbox = mailbox.Value, Uids = { UidRanges.FromSorted(uids) } },
    });

    public void Add(MessageAdded added) => Change.Operations.Add(new Operation { MessageAdded = added });

    /// <summary>Copies or moves messages; null when the target has no room for their keywords or UIDs.</summary>
    public CopyResult? Transfer(MailboxState source, IReadOnlyList<uint> uids, MailboxState target, bool move) =>
        Transfer(source, uids, target.Id.Value, target, target.UidValidity, target.UidNext, move);

    /// <summary>Moves all messages into a mailbox that this change creates.</summary>
    public void MoveAll(MailboxState source, MailboxCreated target)
    {
        var uids = new uint[source.Count];
        for (var i = 0; i < uids.Length; i++) uids[i] = source.Messages.UidAt(i);
        Transfer(source, uids, target.Mailbox, null, target.UidValidity, 1, move: true);
    }

    /// <summary>Whether a STORE would change any flag of any of the messages.</summary>
    public static bool Changes(
        MailboxState mailbox, IReadOnlyList<uint> uids, FlagAction action, MessageFlags flags, IReadOnlyList<string> keywords)
    {
        var wanted = flags & MessageFlags.System;
        var unknown = false;
        foreach (var keyword in keywords)
        {
            if (mailbox.FlagOf(keyword) is { } flag) wanted |= flag;
            else unknown = true;
        }

        foreach (var uid in uids)
        {
            var index = mailbox.Messages.IndexOf(uid);
            if (index < 0) continue;
            var before = mailbox.Messages.FlagsAt(index);
            var after = action switch
            {
                FlagAction.Add => before | wanted,
                FlagAction.Remove => before & ~wanted,
                _ => wanted,
            };
            if (after != before || (unknown && action != FlagAction.Remove)) return true;
        }

        return false;
    }

    private CopyResult? Transfer(
        MailboxState source, IReadOnlyList<uint> uids, ulong targetId, MailboxState? target, uint uidValidity, uint uidNext, bool move)
    {
        var (from, to, keywordsUsed) = (new List<uint>(), new List<uint>(), MessageFlags.None);
        foreach (var uid in uids)
        {
            var index = source.Messages.IndexOf(uid);
            if (index < 0) continue;
            if (uidNext == uint.MaxValue) return null;
            var row = source.Messages[index];
            keywordsUsed |= row.Flags & ~MessageFlags.System;
            Add(Copied(row, source, targetId, uidNext));
            from.Add(uid);
            to.Add(uidNext++);
        }

        var missing = Keywords(keywordsUsed, source).Count(keyword => target?.FlagOf(keyword) is null);
        if ((target?.Keywords.Length ?? 0) + missing > MailboxState.KeywordsMax) return null;
        if (move && from.Count > 0) Remove(source.Id, [.. from]);

        return new CopyResult(uidValidity, from, to);
    }

    private static MessageAdded Copied(in MessageRow row, MailboxState source, ulong target, uint uid) => new()
    {
        Mailbox = target,
        Uid = uid,
        SystemFlags = (uint)(row.Flags & MessageFlags.System),
        Keywords = { Keywords(row.Flags, source) },
        InternalDate = row.InternalDate,
        Size = row.Size,
        Content = ByteString.CopyFrom(row.Content.Key.ToBytes()),
        Depth = row.Content.Depth,
    };

    /// <summary>The keywords among flags.</summary>
    public static IEnumerable<string> Keywords(MessageFlags flags, MailboxState mailbox)
    {
        for (var i = 0; i < mailbox.Keywords.Length; i++)
        {
            if (((ulong)flags & (1UL << (MailboxState.KeywordBit + i))) != 0) yield return mailbox.Keywords[i];
        }
    }
}
