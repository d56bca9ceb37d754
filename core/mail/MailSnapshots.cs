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
    private const uint Version = 2;

    /// <summary>Pieces of one mailbox that are read, opened and taken apart at the same time.</summary>
    private static readonly int LoadsMax = Math.Clamp(Environment.ProcessorCount, 1, 4);

    private readonly SnapshotPieces _pieces = new(account, keys, store, "mail root");

    /// <summary>The newest snapshot; null when there is none that opens.</summary>
    public async ValueTask<(MailState State, JournalHead Head)?> LoadAsync(CancellationToken cancellation)
    {
        if (await _pieces.RootAsync(cancellation) is not { } bytes) return null;
        var root = MailSnapshot.Parser.ParseFrom(bytes.Span);
        if (root.Version != Version) return null;
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
            Mailboxes = root.Mailboxes.Select(Decode).ToImmutableDictionary(mailbox => mailbox.Id),
            Deleted = root.Deleted.Select(deleted => new DeletedMailbox(Decode(deleted.Mailbox), deleted.Sequence))
                .ToImmutableDictionary(deleted => deleted.Mailbox.Id),
        };
        state = state with { UsageBytes = state.Mailboxes.Values.Sum(mailbox => (long)mailbox.Bytes) };
        _pieces.Know(state.Mailboxes.Values.Concat(state.Deleted.Values.Select(deleted => deleted.Mailbox)).SelectMany(PiecesOf));
        return (
            state with { Names = state.Mailboxes.Values.ToImmutableSortedDictionary(m => m.Name, m => m.Id, StringComparer.Ordinal) },
            new JournalHead(root.Sequence, new BlobName(root.HeadHash.Span)));
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
        if (SegmentCodec.Decode(bytes.Span) is not { } segment) return null;
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
        if (state.HorizonDays is { } days) root.HorizonDays = (uint)days;
        root.Subscriptions.AddRange(state.Subscriptions);
        root.Annotations.AddRange(MailAnnotations.ToSnapshot(state.Annotations));
        state.Filters.WriteTo(root);
        var draft = _pieces.Begin();
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

    private static IEnumerable<BlobName> PiecesOf(MailboxState mailbox) =>
        mailbox.Pieces.Concat(mailbox.Graves.Segments.Select(segment => segment.Piece));

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
        Bytes = snapshot.Bytes,
        Pieces = [.. snapshot.Segments.Select(piece => new BlobName(piece.Span))],
        Graves = Graves.FromSnapshot(snapshot.Graves.Select(
            segment => new GraveSegment(null, new BlobName(segment.Piece.Span), (int)segment.Count, segment.Last))),
    };
}
