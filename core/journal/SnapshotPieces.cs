using System.Buffers.Binary;
using System.Text;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Journal;

/// <summary>
/// The sealed pieces of one realm's snapshots: a root, found by its label, and segments named by what they hold. A segment that did not
/// change since the last snapshot keeps its piece. Every so often a root is kept as a milestone, from which a past state is read without
/// replaying all that was before. All of it may be deleted at any time: the journal has everything.
/// </summary>
/// <param name="label">The root's, such as "mail root".</param>
/// <param name="segmentsOf">The segments that an opened root names; none when it is of another version.</param>
internal sealed class SnapshotPieces(
    AccountId account, RealmKeys keys, ISnapshotStore store, string label, Func<ReadOnlyMemory<byte>, IEnumerable<BlobName>> segmentsOf)
{
    private readonly Milestones _milestones = new();
    private HashSet<BlobName> _stored = [];

    /// <summary>The newest root, of whatever epoch; null when there is none that opens.</summary>
    public ValueTask<ReadOnlyMemory<byte>?> RootAsync(CancellationToken cancellation) => RootAsync(RootLabel, cancellation);

    /// <summary>The root that was kept at an entry; null when it is lost.</summary>
    public ValueTask<ReadOnlyMemory<byte>?> RootAsync(ulong milestone, CancellationToken cancellation) =>
        RootAsync(MilestoneLabel(milestone), cancellation);

    /// <summary>Entries at which roots are kept, up to one, the newest first.</summary>
    public IReadOnlyList<ulong> MilestonesUpTo(ulong sequence) => _milestones.UpTo(sequence);

    /// <summary>Says what the newest root is.</summary>
    public void Know(ReadOnlyMemory<byte> root, IEnumerable<ulong> milestones)
    {
        _stored = [.. segmentsOf(root)];
        _milestones.Know(milestones);
    }

    /// <summary>A piece; null when it is missing or damaged.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> OpenAsync(BlobName name, CancellationToken cancellation) =>
        await store.GetAsync(account, name, cancellation) is { } bytes ? SnapshotSeal.Open(keys, account, name, bytes) : null;

    /// <summary>Whether a snapshot keeps a segment under this name, in whatever epoch it was written.</summary>
    public bool IsNamed(byte[] segment, BlobName name) =>
        keys.Older.Prepend(keys.Newest).Any(key => NameOf(key, SegmentLabel(segment)) == name);

    /// <summary>Begins a snapshot of the state at an entry.</summary>
    /// <param name="sequence">The entry.</param>
    /// <param name="forgottenThrough">Of what is before this, nobody looks back any more.</param>
    /// <param name="cancellation">Ends the reading of milestones.</param>
    public async ValueTask<SnapshotDraft> BeginAsync(ulong sequence, ulong forgottenThrough, CancellationToken cancellation)
    {
        foreach (var unread in _milestones.Unread)
        {
            var root = await RootAsync(unread, cancellation);
            _milestones.Read(unread, root is { } bytes ? segmentsOf(bytes) : null);
        }

        return new SnapshotDraft(this, sequence, _milestones.Next(sequence, forgottenThrough));
    }

    /// <summary>Writes what changed since the last snapshot, and the root, in one step.</summary>
    public async ValueTask<Refusal> SaveAsync(SnapshotDraft draft, byte[] root, CancellationToken cancellation)
    {
        var key = keys.Newest;
        List<SealedBlob> put = [.. draft.Put, Seal(key, NameOf(key, RootLabel), root)];
        if (draft.IsMilestone) put.Add(Seal(key, NameOf(key, MilestoneLabel(draft.Sequence)), root));
        var left = _milestones.NotIn(draft.Milestones).ToList();
        var kept = _milestones.SegmentsOf(draft.Milestones);
        var gone = _stored.Union(_milestones.SegmentsOf(left)).Except(draft.Named).Except(kept)
            .Concat(keys.Older.Where(older => older.Epoch < key.Epoch).Select(older => NameOf(older, RootLabel)))
            .Concat(left.SelectMany(milestone => keys.Older.Prepend(key).Select(any => NameOf(any, MilestoneLabel(milestone)))));
        var refusal = await store.ReplaceAsync(account, put, [.. gone], cancellation);
        if (refusal != Refusal.None) return refusal;
        _stored = draft.Named;
        _milestones.Keep(draft.Milestones, draft.IsMilestone ? draft.Named : null);
        return Refusal.None;
    }

    /// <summary>Deletes the newest root, which was opened, and all that it keeps.</summary>
    public async ValueTask<Refusal> EraseAsync(CancellationToken cancellation)
    {
        HashSet<BlobName> gone = [.. _stored, NameOf(keys.Newest, RootLabel)];
        foreach (var milestone in _milestones.UpTo(ulong.MaxValue))
        {
            if (await RootAsync(milestone, cancellation) is { } root) gone.UnionWith(segmentsOf(root));
            gone.Add(NameOf(keys.Newest, MilestoneLabel(milestone)));
        }

        return await store.ReplaceAsync(account, [], [.. gone], cancellation);
    }

    internal bool IsStored(BlobName name) => _stored.Contains(name);

    internal (BlobName Name, SealedBlob? Sealed) Seal(byte[] segment)
    {
        var key = keys.Newest;
        var name = NameOf(key, SegmentLabel(segment));
        return (name, _stored.Contains(name) ? null : Seal(key, name, segment));
    }

    private SealedBlob Seal(RealmKey key, BlobName name, byte[] piece) => new(name, SnapshotSeal.Seal(key, account, name, piece));

    private async ValueTask<ReadOnlyMemory<byte>?> RootAsync(byte[] rootLabel, CancellationToken cancellation)
    {
        var bytes = await OpenAsync(NameOf(keys.Newest, rootLabel), cancellation);
        foreach (var older in keys.Older) bytes ??= await OpenAsync(NameOf(older, rootLabel), cancellation);
        return bytes;
    }

    private byte[] RootLabel => Encoding.ASCII.GetBytes(label);

    private byte[] MilestoneLabel(ulong sequence)
    {
        byte[] bytes = [.. Encoding.ASCII.GetBytes(label + " at "), .. new byte[sizeof(ulong)]];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(bytes.Length - sizeof(ulong)), sequence);
        return bytes;
    }

    private static BlobName NameOf(RealmKey key, byte[] pieceLabel) => SnapshotSeal.NameOf(key, pieceLabel);

    private static byte[] SegmentLabel(byte[] segment) => [.. "segment"u8, .. segment];
}

/// <summary>The pieces of a snapshot that is being written.</summary>
/// <param name="sequence">The entry that it is of.</param>
/// <param name="milestones">Entries at which roots are kept from now on, ascending; its own is perhaps the last.</param>
internal sealed class SnapshotDraft(SnapshotPieces pieces, ulong sequence, IReadOnlyList<ulong> milestones)
{
    public ulong Sequence => sequence;

    public IReadOnlyList<ulong> Milestones => milestones;

    /// <summary>Whether this snapshot's root is kept when there is a newer one.</summary>
    public bool IsMilestone => milestones.Count > 0 && milestones[^1] == sequence;

    internal HashSet<BlobName> Named { get; } = [];

    internal List<SealedBlob> Put { get; } = [];

    /// <summary>Takes a segment.</summary>
    /// <param name="known">The piece that held it, as far as is known.</param>
    /// <param name="encode">Gives its bytes, if they have to be written.</param>
    /// <returns>Its piece.</returns>
    public BlobName Segment(BlobName? known, Func<byte[]> encode)
    {
        if (known is { } piece && pieces.IsStored(piece)) return Keep(piece);
        var (name, blob) = pieces.Seal(encode());
        if (blob is { } fresh && !Named.Contains(name)) Put.Add(fresh);
        return Keep(name);
    }

    /// <summary>Keeps a piece as it lies in the store.</summary>
    public BlobName Keep(BlobName piece)
    {
        Named.Add(piece);
        return piece;
    }
}
