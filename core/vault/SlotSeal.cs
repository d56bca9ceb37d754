using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// What a device's record holds sealed: XChaCha20-Poly1305 with a random nonce, bound to account, device and the 12 bytes in front
/// (FORMAT.md 1.4 and 1.12), where a kind stands in the place of the realm.
/// </summary>
internal static class SlotSeal
{
    public const int Overhead = SealHeader.Length + Sodium.NonceBytes + Sodium.TagBytes;

    private const int AssociatedBytes = (2 * AccountId.Length) + SealHeader.Length;

    public static byte[] Seal(
        SecretBytes key,
        ReadOnlySpan<byte> magic,
        byte kind,
        uint epoch,
        AccountId account,
        DeviceId device,
        ReadOnlySpan<byte> plain)
    {
        using var hold = key.Use();
        var stored = new byte[Overhead + plain.Length];
        SealHeader.Write(stored, magic, (Realm)kind, epoch);
        var nonce = stored.AsSpan(SealHeader.Length, Sodium.NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, account, device, stored);
        Sodium.Encrypt(stored.AsSpan(SealHeader.Length + Sodium.NonceBytes), plain, associated, nonce, key.Span);
        return stored;
    }

    /// <summary>False when the bytes are nothing of this kind.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> stored, ReadOnlySpan<byte> magic, byte kind, out uint epoch) =>
        SealHeader.TryRead(stored, magic, out var found, out epoch) && (byte)found == kind && stored.Length >= Overhead;

    /// <param name="plain">Exactly stored.Length - Overhead bytes; zeroed when the answer is false.</param>
    public static bool TryOpen(SecretBytes key, AccountId account, DeviceId device, ReadOnlySpan<byte> stored, Span<byte> plain)
    {
        using var hold = key.Use();
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, account, device, stored);
        var nonce = stored.Slice(SealHeader.Length, Sodium.NonceBytes);
        return Sodium.Decrypt(plain, stored[(SealHeader.Length + Sodium.NonceBytes)..], associated, nonce, key.Span);
    }

    private static void Associate(Span<byte> associated, AccountId account, DeviceId device, ReadOnlySpan<byte> stored)
    {
        account.WriteTo(associated);
        device.Value.TryWriteBytes(associated[AccountId.Length..], bigEndian: true, out _);
        stored[..SealHeader.Length].CopyTo(associated[(2 * AccountId.Length)..]);
    }
}
