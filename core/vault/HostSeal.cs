using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>Blobs of the host's own, its queue and its notes: XChaCha20-Poly1305 under a key of the host, bound to the name.</summary>
internal static class HostSeal
{
    private const int HeaderBytes = 5;
    private const byte Suite = 1;

    /// <summary>Bytes that sealing adds.</summary>
    public const int Overhead = HeaderBytes + Sodium.NonceBytes + Sodium.TagBytes;

    private static ReadOnlySpan<byte> Magic => "CBQU"u8;

    public static SealedBlob Seal(SecretBytes key, BlobName name, ReadOnlySpan<byte> plain)
    {
        using var hold = key.Use();
        var stored = GC.AllocateUninitializedArray<byte>(Overhead + plain.Length);
        Magic.CopyTo(stored);
        stored[HeaderBytes - 1] = Suite;
        var nonce = stored.AsSpan(HeaderBytes, Sodium.NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> associated = stackalloc byte[HeaderBytes + BlobName.Length];
        Associate(associated, name);
        Sodium.Encrypt(stored.AsSpan(HeaderBytes + Sodium.NonceBytes), plain, associated, nonce, key.Span);
        return new SealedBlob(name, stored);
    }

    /// <returns>Null when it does not open with this key, under this name.</returns>
    public static byte[]? Open(SecretBytes key, BlobName name, ReadOnlySpan<byte> stored)
    {
        if (stored.Length < Overhead || !stored.StartsWith(Magic) || stored[HeaderBytes - 1] != Suite) return null;
        using var hold = key.Use();
        var plain = GC.AllocateUninitializedArray<byte>(stored.Length - Overhead);
        Span<byte> associated = stackalloc byte[HeaderBytes + BlobName.Length];
        Associate(associated, name);
        var nonce = stored.Slice(HeaderBytes, Sodium.NonceBytes);
        return Sodium.Decrypt(plain, stored[(HeaderBytes + Sodium.NonceBytes)..], associated, nonce, key.Span) ? plain : null;
    }

    private static void Associate(Span<byte> associated, BlobName name)
    {
        Magic.CopyTo(associated);
        associated[HeaderBytes - 1] = Suite;
        name.WriteTo(associated[HeaderBytes..]);
    }
}
