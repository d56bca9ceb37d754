using CompatBot.Core.Vault;

namespace CompatBot.Core.Store;

/// <summary>Everything that an engine implements, over sealed bytes only. All parts live and die together.</summary>
public interface IStore : IAsyncDisposable
{
    IJournalStore Journal { get; }

    IBlobStore Blobs { get; }

    ISnapshotStore Snapshots { get; }

    IDropbox Dropbox { get; }

    IDirectory Directory { get; }
}

/// <summary>Sealed bytes under their public name.</summary>
public readonly record struct SealedBlob(BlobName Name, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Nobody opens it who has only keys of epochs before this one; 0: that is not known.</summary>
    public uint Epoch { get; init; }
}

/// <summary>One journal entry as it lies in the store: clear header and sealed body (FORMAT.md), opaque to engines.</summary>
/// <param name="Sequence">1 for an account's first entry, then without gaps.</param>
public readonly record struct StoredEntry(ulong Sequence, ReadOnlyMemory<byte> Bytes);

/// <summary>One entry to append, with the blobs that it names: both become durable together, or neither.</summary>
/// <param name="Realm">The entry's; it comes to hold the blobs.</param>
public sealed record JournalAppend(AccountId Account, Realm Realm, StoredEntry Entry, IReadOnlyList<SealedBlob> Blobs)
{
    /// <summary>The entry keeps nothing more than before: on a full disk it may use what is kept back for such.</summary>
    public bool IsFreeing { get; init; }

    /// <summary>Nobody waits for the caller to be through with it: the store may do it on the caller's thread.</summary>
    public bool IsLone { get; init; }

    /// <summary>Octets of content that the realm has after the entry, for <see cref="IDirectory.UsageAsync"/>; null: not said.</summary>
    public long? UsageBytes { get; init; }
}

/// <summary>The append-only log of every account.</summary>
public interface IJournalStore
{
    /// <summary>Largest stored entry, in bytes. Entries name content and do not carry it: this leaves room for bulk flag changes.</summary>
    const int EntryBytesMax = 16 << 20;

    /// <summary>
    /// Appends in call order: a caller may queue sequence n+1 before n has completed; when n is refused, so is n+1.
    /// Appends of many accounts share one flush. Cancellation is only heeded before the append is queued.
    /// </summary>
    /// <returns>
    /// None: durable. Conflict: the head is not Sequence - 1. StoreFull, Unavailable: nothing of it is there, nor will be,
    /// except that after Unavailable (a failed flush, a crash) a later start may find it whole.
    /// </returns>
    ValueTask<Refusal> AppendAsync(JournalAppend append, CancellationToken cancellation);

    /// <summary>Entries after <paramref name="after"/>, in order, up to the head when the reading began.</summary>
    IAsyncEnumerable<StoredEntry> ReadAsync(AccountId account, ulong after, CancellationToken cancellation);

    /// <summary>The sequence of the newest durable entry; 0 when there is none.</summary>
    ValueTask<ulong> HeadAsync(AccountId account, CancellationToken cancellation);
}

/// <summary>Immutable sealed bytes by name, per account. A blob holds at most <see cref="BlobBytesMax"/> bytes.</summary>
public interface IBlobStore
{
    /// <summary>Largest sealed blob, in bytes: 2 MiB and an envelope around it. Longer content is a tree of chunks.</summary>
    const int BlobBytesMax = BlobSeal.ContentBytesMax + BlobSeal.Overhead + BlobEnvelope.Overhead;

    /// <summary>
    /// Stores what is not there yet; durable at return. The bytes of a name that exists are left alone (equal names mean equal bytes),
    /// but <paramref name="holders"/> hold it from now on as well, and it counts as put now.
    /// </summary>
    /// <returns>None, StoreFull or Unavailable.</returns>
    ValueTask<Refusal> PutAsync(
        AccountId account, BlobHolders holders, IReadOnlyList<SealedBlob> blobs, CancellationToken cancellation);

    /// <summary>The sealed bytes, owned by the caller; null when there is no such blob.</summary>
    ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation);

    /// <summary>Reads a blob into room that the caller lends.</summary>
    /// <returns>Its bytes; -1 when there is no such blob.</returns>
    /// <exception cref="IOException">It is longer than the room.</exception>
    ValueTask<int> ReadAsync(AccountId account, BlobName name, Memory<byte> room, CancellationToken cancellation);

    /// <summary>Several at once, which is cheaper than one after the other: as many as names, in their order.</summary>
    ValueTask<byte[]?[]> GetAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation);

    ValueTask<bool> ContainsAsync(AccountId account, BlobName name, CancellationToken cancellation);

    /// <summary>
    /// Ends what one or more holders have of blobs, and deletes those that nobody holds any more. Passes over blobs that were put
    /// at or after <paramref name="putBefore"/>, or so near before that whole hours do not tell: somebody is about to name them.
    /// Names that are not there are no error.
    /// </summary>
    /// <returns>What was deleted, durably; or Unavailable, StoreFull: then perhaps a part was.</returns>
    ValueTask<Outcome<ReleasedBlobs>> ReleaseAsync(
        AccountId account, BlobHolders holders, IReadOnlyList<BlobName> names, DateTimeOffset putBefore, CancellationToken cancellation);

    /// <summary>
    /// Gives blobs other bytes under their names, each in one durable step: a crash leaves the old ones or the new ones. Holders, and
    /// when it was put, stay. Passes over blobs that are gone, can not be read, or got other bytes meanwhile from somebody else.
    /// </summary>
    /// <param name="account">Whose.</param>
    /// <param name="names">Of blobs.</param>
    /// <param name="rewrite">
    /// What a blob's bytes become, under the same name: null when they stay as they are; the very memory that it was given when only
    /// the epoch is another one. Called once for each blob.
    /// </param>
    /// <param name="cancellation">Before anything is written.</param>
    /// <returns>How many were changed, durably; or StoreFull, Unavailable: then perhaps some were.</returns>
    ValueTask<Outcome<int>> RewriteAsync(
        AccountId account,
        IReadOnlyList<BlobName> names,
        Func<BlobName, ReadOnlyMemory<byte>, SealedBlob?> rewrite,
        CancellationToken cancellation);

    /// <summary>Deletes, whoever holds them; names that are not there are no error. After StoreFull a part may be deleted.</summary>
    ValueTask<Refusal> DeleteAsync(AccountId account, IReadOnlyList<BlobName> names, CancellationToken cancellation);

    /// <summary>
    /// Every blob of an account in the order of names, in pages: what comes or goes meanwhile may or may not be among them.
    /// </summary>
    IAsyncEnumerable<BlobLine> ListAsync(AccountId account, CancellationToken cancellation);

    /// <summary>
    /// Returns once nothing that was deleted before (blobs, snapshot pieces, dropped items) is in any file of the engine any more.
    /// </summary>
    /// <returns>None; Unavailable when somebody stood in the way all the time, or the disk failed: ask again later.</returns>
    ValueTask<Refusal> EraseAsync(CancellationToken cancellation);
}

/// <summary>Sealed shortcuts (snapshot roots and segments, summaries): rebuilt from journal and blobs whenever they are missing.</summary>
public interface ISnapshotStore
{
    /// <summary>Largest piece, in bytes.</summary>
    const int PieceBytesMax = 64 << 20;

    /// <summary>Replaces pieces in one step. Need not be flushed: a crash may lose it, never mix it.</summary>
    /// <returns>None, StoreFull or Unavailable.</returns>
    ValueTask<Refusal> ReplaceAsync(
        AccountId account, IReadOnlyList<SealedBlob> put, IReadOnlyList<BlobName> delete, CancellationToken cancellation);

    /// <summary>A sealed piece, owned by the caller; null when there is none of the name.</summary>
    ValueTask<byte[]?> GetAsync(AccountId account, BlobName name, CancellationToken cancellation);

    /// <summary>Deletes every piece of an account.</summary>
    ValueTask<Refusal> ClearAsync(AccountId account, CancellationToken cancellation);
}

/// <summary>What arrived for a realm whose key was not open, sealed to its public key.</summary>
public interface IDropbox
{
    /// <summary>Largest item, in bytes; what is longer goes in parts, as blobs that the item names.</summary>
    const int ItemBytesMax = 2 << 20;

    /// <summary>
    /// Stores items for one or more accounts in one durable step, with the blobs that they name. Each gets the next arrival
    /// number of its account and realm: numbers start at 1, grow, are never used again, and become visible in order.
    /// </summary>
    /// <returns>None, StoreFull or Unavailable.</returns>
    ValueTask<Refusal> PutAsync(IReadOnlyList<DroppedItem> items, CancellationToken cancellation);

    /// <summary>Items after an arrival number, in arrival order.</summary>
    IAsyncEnumerable<(ulong Number, byte[] Bytes)> ReadAsync(
        AccountId account, Realm realm, ulong after, CancellationToken cancellation);

    /// <summary>Deletes items up to and with an arrival number, and the blobs named.</summary>
    ValueTask<Refusal> DeleteAsync(
        AccountId account, Realm realm, ulong through, IReadOnlyList<BlobName> blobs, CancellationToken cancellation);

    /// <summary>The last arrival number that was given; 0 when nothing ever arrived.</summary>
    ValueTask<ulong> LastNumberAsync(AccountId account, Realm realm, CancellationToken cancellation);

    /// <summary>
    /// Lets the next item get a number greater than <paramref name="last"/>: for a restore, which must not give numbers again that
    /// the state has taken in. Never lowers it.
    /// </summary>
    /// <returns>None, StoreFull or Unavailable.</returns>
    ValueTask<Refusal> SkipNumbersAsync(AccountId account, Realm realm, ulong last, CancellationToken cancellation);

    /// <summary>How many items wait, and their bytes.</summary>
    ValueTask<(long Items, long Bytes)> DepthAsync(AccountId account, Realm realm, CancellationToken cancellation);
}

/// <summary>One sealed thing for a realm, with blobs (sealed parts of a large one) that become durable with it.</summary>
public sealed record DroppedItem(AccountId Account, Realm Realm, ReadOnlyMemory<byte> Bytes, IReadOnlyList<SealedBlob> Blobs)
{
    /// <summary>Octets of content in it, for <see cref="IDirectory.UsageAsync"/>.</summary>
    public long Octets { get; init; }
}
