using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// Blobs: AES-256-GCM under a key made from the content itself, so that equal content of an account is stored once, nobody
/// without the naming key can test for it, and each key seals exactly one content: hence the constant nonce.
/// </summary>
public static class BlobSeal
{
    /// <summary>Bytes in front of the content: the suite.</summary>
    public const int HeadBytes = 1;

    /// <summary>Bytes that sealing adds: suite and tag.</summary>
    public const int Overhead = HeadBytes + TagBytes;

    /// <summary>Most content that fits into one blob: with its seal it has 2 MiB.</summary>
    public const int ContentBytesMax = (2 << 20) - Overhead;

    private const byte Suite = 1;
    internal const int TagBytes = 16;

    public static BlobKey KeyOf(SecretBytes namingKey, ReadOnlySpan<byte> content)
    {
        using var hold = namingKey.Use();
        Span<byte> key = stackalloc byte[BlobKey.Length];
        HMACSHA256.HashData(namingKey.Span, content, key);
        return new(key);
    }

    /// <summary>The public name of what a key opens. It depends on the key alone, so references outlive a change of epoch.</summary>
    public static BlobName NameOf(BlobKey key) => Derive(key).Name;

    /// <summary>
    /// What follows from a key. Reading a mailbox asks for it for each message: libsodium has no set-up to speak of.
    /// </summary>
    public static BlobSecret Derive(BlobKey key)
    {
        Span<byte> bytes = stackalloc byte[BlobKey.Length + BlobSecret.Length];
        key.WriteTo(bytes);
        Sodium.HmacSha512(bytes[BlobKey.Length..], "compatbot blob v1"u8, bytes[..BlobKey.Length]);
        var secret = new BlobSecret(bytes[BlobKey.Length..]);
        CryptographicOperations.ZeroMemory(bytes);
        return secret;
    }

    public static byte[] Seal(AccountId account, in BlobSecret secret, ReadOnlySpan<byte> content)
    {
        var stored = GC.AllocateUninitializedArray<byte>(Overhead + content.Length);
        Seal(account, secret, content, stored);
        return stored;
    }

    /// <summary>Seals in place: the ciphertext takes the place of the content.</summary>
    /// <param name="stored">The content, with <see cref="HeadBytes"/> in front of it and room for the tag behind.</param>
    public static void SealInPlace(AccountId account, in BlobSecret secret, Span<byte> stored) =>
        Seal(account, secret, stored[HeadBytes..^TagBytes], stored);

    /// <summary>Opens in place: the content takes the place of its ciphertext.</summary>
    /// <returns>
    /// The content, a part of <paramref name="stored"/>; null when it does not verify: then the bytes are of no more use.
    /// </returns>
    public static ReadOnlyMemory<byte>? OpenInPlace(AccountId account, in BlobSecret secret, Memory<byte> stored)
    {
        if (stored.Length < Overhead) return null;
        var content = stored[HeadBytes..^TagBytes];
        if (!TryOpen(account, secret, stored.Span, content.Span)) return null; // In a conditional expression null would be an empty Memory.
        return content;
    }

    /// <returns>The content; null when the bytes do not verify.</returns>
    public static byte[]? Open(AccountId account, in BlobSecret secret, ReadOnlySpan<byte> stored)
    {
        if (stored.Length < Overhead) return null;
        var content = GC.AllocateUninitializedArray<byte>(stored.Length - Overhead);
        return TryOpen(account, secret, stored, content) ? content : null;
    }

    /// <param name="content">Exactly stored.Length - Overhead bytes; zeroed when the answer is false.</param>
    public static bool TryOpen(AccountId account, in BlobSecret secret, ReadOnlySpan<byte> stored, Span<byte> content)
    {
        if (stored.Length < Overhead || stored[0] != Suite || content.Length != stored.Length - Overhead) return false;
        Span<byte> associated = stackalloc byte[1 + AccountId.Length + BlobName.Length];
        Associate(associated, account, secret.Name);
        using var cipher = secret.Cipher();
        Span<byte> nonce = stackalloc byte[12];
        nonce.Clear();
        try
        {
            cipher.Decrypt(nonce, stored.Slice(1, content.Length), stored[(1 + content.Length)..], content, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static void Seal(AccountId account, in BlobSecret secret, ReadOnlySpan<byte> content, Span<byte> stored)
    {
        stored[0] = Suite;
        Span<byte> associated = stackalloc byte[1 + AccountId.Length + BlobName.Length];
        Associate(associated, account, secret.Name);
        using var cipher = secret.Cipher();
        Span<byte> nonce = stackalloc byte[12];
        nonce.Clear();
        cipher.Encrypt(nonce, content, stored[HeadBytes..^TagBytes], stored[^TagBytes..], associated);
    }

    private static void Associate(Span<byte> associated, AccountId account, BlobName name)
    {
        associated[0] = Suite;
        account.WriteTo(associated[1..]);
        name.WriteTo(associated[(1 + AccountId.Length)..]);
    }
}
