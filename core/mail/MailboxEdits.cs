using System.Collections.Immutable;
using CompatBot.Core.Content;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Mail;

/// <summary>
/// What each journal operation does to the messages of one mailbox. Pure: the same operation on the same state, the same result.
/// </summary>
internal static class MailboxEdits
{
    public static Func<MailboxState, MailboxState> Add(ReadOnlyMemory<MessageAdded> run, EntryStamp entry) => mailbox =>
    {
        var (sequence, saved) = (entry.Sequence, (uint)(entry.Microseconds / 1_000_000));
        var rows = new MessageRow[run.Length];
        var (unseen, bytes, keywords) = (0, 0UL, mailbox.Keywords);
        for (var i = 0; i < rows.Length; i++)
        {
            var added = run.Span[i];
            var flags = (MessageFlags)added.SystemFlags | KeywordFlags(ref keywords, added.Keywords, define: true);
            var content = new ContentRef(new BlobKey(added.Content.Span), (byte)added.Depth);
            rows[i] = new MessageRow(added.Uid, flags, sequence, added.Size, added.InternalDate, saved, content);
            if ((flags & MessageFlags.Seen) == 0) unseen++;
            bytes += added.Size;
        }

        return mailbox with
        {
            UidNext = rows[^1].Uid + 1,
            HighestModSeq = sequence,
            Keywords = keywords,
            Count = mailbox.Count + rows.Length,
            Unseen = mailbox.Unseen + unseen,
            Bytes = mailbox.Bytes + bytes,
            Table = mailbox.Messages.Add(rows),
        };
    };

    public static Func<MailboxState, MailboxState> Change(FlagsChanged change, ulong sequence) => mailbox =>
    {
        var keywords = mailbox.Keywords;
        var removed = change.AllRemoved
            ? (MessageFlags)ulong.MaxValue
            : (MessageFlags)change.RemovedFlags | KeywordFlags(ref keywords, change.RemovedKeywords, define: false);
        var added = (MessageFlags)change.AddedFlags | KeywordFlags(ref keywords, change.AddedKeywords, define: true);
        var unseen = mailbox.Unseen;
        var anything = false;
        var table = mailbox.Messages.EditFlags(change.Uids, (uids, flags, modSeqs) =>
        {
            var (hint, edited) = (0, false);
            for (var i = 0; i < uids.Length; i++)
            {
                if (!UidRanges.Contains(change.Uids, uids[i], ref hint)) continue;
                var before = (MessageFlags)flags[i];
                var after = (before & ~removed) | added;
                if (after == before) continue;
                unseen += (int)(before & MessageFlags.Seen) - (int)(after & MessageFlags.Seen);
                (flags[i], modSeqs[i], edited) = ((ulong)after, sequence, true);
            }

            anything |= edited;
            return edited;
        });
        return mailbox with
        {
            Keywords = keywords,
            Unseen = unseen,
            Table = table,
            HighestModSeq = anything ? sequence : mailbox.HighestModSeq,
        };
    };

    /// <param name="removed">Which messages go.</param>
    /// <param name="sequence">The entry's number.</param>
    /// <param name="moved">Contents that the same change adds: messages with one of them were moved, and are not buried.</param>
    public static Func<MailboxState, MailboxState> Remove(
        MessagesRemoved removed, ulong sequence, IReadOnlySet<ContentRef> moved) => mailbox =>
    {
        var (unseen, bytes) = (mailbox.Unseen, mailbox.Bytes);
        var buried = new List<MessageRow>();
        var before = mailbox.Messages;
        for (var pair = 0; pair < removed.Uids.Count; pair += 2)
        {
            var index = before.IndexOf(removed.Uids[pair]);
            for (index = index < 0 ? ~index : index; index < before.Count && before.UidAt(index) <= removed.Uids[pair + 1]; index++)
            {
                var row = before[index];
                if ((row.Flags & MessageFlags.Seen) == 0) unseen--;
                bytes -= row.Size;
                if (!moved.Contains(row.Content)) buried.Add(row with { ModSeq = sequence });
            }
        }

        var table = before.Remove(removed.Uids);
        return mailbox with
        {
            Count = table.Count,
            Unseen = unseen,
            Bytes = bytes,
            Table = table,
            HighestModSeq = table.Count == before.Count ? mailbox.HighestModSeq : sequence,
            Graves = mailbox.Graves.Bury(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(buried)),
        };
    };

    /// <summary>The flag bits of keywords; new ones are defined in the order in which they come, or passed over.</summary>
    private static MessageFlags KeywordFlags(ref ImmutableArray<string> known, IList<string> names, bool define)
    {
        var flags = MessageFlags.None;
        foreach (var name in names)
        {
            var bit = IndexOf(known, name);
            if (bit < 0)
            {
                if (!define || known.Length >= MailboxState.KeywordsMax) continue;
                bit = known.Length;
                known = known.Add(name);
            }

            flags |= (MessageFlags)(1UL << (MailboxState.KeywordBit + bit));
        }

        return flags;
    }

    private static int IndexOf(ImmutableArray<string> known, string name)
    {
        for (var i = 0; i < known.Length; i++)
        {
            if (known[i].Equals(name, StringComparison.OrdinalIgnoreCase)) return i;
        }

        return -1;
    }
}
