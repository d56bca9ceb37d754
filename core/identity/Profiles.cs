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
            SealingKeys = { PublicKeys(owner) },
            RecoverySlot = ByteString.CopyFrom(slot),
            RecoveryKey = ByteString.CopyFrom(publicKey),
            HeadKeys = { HeadKey.Certify(owner.Account, owner.Epoch, owner.MasterKey!, message => words.Sign(message)) },
            RecoveryProof = ByteString.CopyFrom(DeviceProof.Make(owner, default, publicKey, words.IdentityKey.Span)),
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

    /// <summary>The public keys of a keyring's newest epoch, as a profile lists them.</summary>
    public static IEnumerable<RealmSealingKey> PublicKeys(Keyring owner) => owner.SealingKeys.Select(key => new RealmSealingKey
    {
        Realm = (uint)key.Realm, Epoch = key.Epoch, PublicKey = ByteString.CopyFrom(key.PublicKey.Span),
    });

    /// <summary>The newest epoch that anything is sealed to; 0 when the profile has none.</summary>
    public static uint Epoch(AccountProfile profile) => profile.SealingKeys.Select(key => key.Epoch).DefaultIfEmpty().Max();

    /// <summary>
    /// False when a public key in the profile is not the one that the device's own keys give: somebody who can write the
    /// directory wants to read what arrives. The same for one of an epoch that the device does not know, and where its newest is missing.
    /// </summary>
    public static bool Agrees(AccountProfile profile, Keyring keyring)
    {
        if (keyring.Scopes.IsMember) return true; // It has no realm's keys, of whatever epoch.
        foreach (var key in profile.SealingKeys)
        {
            var realm = (Realm)key.Realm;
            if (!Enum.IsDefined(realm) || !keyring.Scopes.Allows(realm)) continue;
            if (keyring.Find(realm, key.Epoch) is not { } own) return false;
            if (!key.PublicKey.Span.SequenceEqual(own.SealingKey.PublicKey.Span)) return false;
        }

        return keyring.SealingKeys.All(own => profile.SealingKeys.Any(key => key.Realm == (uint)own.Realm && key.Epoch == own.Epoch));
    }
}
