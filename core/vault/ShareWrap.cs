using System.Buffers.Binary;
using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// The secret of a share for one of its members: in a sealed box to the public key of the member's device, which keeps out everybody else,
/// who had the account's keys before among them; inside of it once more under the device's member key, without which anybody could give
/// a member a share of his own (FORMAT.md 1.13).
/// </summary>
internal static class ShareWrap
{
    public const int Bytes = Sodium.SealBytes + InnerBytes;

    private const int InnerBytes = Sodium.NonceBytes + Sodium.KeyBytes + Sodium.TagBytes;

    private const int AssociatedBytes = AccountId.Length + 1 + sizeof(uint) + sizeof(ulong);

    /// <param name="number">Of the share.</param>
    /// <param name="memberKey">Of the device.</param>
    /// <param name="publicKey">The device's.</param>
    /// <returns>Null when nothing can be sealed to the public key.</returns>
    public static byte[]? Seal(RealmKey share, AccountId account, ulong number, SecretBytes memberKey, ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != Sodium.KeyBytes) return null;
        var inner = new byte[InnerBytes];
        var nonce = inner.AsSpan(0, Sodium.NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, account, share.Realm, share.Epoch, number);
        using var hold = share.Secret.Use();
        Sodium.Encrypt(inner.AsSpan(Sodium.NonceBytes), share.Secret.Span, associated, nonce, memberKey.Span);
        var wrap = new byte[Bytes];
        return Sodium.BoxSeal(wrap, inner, publicKey) ? wrap : null;
    }

    /// <param name="member">A member's device.</param>
    /// <param name="epoch">Of the share.</param>
    /// <param name="number">Of the share.</param>
    /// <returns>The share's key, the caller's to dispose of; null: it is for another device, or forged.</returns>
    public static RealmKey? Open(Keyring member, Realm realm, uint epoch, ulong number, ReadOnlySpan<byte> wrap)
    {
        using var hold = member.DeviceSecret.Use();
        Span<byte> publicKey = stackalloc byte[Sodium.KeyBytes];
        Sodium.BoxPublicKey(publicKey, member.DeviceSecret.Span);
        Span<byte> inner = stackalloc byte[InnerBytes];
        if (!Sodium.BoxOpen(inner, wrap, publicKey, member.DeviceSecret.Span)) return null;
        using var secret = SecretBytes.Zeroed(Sodium.KeyBytes);
        Span<byte> associated = stackalloc byte[AssociatedBytes];
        Associate(associated, member.Account, realm, epoch, number);
        var nonce = inner[..Sodium.NonceBytes];
        return Sodium.Decrypt(secret.Writable, inner[Sodium.NonceBytes..], associated, nonce, member.NamingKey.Span)
            ? RealmKey.FromSecret(member.Account, realm, epoch, secret.Span)
            : null;
    }

    private static void Associate(Span<byte> associated, AccountId account, Realm realm, uint epoch, ulong number)
    {
        account.WriteTo(associated);
        associated[AccountId.Length] = (byte)realm;
        BinaryPrimitives.WriteUInt32LittleEndian(associated[(AccountId.Length + 1)..], epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(associated[(AccountId.Length + 1 + sizeof(uint))..], number);
    }
}
