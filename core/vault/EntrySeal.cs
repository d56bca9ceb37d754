using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// Journal entries: header, random 24-byte nonce, XChaCha20-Poly1305 under the realm's journal key; account and header are
/// associated data, so an entry opens only as what it is, where it is. Behind it there may be parts (<see cref="PartSeal"/>).
/// </summary>
public static class EntrySeal
{
    /// <summary>Bytes that sealing adds to a body.</summary>
    public const int Overhead = EntryHeader.Length + SealedOverhead;

    /// <summary>Nonce and tag.</summary>
    private const int SealedOverhead = Sodium.NonceBytes + Sodium.TagBytes;

    /// <exception cref="ArgumentException">The header names another realm or epoch than the key's.</exception>
    public static byte[] Seal(RealmKey key, AccountId account, in EntryHeader header, ReadOnlySpan<byte> body) =>
        Seal(key, account, header with { Flags = EntryFlags.None }, body, []);

    /// <param name="key">The realm's; null: the header's flags say that there is no body.</param>
    /// <param name="header">Without flags for parts and body: they follow.</param>
    /// <param name="parts">What members of shares open.</param>
    internal static byte[] Seal(
        RealmKey? key, AccountId account, EntryHeader header, ReadOnlySpan<byte> body, IReadOnlyList<NewPart> parts)
    {
        if (key is not null && (header.Realm != key.Realm || header.Epoch != key.Epoch))
        {
            throw new ArgumentException("Not this realm's key.", nameof(key));
        }

        header = header with
        {
            Flags = (parts.Count > 0 ? EntryFlags.HasParts : EntryFlags.None) | (key is null ? EntryFlags.HasNoBody : EntryFlags.None),
        };
        var bodyEnd = EntryHeader.Length + (key is null ? 0 : SealedOverhead + body.Length);
        var stored = GC.AllocateUninitializedArray<byte>(bodyEnd + parts.Sum(PartSeal.LengthOf));
        header.WriteTo(stored, key is null ? 0 : body.Length);
        if (key is not null)
        {
            using var hold = key.JournalKey.Use();
            var nonce = stored.AsSpan(EntryHeader.Length, Sodium.NonceBytes);
            RandomNumberGenerator.Fill(nonce);
            Span<byte> associated = stackalloc byte[AccountId.Length + EntryHeader.Length];
            Associate(associated, account, stored);
            var sealedBody = stored.AsSpan(EntryHeader.Length + Sodium.NonceBytes, body.Length + Sodium.TagBytes);
            Sodium.Encrypt(sealedBody, body, associated, nonce, key.JournalKey.Span);
        }

        PartSeal.Seal(account, stored, bodyEnd, parts);
        return stored;
    }

    /// <summary>The header, not yet verified; false when the bytes are no entry of a version known here.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> stored, out EntryHeader header)
    {
        if (!EntryHeader.TryRead(stored, out header, out var bodyBytes)) return false;
        var bodyEnd = EndOfBody(header, bodyBytes);
        return header.Flags.HasFlag(EntryFlags.HasParts)
            ? bodyEnd <= stored.Length && PartSeal.Find(stored, (int)bodyEnd) is not null
            : bodyEnd == stored.Length && !header.Flags.HasFlag(EntryFlags.HasNoBody);
    }

    /// <returns>The body; null when it does not verify under this key, for this account, with this header.</returns>
    public static byte[]? Open(RealmKey key, AccountId account, ReadOnlySpan<byte> stored)
    {
        if (!TryReadHeader(stored, out var header) || header.Realm != key.Realm || header.Epoch != key.Epoch) return null;
        if (header.Flags.HasFlag(EntryFlags.HasNoBody)) return null;
        EntryHeader.TryRead(stored, out _, out var bodyBytes);
        using var hold = key.JournalKey.Use();
        var body = GC.AllocateUninitializedArray<byte>((int)bodyBytes);
        Span<byte> associated = stackalloc byte[AccountId.Length + EntryHeader.Length];
        Associate(associated, account, stored);
        var nonce = stored.Slice(EntryHeader.Length, Sodium.NonceBytes);
        var sealedBody = stored.Slice(EntryHeader.Length + Sodium.NonceBytes, body.Length + Sodium.TagBytes);
        return Sodium.Decrypt(body, sealedBody, associated, nonce, key.JournalKey.Span) ? body : null;
    }

    /// <summary>The same with the key of the entry's own epoch; null also when that is not known.</summary>
    public static byte[]? Open(RealmKeys keys, AccountId account, ReadOnlySpan<byte> stored) =>
        TryReadHeader(stored, out var header) && keys.Find(header.Epoch) is { } key ? Open(key, account, stored) : null;

    /// <summary>The parts of an entry whose header was read; none of one that has none.</summary>
    internal static IReadOnlyList<EntryPart> PartsOf(ReadOnlySpan<byte> stored) =>
        EntryHeader.TryRead(stored, out var header, out var bodyBytes) && header.Flags.HasFlag(EntryFlags.HasParts)
            ? PartSeal.Find(stored, (int)EndOfBody(header, bodyBytes)) ?? []
            : [];

    /// <summary>What the next entry names as its previous one; needs no key.</summary>
    public static BlobName Hash(ReadOnlySpan<byte> stored)
    {
        Span<byte> hash = stackalloc byte[BlobName.Length];
        SHA256.HashData(stored, hash);
        return new(hash);
    }

    private static long EndOfBody(in EntryHeader header, uint bodyBytes) =>
        header.Flags.HasFlag(EntryFlags.HasNoBody) ? EntryHeader.Length : (long)Overhead + bodyBytes;

    private static void Associate(Span<byte> associated, AccountId account, ReadOnlySpan<byte> stored)
    {
        account.WriteTo(associated);
        stored[..EntryHeader.Length].CopyTo(associated[AccountId.Length..]);
    }
}
