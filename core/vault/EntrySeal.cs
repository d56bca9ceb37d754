using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// Journal entries: header, random 24-byte nonce, XChaCha20-Poly1305 under the realm's journal key; account and header are
/// associated data, so an entry opens only as what it is, where it is.
/// </summary>
public static class EntrySeal
{
    /// <summary>Bytes that sealing adds to a body.</summary>
    public const int Overhead = EntryHeader.Length + Sodium.NonceBytes + Sodium.TagBytes;

    /// <exception cref="ArgumentException">The header names another realm or epoch than the key's.</exception>
    public static byte[] Seal(RealmKey key, AccountId account, in EntryHeader header, ReadOnlySpan<byte> body)
    {
        if (header.Realm != key.Realm || header.Epoch != key.Epoch) throw new ArgumentException("Not this realm's key.", nameof(key));
        using var hold = key.JournalKey.Use();
        var stored = GC.AllocateUninitializedArray<byte>(Overhead + body.Length);
        header.WriteTo(stored, body.Length);
        var nonce = stored.AsSpan(EntryHeader.Length, Sodium.NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> associated = stackalloc byte[AccountId.Length + EntryHeader.Length];
        Associate(associated, account, stored);
        Sodium.Encrypt(stored.AsSpan(EntryHeader.Length + Sodium.NonceBytes), body, associated, nonce, key.JournalKey.Span);
        return stored;
    }

    /// <summary>The header, not yet verified; false when the bytes are no entry of a version known here.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> stored, out EntryHeader header) =>
        EntryHeader.TryRead(stored, out header, out var bodyBytes) && stored.Length - (long)Overhead == bodyBytes;

    /// <returns>The body; null when it does not verify under this key, for this account, with this header.</returns>
    public static byte[]? Open(RealmKey key, AccountId account, ReadOnlySpan<byte> stored)
    {
        if (!TryReadHeader(stored, out var header) || header.Realm != key.Realm || header.Epoch != key.Epoch) return null;
        using var hold = key.JournalKey.Use();
        var body = GC.AllocateUninitializedArray<byte>(stored.Length - Overhead);
        Span<byte> associated = stackalloc byte[AccountId.Length + EntryHeader.Length];
        Associate(associated, account, stored);
        var nonce = stored.Slice(EntryHeader.Length, Sodium.NonceBytes);
        var sealedBody = stored[(EntryHeader.Length + Sodium.NonceBytes)..];
        return Sodium.Decrypt(body, sealedBody, associated, nonce, key.JournalKey.Span) ? body : null;
    }

    /// <summary>The same with the key of the entry's own epoch; null also when that is not known.</summary>
    public static byte[]? Open(RealmKeys keys, AccountId account, ReadOnlySpan<byte> stored) =>
        TryReadHeader(stored, out var header) && keys.Find(header.Epoch) is { } key ? Open(key, account, stored) : null;

    /// <summary>What the next entry names as its previous one; needs no key.</summary>
    public static BlobName Hash(ReadOnlySpan<byte> stored)
    {
        Span<byte> hash = stackalloc byte[BlobName.Length];
        SHA256.HashData(stored, hash);
        return new(hash);
    }

    private static void Associate(Span<byte> associated, AccountId account, ReadOnlySpan<byte> stored)
    {
        account.WriteTo(associated);
        stored[..EntryHeader.Length].CopyTo(associated[AccountId.Length..]);
    }
}
