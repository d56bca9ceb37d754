using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>The content of one open account: writes streams into sealed, content-named blobs and reads them back.</summary>
public sealed class Contents(AccountId account, SecretBytes namingKey, IBlobStore blobs)
{
    /// <summary>Octets of content in one blob, at most.</summary>
    public const int ChunkBytes = 1 << 20;

    internal AccountId Account => account;

    /// <summary>Stores a sealed blob ahead of the commit that names it.</summary>
    internal ValueTask<Refusal> PutAsync(SealedBlob blob, CancellationToken cancellation) => blobs.PutAsync(account, [blob], cancellation);

    public ContentWriter Write() => new(this);

    /// <summary>Stores nothing: for learning the reference that content has, or would have, in this account.</summary>
    public ContentWriter Measure() => new(this, measuring: true);

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
