using CompatBot.Core.Store;

namespace CompatBot.Core.Mail;

/// <summary>
/// The messages that were removed from one mailbox, in the order of their burial, until they are forgotten: what undelete brings
/// back, and what keeps their content alive. A buried row's MODSEQ is the sequence of its burial. Immutable; rows lie in the
/// snapshot until somebody needs them.
/// </summary>
public sealed class Graves
{
    private readonly GraveSegment[] _segments;

    private Graves(GraveSegment[] segments)
    {
        _segments = segments;
        foreach (var segment in segments) Count += segment.Count;
    }

    public static Graves Empty { get; } = new([]);

    /// <summary>Rows, some of which may be forgotten already: those that share a segment with younger ones.</summary>
    public int Count { get; }

    /// <summary>Sequence of the newest burial; 0 when there is none.</summary>
    public ulong Last => _segments.Length == 0 ? 0 : _segments[^1].Last;

    internal IReadOnlyList<GraveSegment> Segments => _segments;

    /// <summary>Adds rows behind the newest; the last segment must be loaded while it has room.</summary>
    internal Graves Bury(ReadOnlySpan<MessageRow> rows)
    {
        if (rows.IsEmpty) return this;
        List<GraveSegment> segments = [.. _segments];
        var segment = MessageSegment.Empty;
        if (segments.Count > 0 && segments[^1].Count < MessageSegment.RowsMax)
        {
            segment = segments[^1].Rows ?? throw new InvalidOperationException("The graves were not opened");
            segments.RemoveAt(segments.Count - 1);
        }

        while (!rows.IsEmpty)
        {
            segment = segment.Add(rows, out var taken);
            rows = rows[taken..];
            segments.Add(new GraveSegment(segment));
            segment = MessageSegment.Empty;
        }

        return new Graves([.. segments]);
    }

    /// <summary>Drops the segments whose rows were all buried up to an entry.</summary>
    internal Graves Forget(ulong through)
    {
        var gone = 0;
        while (gone < _segments.Length && _segments[gone].Last <= through) gone++;
        return gone == 0 ? this : gone == _segments.Length ? Empty : new Graves(_segments[gone..]);
    }

    /// <summary>Takes out the rows with the UIDs of the (ascending) pairs; all segments must be loaded.</summary>
    internal Graves Without(IReadOnlyList<uint> uidPairs)
    {
        var kept = new List<GraveSegment>(_segments.Length);
        foreach (var segment in _segments)
        {
            var rows = segment.Rows ?? throw new InvalidOperationException("The graves were not opened");
            var gone = new List<int>();
            for (var i = 0; i < rows.Count; i++)
            {
                var hint = 0; // Burials are in no order of UIDs.
                if (UidRanges.Contains(uidPairs, rows.Uids[i], ref hint)) gone.Add(i);
            }

            if (gone.Count == 0) kept.Add(segment);
            else if (gone.Count < rows.Count)
            {
                kept.Add(new GraveSegment(rows.Without(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(gone))));
            }
        }

        return new Graves([.. kept]);
    }

    /// <summary>The same graves with a segment's rows in memory.</summary>
    internal Graves Loaded(int index, MessageSegment rows)
    {
        GraveSegment[] segments = [.. _segments];
        segments[index] = new GraveSegment(rows);
        return new Graves(segments);
    }

    internal static Graves FromSnapshot(IEnumerable<GraveSegment> segments) => new([.. segments]);
}

/// <summary>Up to <see cref="MessageSegment.RowsMax"/> graves.</summary>
/// <param name="Rows">Null while they lie unread in the snapshot.</param>
/// <param name="Piece">Where the snapshot holds them, while they are unread.</param>
/// <param name="Count">Rows.</param>
/// <param name="Last">Sequence of the newest burial.</param>
internal sealed record GraveSegment(MessageSegment? Rows, BlobName Piece, int Count, ulong Last)
{
    public GraveSegment(MessageSegment rows) : this(rows, default, rows.Count, rows.ModSeqs[^1])
    {
    }
}

/// <summary>A mailbox that was deleted, as it was then, until that is forgotten.</summary>
/// <param name="Sequence">Of the deletion.</param>
public sealed record DeletedMailbox(MailboxState Mailbox, ulong Sequence);
