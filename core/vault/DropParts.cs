using System.Buffers.Binary;
using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// The parts of a large dropped item: blobs under random names, each sealed under one random content key that travels in the
/// item itself. Index and end are bound in, so parts cannot be swapped, repeated or left out.
/// </summary>
public static class DropParts
{
    public const int Overhead = 1 + Sodium.NonceBytes + Sodium.TagBytes;

    /// <summary>Most bytes in one part, so that it fits into one blob.</summary>
    public const int PartBytesMax = 1 << 20;

    private const byte Suite = 1;
    private const int AssociatedBytes = 1 + AccountId.Length + sizeof(uint) + 1;

    public static SecretBytes NewKey() => SecretBytes.Random(Sodium.KeyBytes);

    public static BlobName NewName()
    {
        Span<byte> name = stackalloc byte[BlobName.Length];
        RandomNumberGenerator.Fill(name);
        return new(name);
    }

    public static byte[] SealPart(SecretBytes key, AccountId account, uint index, bool last, ReadOnlySpan<byte> part)
    {
        using var hold = key.Use();
        var stored = GC.AllocateUninitializedArray<byte>(Overhead + part.Length);
        stored[0] = Suite;
        var nonce = stored.AsSpan(1, Sodium.NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, account, index, last);
        Sodium.Encrypt(stored.AsSpan(1 + Sodium.NonceBytes), part, associated, nonce, key.Span);
        return stored;
    }

    /// <returns>The part; null when it is not exactly this part of this item.</returns>
    public static byte[]? OpenPart(SecretBytes key, AccountId account, uint index, bool last, ReadOnlySpan<byte> stored)
    {
        if (stored.Length < Overhead || stored[0] != Suite) return null;
        using var hold = key.Use();
        var part = GC.AllocateUninitializedArray<byte>(stored.Length - Overhead);
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, account, index, last);
        var nonce = stored.Slice(1, Sodium.NonceBytes);
        return Sodium.Decrypt(part, stored[(1 + Sodium.NonceBytes)..], associated, nonce, key.Span) ? part : null;
    }

    private static void Associate(Span<byte> associated, AccountId account, uint index, bool last)
    {
        associated[0] = Suite;
        account.WriteTo(associated[1..]);
        BinaryPrimitives.WriteUInt32LittleEndian(associated[(1 + AccountId.Length)..], index);
        associated[^1] = last ? (byte)1 : (byte)0;
    }
}
