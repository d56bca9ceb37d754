using System.Security.Cryptography;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// What a rotation leaves for a device that was away: the new epoch's keys in its scope, in a sealed box to the device's own X25519 key.
/// Inside of the box they are sealed once more under a key that follows from the naming key of the epoch before, which every device
/// of the account has and a mere writer of the directory has not: else anybody could give a device an epoch of his own (FORMAT.md).
/// </summary>
internal static class EpochGrant
{
    private const int AssociatedBytes = (2 * AccountId.Length) + SealHeader.Length;
    private const int InnerOverhead = Sodium.NonceBytes + Sodium.TagBytes;
    private const int Overhead = SealHeader.Length + Sodium.SealBytes + InnerOverhead;

    private static ReadOnlySpan<byte> Magic => "CBEG"u8;

    /// <param name="newer">Knows the new epoch and the one before.</param>
    /// <param name="scopes">Of the device.</param>
    /// <param name="device">All zeros for the recovery slot.</param>
    /// <param name="publicKey">The device's; proven to be its own.</param>
    /// <returns>Null when nothing can be sealed to the public key.</returns>
    public static byte[]? Seal(Keyring newer, Scopes scopes, DeviceId device, ReadOnlySpan<byte> publicKey)
    {
        using var keys = newer.EpochBytes(scopes);
        using var wrap = WrapKey(newer.Account, newer.NamingKeyBefore(scopes), newer.Epoch);
        var stored = new byte[Overhead + keys.Length];
        SealHeader.Write(stored, Magic, 0, newer.Epoch);
        var inner = new byte[InnerOverhead + keys.Length];
        var nonce = inner.AsSpan(0, Sodium.NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, newer.Account, device, stored);
        Sodium.Encrypt(inner.AsSpan(Sodium.NonceBytes), keys.Span, associated, nonce, wrap.Span);
        return Sodium.BoxSeal(stored.AsSpan(SealHeader.Length), inner, publicKey) ? stored : null;
    }

    /// <returns>A keyring with the epoch on top; null when the grant is not the next epoch's, not this device's, or forged.</returns>
    public static Keyring? Open(Keyring keyring, ReadOnlySpan<byte> stored)
    {
        if (stored.Length <= Overhead || !SealHeader.TryRead(stored, Magic, out var realm, out var epoch) || realm != 0) return null;
        if (epoch != keyring.Epoch + 1) return null;
        Span<byte> publicKey = stackalloc byte[Sodium.KeyBytes];
        Sodium.BoxPublicKey(publicKey, keyring.DeviceSecret.Span);
        var inner = new byte[stored.Length - SealHeader.Length - Sodium.SealBytes];
        if (!Sodium.BoxOpen(inner, stored[SealHeader.Length..], publicKey, keyring.DeviceSecret.Span)) return null;
        using var keys = SecretBytes.Zeroed(inner.Length - InnerOverhead);
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, keyring.Account, keyring.Device, stored);
        var nonce = inner.AsSpan(0, Sodium.NonceBytes);

        // A share's device that was made before those had a naming key of their own has the account's, from which that follows.
        foreach (var naming in (SecretBytes[])(keyring.Scopes.IsShare ? [keyring.NamingKey, keyring.ShareNamingKey] : [keyring.NamingKey]))
        {
            using var wrap = WrapKey(keyring.Account, naming, epoch);
            var isOpen = Sodium.Decrypt(keys.Writable, inner.AsSpan(Sodium.NonceBytes), associated, nonce, wrap.Span);
            if (isOpen) return keyring.With(keys.Span);
        }

        return null;
    }

    /// <summary>Opens one grant after the other. Owns the keyring that it is given.</summary>
    /// <returns>Null when one of them does not open.</returns>
    public static Keyring? OpenAll(Keyring keyring, IEnumerable<ReadOnlyMemory<byte>> grants)
    {
        foreach (var grant in grants)
        {
            var older = keyring;
            var newer = Open(older, grant.Span);
            older.Dispose();
            if (newer is null) return null;
            keyring = newer;
        }

        return keyring;
    }

    private static SecretBytes WrapKey(AccountId account, SecretBytes namingKey, uint epoch)
    {
        var key = SecretBytes.Zeroed(Sodium.KeyBytes);
        using (namingKey.Use()) KeyLabel.Derive(namingKey.Span, account, KeyLabel.Grant, 0, epoch, key.Writable);
        return key;
    }

    private static void Associate(Span<byte> associated, AccountId account, DeviceId device, ReadOnlySpan<byte> stored)
    {
        account.WriteTo(associated);
        device.Value.TryWriteBytes(associated[AccountId.Length..], bigEndian: true, out _);
        stored[..SealHeader.Length].CopyTo(associated[(2 * AccountId.Length)..]);
    }
}
