using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>What follows from a blob's key: its public name and the key of its cipher. It never prints itself.</summary>
public readonly struct BlobSecret(ReadOnlySpan<byte> bytes)
{
    /// <summary>Bytes: name, then cipher key.</summary>
    internal const int Length = BlobName.Length + BlobKey.Length;

    private readonly BlobKey _cipherKey = new(bytes[BlobName.Length..]);

    public BlobName Name { get; } = new(bytes);

    internal AesGcm Cipher()
    {
        Span<byte> key = stackalloc byte[BlobKey.Length];
        _cipherKey.WriteTo(key);
        var cipher = new AesGcm(key, BlobSeal.TagBytes);
        CryptographicOperations.ZeroMemory(key);
        return cipher;
    }

    public override string ToString() => "(key)";
}
