using System.Buffers.Binary;
using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Proof;

/// <summary>
/// The account's key for heads: Ed25519, derived from the master key, so that every full device signs without the 24 words; its
/// public half stands in the profile, certified by the identity (FORMAT.md).
/// </summary>
internal static class HeadKey
{
    private static ReadOnlySpan<byte> Statement => "compatbot head key v1"u8;

    /// <summary>What the profile says of it: made when the account is, the one time that words and master key meet.</summary>
    public static CertifiedHeadKey Certify(AccountId account, uint epoch, SecretBytes master, Func<byte[], byte[]> identity)
    {
        var publicKey = new byte[Sodium.KeyBytes];
        using var pair = Pair(account, epoch, master, publicKey);
        var signature = identity(Certificate(account, epoch, publicKey));
        return new() { Epoch = epoch, PublicKey = ByteString.CopyFrom(publicKey), Certificate = ByteString.CopyFrom(signature) };
    }

    public static void Sign(AccountId account, uint epoch, SecretBytes master, ReadOnlySpan<byte> statement, Span<byte> signature)
    {
        Span<byte> publicKey = stackalloc byte[Sodium.KeyBytes];
        using var pair = Pair(account, epoch, master, publicKey);
        Sodium.Sign(signature, statement, pair.Span);
    }

    /// <returns>The public key of an epoch, if the profile has one that the identity certified; else empty.</returns>
    public static ReadOnlyMemory<byte> Find(AccountProfile profile, AccountId account, uint epoch)
    {
        foreach (var key in profile.HeadKeys)
        {
            if (key.Epoch == epoch && IsCertified(key, account, profile.IdentityKey.Span)) return key.PublicKey.Memory;
        }

        return default;
    }

    public static bool IsCertified(CertifiedHeadKey key, AccountId account, ReadOnlySpan<byte> identityKey) =>
        key.PublicKey.Length == Sodium.KeyBytes
        && Sodium.Verify(key.Certificate.Span, Certificate(account, key.Epoch, key.PublicKey.Span), identityKey);

    private static byte[] Certificate(AccountId account, uint epoch, ReadOnlySpan<byte> publicKey)
    {
        var bytes = new byte[Statement.Length + AccountId.Length + sizeof(uint) + Sodium.KeyBytes];
        Statement.CopyTo(bytes);
        account.WriteTo(bytes.AsSpan(Statement.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(Statement.Length + AccountId.Length), epoch);
        publicKey.CopyTo(bytes.AsSpan(Statement.Length + AccountId.Length + sizeof(uint)));
        return bytes;
    }

    private static SecretBytes Pair(AccountId account, uint epoch, SecretBytes master, Span<byte> publicKey)
    {
        using var seed = SecretBytes.Zeroed(Sodium.KeyBytes);
        using (master.Use()) KeyLabel.Derive(master.Span, account, KeyLabel.Head, 0, epoch, seed.Writable);
        var pair = SecretBytes.Zeroed(2 * Sodium.KeyBytes);
        Sodium.SignKeyPair(publicKey, pair.Writable, seed.Span);
        return pair;
    }
}
