using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// What arrives for a closed realm: a random content key in a libsodium sealed box to the realm's X25519 key, then
/// XChaCha20-Poly1305 of the item under it. Anyone who knows the public key can seal; it proves nothing about the sender.
/// </summary>
public static class DropSeal
{
    public const int Overhead = PrefixBytes + Sodium.NonceBytes + Sodium.TagBytes;
    private const int PrefixBytes = SealHeader.Length + Sodium.KeyBytes + Sodium.SealBytes;

    private static ReadOnlySpan<byte> Magic => "CBDI"u8;

    /// <exception cref="ArgumentException">The public key is of low order: nobody could open what is sealed to it.</exception>
    public static byte[] Seal(SealingKey to, AccountId account, ReadOnlySpan<byte> plain)
    {
        var stored = GC.AllocateUninitializedArray<byte>(Overhead + plain.Length);
        SealHeader.Write(stored, Magic, to.Realm, to.Epoch);
        Span<byte> content = stackalloc byte[Sodium.KeyBytes];
        RandomNumberGenerator.Fill(content);
        if (!Sodium.BoxSeal(stored.AsSpan(SealHeader.Length, content.Length + Sodium.SealBytes), content, to.PublicKey.Span))
        {
            throw new ArgumentException("Not a public key that can be sealed to.", nameof(to));
        }

        var nonce = stored.AsSpan(PrefixBytes, Sodium.NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> associated = stackalloc byte[AccountId.Length + PrefixBytes];
        Associate(associated, account, stored);
        Sodium.Encrypt(stored.AsSpan(PrefixBytes + Sodium.NonceBytes), plain, associated, nonce, content);
        CryptographicOperations.ZeroMemory(content);
        return stored;
    }

    /// <summary>Which key opens it; false when the bytes are no dropped item of a version known here.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> stored, out Realm realm, out uint epoch) =>
        SealHeader.TryRead(stored, Magic, out realm, out epoch) && stored.Length >= Overhead;

    /// <returns>The item; null when it does not open with this key, for this account.</returns>
    public static byte[]? Open(RealmKey key, AccountId account, ReadOnlySpan<byte> stored)
    {
        if (!TryReadHeader(stored, out var realm, out var epoch) || realm != key.Realm || epoch != key.Epoch) return null;
        using var hold = key.SealingSecret.Use();
        Span<byte> content = stackalloc byte[Sodium.KeyBytes];
        var box = stored[SealHeader.Length..PrefixBytes];
        if (!Sodium.BoxOpen(content, box, key.SealingKey.PublicKey.Span, key.SealingSecret.Span)) return null;
        var plain = GC.AllocateUninitializedArray<byte>(stored.Length - Overhead);
        Span<byte> associated = stackalloc byte[AccountId.Length + PrefixBytes];
        Associate(associated, account, stored);
        var nonce = stored.Slice(PrefixBytes, Sodium.NonceBytes);
        var opened = Sodium.Decrypt(plain, stored[(PrefixBytes + Sodium.NonceBytes)..], associated, nonce, content);
        CryptographicOperations.ZeroMemory(content);
        return opened ? plain : null;
    }

    /// <summary>The same with the key of the item's own epoch; null also when that is not known.</summary>
    public static byte[]? Open(RealmKeys keys, AccountId account, ReadOnlySpan<byte> stored) =>
        TryReadHeader(stored, out _, out var epoch) && keys.Find(epoch) is { } key ? Open(key, account, stored) : null;

    private static void Associate(Span<byte> associated, AccountId account, ReadOnlySpan<byte> stored)
    {
        account.WriteTo(associated);
        stored[..PrefixBytes].CopyTo(associated[AccountId.Length..]);
    }
}
