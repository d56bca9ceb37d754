using System.Collections.Immutable;

namespace CompatBot.Core.Mail;

/// <summary>One mailbox at one moment. Immutable.</summary>
public sealed record MailboxState
{
    /// <summary>Most keywords in one mailbox: one bit each beside the system flags. Clients use a dozen.</summary>
    public const int KeywordsMax = 56;

    /// <summary>The flag bit of the first keyword.</summary>
    public const int KeywordBit = 8;

    public required MailboxId Id { get; init; }

    /// <summary>Unicode, levels separated by "/"; INBOX in upper case.</summary>
    public required string Name { get; init; }

    /// <summary>Never 0; greater than that of every mailbox made before in this account.</summary>
    public required uint UidValidity { get; init; }

    public uint UidNext { get; init; } = 1;

    /// <summary>Journal sequence of the last change of its messages (RFC 7162); at first that of its creation.</summary>
    public ulong HighestModSeq { get; init; }

    public SpecialUse SpecialUse { get; init; }

    /// <summary>Keyword i is flag bit <see cref="KeywordBit"/> + i. Only ever grows.</summary>
    public ImmutableArray<string> Keywords { get; init; } = [];

    public int Count { get; init; }

    public int Unseen { get; init; }

    /// <summary>Octets of all messages.</summary>
    public ulong Bytes { get; init; }

    /// <summary>UIDs from here on were never shown to a read-write session: they are \Recent for the first that claims them.</summary>
    public uint RecentFromUid { get; init; } = 1;

    /// <summary>Index of the first message without \Seen; -1: all have it.</summary>
    public int FirstUnseen => Table?.FirstWithout(MessageFlags.Seen) ?? FirstUnseenInSnapshot;

    /// <summary>The messages; null while they lie unread in the snapshot.</summary>
    public MessageTable? Table { get; init; }

    /// <summary>The messages of a mailbox that was opened.</summary>
    public MessageTable Messages => Table ?? throw new InvalidOperationException("The mailbox was not opened");

    /// <summary>The messages that were removed and are not forgotten.</summary>
    public Graves Graves { get; init; } = Graves.Empty;

    /// <summary>What clients noted about it (RFC 5464).</summary>
    public ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Annotations { get; init; } = MailAnnotations.None;

    /// <summary>Pieces of the snapshot that hold the messages while <see cref="Table"/> is null.</summary>
    internal ImmutableArray<Store.BlobName> Pieces { get; init; } = [];

    /// <summary>What <see cref="FirstUnseen"/> is while they do.</summary>
    internal int FirstUnseenInSnapshot { get; init; } = -1;

    /// <summary>About how many bytes it takes in memory: rows that were loaded, and what every mailbox takes.</summary>
    internal long MemoryBytes
    {
        get
        {
            var rows = (long)(Table?.Count ?? 0);
            foreach (var segment in Graves.Segments) rows += segment.Rows?.Count ?? 1;
            return 512 + (rows * MessageSegment.RowBytes) + (Pieces.Length * Store.BlobName.Length);
        }
    }

    /// <summary>The flag of a keyword (ASCII letters match in any case); null when the mailbox does not know it.</summary>
    public MessageFlags? FlagOf(string keyword)
    {
        for (var i = 0; i < Keywords.Length; i++)
        {
            if (Keywords[i].Equals(keyword, StringComparison.OrdinalIgnoreCase)) return (MessageFlags)(1UL << (KeywordBit + i));
        }

        return null;
    }
}
