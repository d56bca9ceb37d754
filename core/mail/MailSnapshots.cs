using System.Collections.Immutable;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Mail.Filters;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Mail;

/// <summary>
/// Keeps the mail state as one sealed root and one sealed piece for each segment of each mailbox. A segment that did not change
/// since the last snapshot keeps its piece. All of it may be deleted at any time: the journal has everything.
/// </summary>
internal sealed class MailSnapshots(AccountId account, RealmKeys keys, ISnapshotStore store)
{
    /// <summary>Version of the root and of what it points to; another version is passed over and replaced.</summary>
    private const uint Version = 3;

    /// <summary>Pieces of one mailbox that are read, opened and taken apart at the same time.</summary>
    private static readonly int LoadsMax = Math.Clamp(Environment.ProcessorCount, 1, 4);

    private readonly SnapshotPieces _pieces = new(account, keys, store, "mail root", SegmentsOf);

    /// <summary>The newest snapshot; null when there is none that opens.</summary>
    public async ValueTask<(MailState State, JournalHead Head)?> LoadAsync(CancellationToken cancellation)
    {
        if (await _pieces.RootAsync(cancellation) is not { } bytes || Parse(bytes) is not { } root) return null;
        _pieces.Know(bytes, root.Milestones);
        return Decode(root);
    }

    /// <summary>The newest state not after an entry that a snapshot still has, all in memory; null when none has.</summary>
    public async ValueTask<(MailState State, JournalHead Head)?> LoadBeforeAsync(ulong sequence, CancellationToken cancellation)
    {
        if (await WholeAsync(await _pieces.RootAsync(cancellation), sequence, cancellation) is { } newest) return newest;
        foreach (var milestone in _pieces.MilestonesUpTo(sequence))
        {
            if (await WholeAsync(await _pieces.RootAsync(milestone, cancellation), sequence, cancellation) is { } older) return older;
        }

        return null;
    }

    /// <summary>The messages of a mailbox as the snapshot has them; null when a piece is missing or damaged.</summary>
    public async ValueTask<MessageTable?> LoadTableAsync(MailboxState mailbox, CancellationToken cancellation)
    {
        var loaded = new MessageSegment?[mailbox.Pieces.Length];
        var options = new ParallelOptions { MaxDegreeOfParallelism = LoadsMax, CancellationToken = cancellation };
        await Parallel.ForAsync(
            0, loaded.Length, options, async (i, stop) => loaded[i] = await LoadSegmentAsync(mailbox.Pieces[i], stop));
        if (Array.Exists(loaded, segment => segment is null)) return null;
        List<MessageSegment> segments = [.. loaded.OfType<MessageSegment>()];
        var tail = MessageSegment.Empty;
        if (segments.Count > 0 && segments[^1].Count < MessageSegment.RowsMax)
        {
            tail = segments[^1];
            segments.RemoveAt(segments.Count - 1);
        }

        var table = MessageTable.FromSegments(segments, tail);
        return table.Count == mailbox.Count ? table : null;
    }

    /// <summary>One segment; null when its piece is missing or damaged.</summary>
    public async ValueTask<MessageSegment?> LoadSegmentAsync(BlobName piece, CancellationToken cancellation)
    {
        if (await _pieces.OpenAsync(piece, cancellation) is not { } bytes) return null;
        if (SegmentCodec.Decode(bytes) is not { } segment) return null;
        segment.Piece = piece;
        return segment;
    }

    /// <summary>Whether a snapshot keeps a segment under this name, in whatever epoch it was written.</summary>
    public bool IsNamed(MessageSegment segment, BlobName name) => _pieces.IsNamed(SegmentCodec.Encode(segment), name);

    /// <summary>Writes what changed since the last snapshot and the root in one step.</summary>
    public async ValueTask<Refusal> SaveAsync(MailState state, JournalHead head, CancellationToken cancellation)
    {
        var root = new MailSnapshot
        {
            Version = Version,
            Sequence = head.Sequence,
            HeadHash = ByteString.CopyFrom(head.Hash.ToBytes()),
            NextMailbox = state.NextMailbox,
            LastUidValidity = state.LastUidValidity,
            DropboxThrough = state.DropboxThrough,
            ForgottenThrough = state.ForgottenThrough,
        };
        var draft = await _pieces.BeginAsync(head.Sequence, state.ForgottenThrough, cancellation);
        root.Milestones.AddRange(draft.Milestones);
        if (state.HorizonDays is { } days) root.HorizonDays = (uint)days;
        root.Subscriptions.AddRange(state.Subscriptions);
        root.Annotations.AddRange(MailAnnotations.ToSnapshot(state.Annotations));
        state.Filters.WriteTo(root);
        foreach (var mailbox in state.Mailboxes.Values) root.Mailboxes.Add(Encode(mailbox, draft));
        foreach (var deleted in state.Deleted.Values)
        {
            var mailbox = Encode(deleted.Mailbox, draft);
            root.Deleted.Add(new DeletedMailboxSnapshot { Mailbox = mailbox, Sequence = deleted.Sequence });
        }

        return await _pieces.SaveAsync(draft, root.ToByteArray(), cancellation);
    }

    private static MailboxSnapshot Encode(MailboxState mailbox, SnapshotDraft draft)
    {
        var snapshot = new MailboxSnapshot
        {
            Mailbox = mailbox.Id.Value,
            Name = mailbox.Name,
            UidValidity = mailbox.UidValidity,
            UidNext = mailbox.UidNext,
            HighestModSeq = mailbox.HighestModSeq,
            SpecialUse = (uint)mailbox.SpecialUse,
            RecentBelowUid = mailbox.RecentFromUid,
            Count = (uint)mailbox.Count,
            Unseen = (uint)mailbox.Unseen,
            FirstUnseen = (uint)(mailbox.FirstUnseen + 1),
            Bytes = mailbox.Bytes,
        };
        snapshot.Keywords.AddRange(mailbox.Keywords);
        snapshot.Annotations.AddRange(MailAnnotations.ToSnapshot(mailbox.Annotations));
        var pieces = mailbox.Table is { } table
            ? table.Segments().Select(segment => Piece(segment, draft))
            : mailbox.Pieces.Select(draft.Keep);
        snapshot.Segments.AddRange(pieces.Select(piece => ByteString.CopyFrom(piece.ToBytes())));
        foreach (var segment in mailbox.Graves.Segments)
        {
            var piece = segment.Rows is { } rows ? Piece(rows, draft) : draft.Keep(segment.Piece);
            snapshot.Graves.Add(new GraveSegmentSnapshot
            {
                Piece = ByteString.CopyFrom(piece.ToBytes()), Count = (uint)segment.Count, Last = segment.Last,
            });
        }

        return snapshot;
    }

    private static BlobName Piece(MessageSegment segment, SnapshotDraft draft)
    {
        var piece = draft.Segment(segment.Piece, () => SegmentCodec.Encode(segment));
        segment.Piece = piece;
        return piece;
    }

    /// <summary>An opened root with all that it names; null when it is after an entry, or a piece is missing or damaged.</summary>
    private async ValueTask<(MailState State, JournalHead Head)?> WholeAsync(
        ReadOnlyMemory<byte>? bytes, ulong sequence, CancellationToken cancellation)
    {
        if (bytes is not { } opened || Parse(opened) is not { } root || root.Sequence > sequence) return null;
        var (state, head) = Decode(root);
        var mailboxes = state.Mailboxes;
        foreach (var mailbox in mailboxes.Values)
        {
            if (await WholeAsync(mailbox, cancellation) is not { } whole) return null;
            mailboxes = mailboxes.SetItem(mailbox.Id, whole);
        }

        var removed = state.Deleted;
        foreach (var deleted in removed.Values)
        {
            if (await WholeAsync(deleted.Mailbox, cancellation) is not { } whole) return null;
            removed = removed.SetItem(whole.Id, deleted with { Mailbox = whole });
        }

        return (state with { Mailboxes = mailboxes, Deleted = removed }, head);
    }

    private async ValueTask<MailboxState?> WholeAsync(MailboxState mailbox, CancellationToken cancellation)
    {
        if (await LoadTableAsync(mailbox, cancellation) is not { } table) return null;
        var graves = mailbox.Graves;
        for (var i = 0; i < graves.Segments.Count; i++)
        {
            if (await LoadSegmentAsync(graves.Segments[i].Piece, cancellation) is not { } rows) return null;
            graves = graves.Loaded(i, rows);
        }

        return mailbox with { Table = table, Pieces = [], Graves = graves };
    }

    private static MailSnapshot? Parse(ReadOnlyMemory<byte> bytes) =>
        MailSnapshot.Parser.ParseFrom(bytes.Span) is { Version: Version } root ? root : null;

    private static IEnumerable<BlobName> SegmentsOf(ReadOnlyMemory<byte> bytes) => Parse(bytes) is not { } root ? []
        : root.Mailboxes.Concat(root.Deleted.Select(deleted => deleted.Mailbox))
            .SelectMany(mailbox => mailbox.Segments.Concat(mailbox.Graves.Select(segment => segment.Piece)))
            .Select(piece => new BlobName(piece.Span));

    private static (MailState State, JournalHead Head) Decode(MailSnapshot root)
    {
        var mailboxes = root.Mailboxes.Select(Decode).ToImmutableDictionary(mailbox => mailbox.Id);
        var state = new MailState
        {
            Sequence = root.Sequence,
            NextMailbox = root.NextMailbox,
            LastUidValidity = root.LastUidValidity,
            DropboxThrough = root.DropboxThrough,
            ForgottenThrough = root.ForgottenThrough,
            HorizonDays = root.HasHorizonDays ? (int)root.HorizonDays : null,
            Filters = FilterState.FromSnapshot(root),
            Annotations = MailAnnotations.FromSnapshot(root.Annotations),
            Subscriptions = ImmutableSortedSet.CreateRange(StringComparer.Ordinal, root.Subscriptions),
            Mailboxes = mailboxes,
            Deleted = root.Deleted.Select(deleted => new DeletedMailbox(Decode(deleted.Mailbox), deleted.Sequence))
                .ToImmutableDictionary(deleted => deleted.Mailbox.Id),
            Names = mailboxes.Values.ToImmutableSortedDictionary(m => m.Name, m => m.Id, StringComparer.Ordinal),
            UsageBytes = mailboxes.Values.Sum(mailbox => (long)mailbox.Bytes),
        };
        return (state, new JournalHead(root.Sequence, new BlobName(root.HeadHash.Span)));
    }

    private static MailboxState Decode(MailboxSnapshot snapshot) => new()
    {
        Id = new MailboxId(snapshot.Mailbox),
        Name = snapshot.Name,
        UidValidity = snapshot.UidValidity,
        UidNext = snapshot.UidNext,
        HighestModSeq = snapshot.HighestModSeq,
        SpecialUse = (SpecialUse)snapshot.SpecialUse,
        RecentFromUid = snapshot.RecentBelowUid,
        Keywords = [.. snapshot.Keywords],
        Annotations = MailAnnotations.FromSnapshot(snapshot.Annotations),
        Count = (int)snapshot.Count,
        Unseen = (int)snapshot.Unseen,
        FirstUnseenInSnapshot = (int)snapshot.FirstUnseen - 1,
        Bytes = snapshot.Bytes,
        Pieces = [.. snapshot.Segments.Select(piece => new BlobName(piece.Span))],
        Graves = Graves.FromSnapshot(snapshot.Graves.Select(
            segment => new GraveSegment(null, new BlobName(segment.Piece.Span), (int)segment.Count, segment.Last))),
    };
}
