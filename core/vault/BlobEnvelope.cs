using System.Buffers.Binary;
using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// A seal around a stored blob, under the same name: what was written in an older epoch then opens for nobody who has only the keys of
/// that epoch. AES-256-GCM under a key that is made for one sealing, from the blob's envelope key and a random salt (FORMAT.md 1.6).
/// </summary>
public static class BlobEnvelope
{
    /// <summary>Bytes that an envelope adds.</summary>
    public const int Overhead = HeadBytes + BlobSeal.TagBytes;

    /// <summary>Suite, epoch, salt.</summary>
    private const int HeadBytes = EpochEnd + SaltBytes;

    private const int EpochEnd = 1 + sizeof(uint);
    private const int SaltBytes = 24;
    private const int AssociatedBytes = HeadBytes + AccountId.Length + BlobName.Length;
    private const byte Suite = 2;

    /// <returns>The epoch whose key takes the envelope off; 0: there is none around the blob.</returns>
    public static uint EpochOf(ReadOnlySpan<byte> stored) =>
        stored.Length > Overhead && stored[0] == Suite ? BinaryPrimitives.ReadUInt32LittleEndian(stored[1..]) : 0;

    /// <summary>The key of one blob's envelope: it takes off this one and no other.</summary>
    /// <param name="envelopeKey">Of the epoch.</param>
    /// <param name="name">Of the blob.</param>
    /// <returns>The caller's, to be cleared.</returns>
    internal static byte[] KeyOf(SecretBytes envelopeKey, BlobName name)
    {
        using var hold = envelopeKey.Use();
        Span<byte> bytes = stackalloc byte[BlobName.Length];
        name.WriteTo(bytes);
        var key = new byte[Sodium.KeyBytes];
        Sodium.HmacSha256(key, bytes, envelopeKey.Span);
        return key;
    }

    /// <param name="key">Of the blob's envelope in the epoch.</param>
    /// <param name="stored">A sealed blob without an envelope.</param>
    internal static byte[] Seal(AccountId account, BlobName name, uint epoch, ReadOnlySpan<byte> key, ReadOnlySpan<byte> stored)
    {
        var sealedBytes = GC.AllocateUninitializedArray<byte>(Overhead + stored.Length);
        sealedBytes[0] = Suite;
        BinaryPrimitives.WriteUInt32LittleEndian(sealedBytes.AsSpan(1), epoch);
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(EpochEnd, SaltBytes));
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, account, name, sealedBytes);
        using var cipher = Cipher(key, sealedBytes);
        Span<byte> nonce = stackalloc byte[12];
        nonce.Clear();
        cipher.Encrypt(
            nonce, stored, sealedBytes.AsSpan(HeadBytes, stored.Length), sealedBytes.AsSpan(HeadBytes + stored.Length), associated);
        return sealedBytes;
    }

    /// <summary>Takes an envelope off where it lies.</summary>
    /// <param name="key">Of the blob's envelope in the epoch that it says.</param>
    /// <returns>The sealed blob, a part of <paramref name="stored"/>; null when it does not verify: the bytes are of no more use.</returns>
    internal static Memory<byte>? OpenInPlace(AccountId account, BlobName name, ReadOnlySpan<byte> key, Memory<byte> stored)
    {
        if (EpochOf(stored.Span) == 0) return null;
        var blob = stored[HeadBytes..^BlobSeal.TagBytes];
        if (!TryOpen(account, name, key, stored.Span, blob.Span)) return null; // In a conditional expression null would be an empty Memory.
        return blob;
    }

    /// <returns>The sealed blob; null when it does not verify.</returns>
    internal static byte[]? Open(AccountId account, BlobName name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> stored)
    {
        if (EpochOf(stored) == 0) return null;
        var blob = GC.AllocateUninitializedArray<byte>(stored.Length - Overhead);
        return TryOpen(account, name, key, stored, blob) ? blob : null;
    }

    private static bool TryOpen(AccountId account, BlobName name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> stored, Span<byte> blob)
    {
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, account, name, stored);
        using var cipher = Cipher(key, stored);
        Span<byte> nonce = stackalloc byte[12];
        nonce.Clear();
        try
        {
            cipher.Decrypt(nonce, stored.Slice(HeadBytes, blob.Length), stored[^BlobSeal.TagBytes..], blob, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static AesGcm Cipher(ReadOnlySpan<byte> key, ReadOnlySpan<byte> stored)
    {
        Span<byte> once = stackalloc byte[Sodium.KeyBytes];
        Sodium.HmacSha256(once, stored.Slice(EpochEnd, SaltBytes), key);
        var cipher = new AesGcm(once, BlobSeal.TagBytes);
        CryptographicOperations.ZeroMemory(once);
        return cipher;
    }

    private static void Associate(Span<byte> associated, AccountId account, BlobName name, ReadOnlySpan<byte> stored)
    {
        stored[..HeadBytes].CopyTo(associated);
        account.WriteTo(associated[HeadBytes..]);
        name.WriteTo(associated[(HeadBytes + AccountId.Length)..]);
    }
}
