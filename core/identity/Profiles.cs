using System.Security.Cryptography;
using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Identity;

/// <summary>Makes and reads account profiles: pure but for random numbers.</summary>
internal static class Profiles
{
    public static AccountProfile Make(Keyring owner, Words words, long microseconds)
    {
        using var recovery = words.RecoveryKey(owner.Account);
        using var payload = owner.Payload(Scopes.All, owner.DeviceSecret)
            ?? throw new ArgumentException("Not the account's own keyring.", nameof(owner));
        var publicKey = new byte[Sodium.KeyBytes];
        Sodium.BoxPublicKey(publicKey, owner.DeviceSecret.Span);
        var slot = KeySlotSeal.Seal(recovery, owner.Account, default, KeySlotKind.Recovery, owner.Epoch, payload.Span);
        return new()
        {
            IdentityKey = ByteString.CopyFrom(words.IdentityKey.Span),
            SealingKeys =
            {
                owner.SealingKeys.Select(key => new RealmSealingKey
                {
                    Realm = (uint)key.Realm, Epoch = key.Epoch, PublicKey = ByteString.CopyFrom(key.PublicKey.Span),
                }),
            },
            RecoverySlot = ByteString.CopyFrom(slot),
            RecoveryKey = ByteString.CopyFrom(publicKey),
            HeadKeys = { HeadKey.Certify(owner.Account, owner.Epoch, owner.MasterKey!, message => words.Sign(message)) },
            ScramSalt = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(ScramKeys.SaltBytes)),
            ScramIterations = ScramKeys.Iterations,
            CreatedMicroseconds = microseconds,
        };
    }

    /// <returns>Null when the record's bytes are no profile; they stay as they are.</returns>
    public static AccountProfile? Read(AccountRecord account)
    {
        try
        {
            return AccountProfile.Parser.ParseFrom(account.Profile.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>The newest public key of a realm.</summary>
    public static SealingKey? SealingKey(AccountProfile profile, Realm realm) => profile.SealingKeys
        .Where(key => key.Realm == (uint)realm && key.PublicKey.Length == Sodium.KeyBytes)
        .MaxBy(key => key.Epoch) is { } newest
            ? new(realm, newest.Epoch, newest.PublicKey.Memory)
            : null;

    /// <summary>
    /// False when a public key in the profile is not the one that the device's own keys give: somebody who can write the
    /// directory wants to read what arrives.
    /// </summary>
    public static bool Agrees(AccountProfile profile, Keyring keyring)
    {
        foreach (var key in profile.SealingKeys)
        {
            if (keyring.Find((Realm)key.Realm, key.Epoch) is { } own && !key.PublicKey.Span.SequenceEqual(own.SealingKey.PublicKey.Span))
            {
                return false;
            }
        }

        return true;
    }
}
