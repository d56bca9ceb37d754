using System.Buffers.Binary;
using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>
/// The keys of one collection that is shared, as long as the same members share it: who has the realm's key makes them, its members get
/// the secret in a <see cref="ShareWrap"/>. They are made of the secret as a realm's are of a realm's (FORMAT.md 1.13).
/// </summary>
internal static class ShareKey
{
    /// <param name="realm">The key of the epoch in which the share began.</param>
    /// <param name="number">The entry that began it.</param>
    /// <returns>The caller's to dispose of.</returns>
    public static RealmKey Of(RealmKey realm, AccountId account, ulong number)
    {
        Span<byte> message = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(message, number);
        using var secret = Made(realm, account, KeyLabel.Share, message);
        return RealmKey.FromSecret(account, realm.Realm, realm.Epoch, secret.Span);
    }

    /// <summary>
    /// What a member's device has in the place of naming key and realm secrets: it opens nothing, and says that a wrap is the account's.
    /// </summary>
    /// <param name="realm">The key of the epoch in which the device was made.</param>
    /// <param name="publicKey">The device's.</param>
    public static SecretBytes OfMember(RealmKey realm, AccountId account, ReadOnlySpan<byte> publicKey) =>
        Made(realm, account, KeyLabel.Member, publicKey);

    /// <summary>Keys of a member's device alone, for what it notes of its share.</summary>
    /// <returns>The caller's to dispose of.</returns>
    public static RealmKey OfDevice(Keyring member, Realm realm) =>
        RealmKey.FromSecret(member.Account, realm, member.Epoch, member.NamingKey.Span);

    /// <summary>What names the content that members write.</summary>
    public static SecretBytes Naming(RealmKey share, AccountId account)
    {
        var naming = SecretBytes.Zeroed(Sodium.KeyBytes);
        using (share.Secret.Use()) KeyLabel.Derive(share.Secret.Span, account, KeyLabel.Naming, 0, share.Epoch, naming.Writable);
        return naming;
    }

    private static SecretBytes Made(RealmKey realm, AccountId account, ReadOnlySpan<byte> label, ReadOnlySpan<byte> message)
    {
        using var maker = SecretBytes.Zeroed(Sodium.KeyBytes);
        using (realm.Secret.Use()) KeyLabel.Derive(realm.Secret.Span, account, label, realm.Realm, realm.Epoch, maker.Writable);
        var made = SecretBytes.Zeroed(Sodium.KeyBytes);
        HMACSHA256.HashData(maker.Span, message, made.Writable);
        return made;
    }
}
