using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>Pieces of snapshots and summaries: XChaCha20-Poly1305 under the realm's snapshot key, bound to account and name.</summary>
public static class SnapshotSeal
{
    public const int Overhead = SealHeader.Length + Sodium.NonceBytes + Sodium.TagBytes;
    private const int AssociatedBytes = AccountId.Length + SealHeader.Length + BlobName.Length;

    private static ReadOnlySpan<byte> Magic => "CBSP"u8;

    /// <summary>The public name of the piece that a label stands for.</summary>
    public static BlobName NameOf(RealmKey key, ReadOnlySpan<byte> label)
    {
        using var hold = key.PieceKey.Use();
        Span<byte> name = stackalloc byte[BlobName.Length];
        HMACSHA256.HashData(key.PieceKey.Span, label, name);
        return new(name);
    }

    public static byte[] Seal(RealmKey key, AccountId account, BlobName name, ReadOnlySpan<byte> piece)
    {
        using var hold = key.SnapshotKey.Use();
        var stored = GC.AllocateUninitializedArray<byte>(Overhead + piece.Length);
        SealHeader.Write(stored, Magic, key.Realm, key.Epoch);
        var nonce = stored.AsSpan(SealHeader.Length, Sodium.NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, account, name, stored);
        Sodium.Encrypt(stored.AsSpan(SealHeader.Length + Sodium.NonceBytes), piece, associated, nonce, key.SnapshotKey.Span);
        return stored;
    }

    /// <summary>Opens a piece where it lies: the sealed bytes are gone afterwards, whatever the answer.</summary>
    /// <returns>The piece; null when it does not verify under this key, for this account, under this name.</returns>
    public static ReadOnlyMemory<byte>? Open(RealmKey key, AccountId account, BlobName name, byte[] stored)
    {
        if (stored.Length < Overhead || !SealHeader.TryRead(stored, Magic, out var realm, out var epoch)) return null;
        if (realm != key.Realm || epoch != key.Epoch) return null;
        using var hold = key.SnapshotKey.Use();
        const int Start = SealHeader.Length + Sodium.NonceBytes;
        var piece = stored.AsMemory(Start, stored.Length - Overhead);
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, account, name, stored);
        var nonce = stored.AsSpan(SealHeader.Length, Sodium.NonceBytes);
        if (!Sodium.Decrypt(piece.Span, stored.AsSpan(Start), associated, nonce, key.SnapshotKey.Span)) return null;
        return piece;
    }

    /// <summary>The same with the key of the piece's own epoch; null also when that is not known.</summary>
    public static ReadOnlyMemory<byte>? Open(RealmKeys keys, AccountId account, BlobName name, byte[] stored) =>
        SealHeader.TryRead(stored, Magic, out _, out var epoch) && keys.Find(epoch) is { } key ? Open(key, account, name, stored) : null;

    private static void Associate(Span<byte> associated, AccountId account, BlobName name, ReadOnlySpan<byte> stored)
    {
        account.WriteTo(associated);
        stored[..SealHeader.Length].CopyTo(associated[AccountId.Length..]);
        name.WriteTo(associated[(AccountId.Length + SealHeader.Length)..]);
    }
}
