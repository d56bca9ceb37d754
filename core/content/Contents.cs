using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>
/// The content of one realm of an open account: writes streams into sealed, content-named blobs and reads them back. Realms that
/// write the same content share its blobs.
/// </summary>
public sealed class Contents(AccountId account, Realm realm, SecretBytes namingKey, IBlobStore blobs, TimeProvider time)
{
    /// <summary>Octets that are held of content on its way where it goes to several places: about a chunk.</summary>
    public const int ChunkBytes = 1 << 20;

    /// <summary>
    /// How long content may lie between its first stored chunk and the commit that names it. Half of the garbage collector's
    /// <see cref="PutGrace"/>: what is refused here can never have been collected before.
    /// </summary>
    public static readonly TimeSpan CommitWithin = TimeSpan.FromHours(12);

    /// <summary>A blob that was put less than this ago is never garbage: its commit may be on its way.</summary>
    public static readonly TimeSpan PutGrace = TimeSpan.FromHours(24);

    private IReadOnlyList<Naming> _namings = [new(account, namingKey)];

    internal AccountId Account => account;

    internal TimeProvider Time => time;

    internal DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Whether a blob is there, not whether it opens.</summary>
    internal ValueTask<bool> ContainsAsync(BlobKey key, CancellationToken cancellation) =>
        blobs.ContainsAsync(account, BlobSeal.NameOf(key), cancellation);

    /// <summary>Whether content may still be committed now.</summary>
    internal bool IsFresh(StoredContent content) => IsFresh(content, Now);

    /// <summary>Whether content may still be committed.</summary>
    internal static bool IsFresh(StoredContent content, DateTimeOffset now) =>
        content.FirstPut is not { } put || now - put <= CommitWithin;

    /// <summary>Stores a sealed blob for this realm ahead of the commit that names it.</summary>
    internal ValueTask<Refusal> PutAsync(SealedBlob blob, CancellationToken cancellation) =>
        blobs.PutAsync(account, BlobHolder.Of(realm), [blob], cancellation);

    public ContentWriter Write() => new(this, Volatile.Read(ref _namings)[0], measures: false);

    /// <summary>Stores nothing: for learning the references that content has, or would have, in this account.</summary>
    public ContentMeasure Measure() => new(Volatile.Read(ref _namings).Select(naming => new ContentWriter(this, naming, measures: true)));

    public ContentReader Read(ContentRef content, long length) => new(this, content, length);

    /// <summary>
    /// Reads the first chunk of several contents in one step, which is cheaper than one after the other. Those that are long, and
    /// those that can not be had, are left for their own <see cref="ContentReader.ReadAsync"/>.
    /// </summary>
    public async ValueTask LoadAsync(IReadOnlyList<ContentReader> readers, CancellationToken cancellation)
    {
        var flat = readers.Where(reader => reader.Content.Depth == 0).ToArray();
        var secrets = Array.ConvertAll(flat, reader => BlobSeal.Derive(reader.Content.Key));
        byte[]?[] stored;
        try
        {
            stored = await blobs.GetAsync(account, Array.ConvertAll(secrets, secret => secret.Name), cancellation);
        }
        catch (IOException)
        {
            return; // One bad sector is no reason to withhold the others.
        }

        for (var i = 0; i < flat.Length; i++)
        {
            if (stored[i] is { } bytes && BlobSeal.OpenInPlace(account, secrets[i], bytes) is { } opened) flat[i].Loaded(opened);
        }
    }

    /// <summary>Names what is written from now on by the first of these, the newest epoch's. The ones before must live on.</summary>
    internal void Adopt(IEnumerable<SecretBytes> namingKeys) =>
        Volatile.Write(ref _namings, [.. namingKeys.Select(key => new Naming(account, key))]);

    /// <summary>The opened blob. Throws <see cref="ContentException"/> when it is missing or does not verify.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>> OpenAsync(BlobKey key, CancellationToken cancellation)
    {
        var secret = BlobSeal.Derive(key);
        byte[]? stored;
        try
        {
            stored = await blobs.GetAsync(account, secret.Name, cancellation);
        }
        catch (IOException error)
        {
            throw new ContentException("A blob can not be read", error);
        }

        if (stored is null) throw new ContentException("A blob is missing");
        return BlobSeal.OpenInPlace(account, secret, stored) ?? throw new ContentException("A blob does not verify");
    }

    /// <summary>The same, into room for a blob that the caller lends.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>> OpenAsync(BlobKey key, Memory<byte> room, CancellationToken cancellation)
    {
        var secret = BlobSeal.Derive(key);
        int bytes;
        try
        {
            bytes = await blobs.ReadAsync(account, secret.Name, room, cancellation);
        }
        catch (IOException error)
        {
            throw new ContentException("A blob can not be read", error);
        }

        if (bytes < 0) throw new ContentException("A blob is missing");
        return BlobSeal.OpenInPlace(account, secret, room[..bytes]) ?? throw new ContentException("A blob does not verify");
    }
}

/// <summary>Stored content can not be read: missing, damaged, or the disk refused. Nothing was changed.</summary>
public sealed class ContentException(string message, Exception? cause = null) : IOException(message, cause);
