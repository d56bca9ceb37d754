using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>What the key of a slot is made from. The numbers are part of the stored format.</summary>
internal enum KeySlotKind : byte
{
    Recovery = 1,
    AppPassword = 2,
    Scram = 3,
    Passphrase = 4,
}

/// <summary>A keyring's payload, wrapped: XChaCha20-Poly1305, random nonce, bound to account, device and kind.</summary>
internal static class KeySlotSeal
{
    private const int Overhead = SealHeader.Length + Sodium.NonceBytes + Sodium.TagBytes;
    private const int AssociatedBytes = (2 * AccountId.Length) + SealHeader.Length;

    private static ReadOnlySpan<byte> Magic => "CBKS"u8;

    public static byte[] Seal(
        SecretBytes key, AccountId account, DeviceId device, KeySlotKind kind, uint epoch, ReadOnlySpan<byte> payload)
    {
        var stored = new byte[Overhead + payload.Length];
        SealHeader.Write(stored, Magic, (Realm)kind, epoch);
        var nonce = stored.AsSpan(SealHeader.Length, Sodium.NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, account, device, stored);
        Sodium.Encrypt(stored.AsSpan(SealHeader.Length + Sodium.NonceBytes), payload, associated, nonce, key.Span);
        return stored;
    }

    /// <returns>Null when it does not open with this key, as this kind of slot of this device, or holds no keyring.</returns>
    public static Keyring? Open(SecretBytes key, AccountId account, DeviceId device, KeySlotKind kind, ReadOnlySpan<byte> stored)
    {
        if (stored.Length <= Overhead || !SealHeader.TryRead(stored, Magic, out var found, out var epoch)) return null;
        if ((KeySlotKind)found != kind) return null;
        using var payload = SecretBytes.Zeroed(stored.Length - Overhead);
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, account, device, stored);
        var nonce = stored.Slice(SealHeader.Length, Sodium.NonceBytes);
        var sealedPayload = stored[(SealHeader.Length + Sodium.NonceBytes)..];
        if (!Sodium.Decrypt(payload.Writable, sealedPayload, associated, nonce, key.Span)) return null;
        var keyring = Keyring.Read(account, device, payload.Span);
        if (keyring?.Epoch == epoch) return keyring;
        keyring?.Dispose();
        return null;
    }

    private static void Associate(Span<byte> associated, AccountId account, DeviceId device, ReadOnlySpan<byte> stored)
    {
        account.WriteTo(associated);
        device.Value.TryWriteBytes(associated[AccountId.Length..], bigEndian: true, out _);
        stored[..SealHeader.Length].CopyTo(associated[(2 * AccountId.Length)..]);
    }
}
