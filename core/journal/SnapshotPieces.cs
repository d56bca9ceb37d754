using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Journal;

/// <summary>
/// The sealed pieces of one realm's snapshot: a root, found by its label, and segments named by what they hold. A segment that did not
/// change since the last snapshot keeps its piece. All of it may be deleted at any time: the journal has everything.
/// </summary>
/// <param name="label">The root's, such as "mail root".</param>
internal sealed class SnapshotPieces(AccountId account, RealmKeys keys, ISnapshotStore store, string label)
{
    private HashSet<BlobName> _stored = [];

    /// <summary>The newest root, of whatever epoch; null when there is none that opens.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> RootAsync(CancellationToken cancellation)
    {
        var bytes = await OpenAsync(RootName(keys.Newest), cancellation);
        foreach (var older in keys.Older) bytes ??= await OpenAsync(RootName(older), cancellation);
        return bytes;
    }

    /// <summary>Says which pieces the root that was read names.</summary>
    public void Know(IEnumerable<BlobName> stored) => _stored = [.. stored];

    /// <summary>A piece; null when it is missing or damaged.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> OpenAsync(BlobName name, CancellationToken cancellation) =>
        await store.GetAsync(account, name, cancellation) is { } bytes ? SnapshotSeal.Open(keys, account, name, bytes) : null;

    /// <summary>Whether a snapshot keeps a segment under this name, in whatever epoch it was written.</summary>
    public bool IsNamed(byte[] segment, BlobName name) => keys.Older.Prepend(keys.Newest).Any(key => NameOf(key, segment) == name);

    public SnapshotDraft Begin() => new(this);

    /// <summary>Writes what changed since the last snapshot, and the root, in one step.</summary>
    public async ValueTask<Refusal> SaveAsync(SnapshotDraft draft, byte[] root, CancellationToken cancellation)
    {
        var key = keys.Newest;
        var rootName = RootName(key);
        IReadOnlyList<SealedBlob> put = [.. draft.Put, new SealedBlob(rootName, SnapshotSeal.Seal(key, account, rootName, root))];
        var gone = _stored.Where(name => !draft.Named.Contains(name))
            .Concat(keys.Older.Where(older => older.Epoch < key.Epoch).Select(RootName));
        var refusal = await store.ReplaceAsync(account, put, [.. gone], cancellation);
        if (refusal == Refusal.None) _stored = draft.Named;
        return refusal;
    }

    internal bool IsStored(BlobName name) => _stored.Contains(name);

    internal (BlobName Name, SealedBlob? Sealed) Seal(byte[] segment)
    {
        var key = keys.Newest;
        var name = NameOf(key, segment);
        return (name, _stored.Contains(name) ? null : new SealedBlob(name, SnapshotSeal.Seal(key, account, name, segment)));
    }

    private static BlobName NameOf(RealmKey key, byte[] segment) => SnapshotSeal.NameOf(key, [.. "segment"u8, .. segment]);

    private BlobName RootName(RealmKey key) => SnapshotSeal.NameOf(key, System.Text.Encoding.ASCII.GetBytes(label));
}

/// <summary>The pieces of a snapshot that is being written.</summary>
internal sealed class SnapshotDraft(SnapshotPieces pieces)
{
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
