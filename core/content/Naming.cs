using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Core.Content;

/// <summary>How the content of an account is cut and its chunks are named in one epoch: equal content gets equal names.</summary>
/// <param name="epoch">0: it is not known.</param>
internal sealed class Naming(AccountId account, uint epoch, SecretBytes key)
{
    private readonly Lazy<ChunkBorders> _borders = new(() => new ChunkBorders(account, key));

    public ChunkBorders Borders => _borders.Value;

    public BlobKey KeyOf(ReadOnlySpan<byte> content) => BlobSeal.KeyOf(key, content);

    /// <param name="content">At most a blob's.</param>
    public (BlobKey Key, SealedBlob Blob) Seal(ReadOnlySpan<byte> content)
    {
        var name = KeyOf(content);
        var secret = BlobSeal.Derive(name);
        return (name, new SealedBlob(secret.Name, BlobSeal.Seal(account, secret, content)) { Epoch = epoch });
    }

    /// <summary>Seals a chunk where it lies.</summary>
    /// <returns>What is stored of it lasts as long as the buffer.</returns>
    public (BlobKey Key, SealedBlob Blob) Seal(ChunkBuffer chunk)
    {
        var name = KeyOf(chunk.Octets.Span);
        var secret = BlobSeal.Derive(name);
        return (name, new SealedBlob(secret.Name, chunk.Seal(account, secret)) { Epoch = epoch });
    }
}
