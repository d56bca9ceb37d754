using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>
/// The content of one realm of an open account: writes streams into sealed, content-named blobs and reads them back. Realms that
/// write the same content share its blobs.
/// </summary>
public sealed class Contents(AccountId account, Realm realm, SecretBytes namingKey, IBlobStore blobs, TimeProvider time)
{
    /// <summary>Octets of content in one blob, at most.</summary>
    public const int ChunkBytes = 1 << 20;

    /// <summary>
    /// How long content may lie between its first stored chunk and the commit that names it. Half of the garbage collector's
    /// <see cref="PutGrace"/>: what is refused here can never have been collected before.
    /// </summary>
    public static readonly TimeSpan CommitWithin = TimeSpan.FromHours(12);

    /// <summary>A blob that was put less than this ago is never garbage: its commit may be on its way.</summary>
    public static readonly TimeSpan PutGrace = TimeSpan.FromHours(24);

    internal AccountId Account => account;

    internal TimeProvider Time => time;

    internal DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Whether content may still be committed.</summary>
    internal bool IsFresh(StoredContent content) => content.FirstPut is not { } put || Now - put <= CommitWithin;

    /// <summary>Stores a sealed blob for this realm ahead of the commit that names it.</summary>
    internal ValueTask<Refusal> PutAsync(SealedBlob blob, CancellationToken cancellation) =>
        blobs.PutAsync(account, BlobHolder.Of(realm), [blob], cancellation);

    public ContentWriter Write() => new(this);

    public ContentReader Read(ContentRef content, long length) => new(this, content, length);

    internal (BlobKey Key, SealedBlob Blob) Seal(ReadOnlySpan<byte> content)
    {
        var key = BlobSeal.KeyOf(namingKey, content);
        var name = BlobSeal.NameOf(key);
        return (key, new SealedBlob(name, BlobSeal.Seal(account, name, key, content)));
    }

    /// <summary>The opened blob. Throws <see cref="ContentException"/> when it is missing or does not verify.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>> OpenAsync(BlobKey key, CancellationToken cancellation)
    {
        var name = BlobSeal.NameOf(key);
        var stored = await blobs.GetAsync(account, name, cancellation) ?? throw new ContentException("A blob is missing");
        return BlobSeal.OpenInPlace(account, name, key, stored) ?? throw new ContentException("A blob does not verify");
    }
}

/// <summary>Stored content can not be read: missing, damaged, or the disk refused. Nothing was changed.</summary>
public sealed class ContentException(string message) : IOException(message);
