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

/// <summary>A keyring's payload, wrapped: <see cref="SlotSeal"/>.</summary>
internal static class KeySlotSeal
{
    private static ReadOnlySpan<byte> Magic => "CBKS"u8;

    public static byte[] Seal(
        SecretBytes key, AccountId account, DeviceId device, KeySlotKind kind, uint epoch, ReadOnlySpan<byte> payload) =>
        SlotSeal.Seal(key, Magic, (byte)kind, epoch, account, device, payload);

    /// <returns>Null when it does not open with this key, as this kind of slot of this device, or holds no keyring.</returns>
    public static Keyring? Open(SecretBytes key, AccountId account, DeviceId device, KeySlotKind kind, ReadOnlySpan<byte> stored)
    {
        if (!SlotSeal.TryReadHeader(stored, Magic, (byte)kind, out var epoch) || stored.Length == SlotSeal.Overhead) return null;
        using var payload = SecretBytes.Zeroed(stored.Length - SlotSeal.Overhead);
        if (!SlotSeal.TryOpen(key, account, device, stored, payload.Writable)) return null;
        var keyring = Keyring.Read(account, device, payload.Span);
        if (keyring?.Epoch == epoch) return keyring;
        keyring?.Dispose();
        return null;
    }
}
