using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Identity;

/// <summary>What a rotation did.</summary>
/// <param name="Epoch">What everything written from now on is sealed under.</param>
/// <param name="Devices">How many devices learn it at their next login.</param>
/// <param name="Certified">The identity certified the epoch's head key; else the host signs heads.</param>
public sealed record RotatedAccount(uint Epoch, int Devices, bool Certified);

/// <summary>
/// A new epoch as one change of the directory: random master key, its public keys in the profile, and for each device that stays and
/// for the recovery slot a grant that only that one opens. Links end: who had the old keys knows them, and would see what they show of
/// what comes. Pure but for random numbers.
/// </summary>
internal sealed record Rotation(DirectoryChange Change, Keyring Keyring, RotatedAccount Rotated)
{
    /// <param name="record">The account as it is now.</param>
    /// <param name="profile">What the record says.</param>
    /// <param name="devices">All of the account's devices.</param>
    /// <param name="owner">A full device's, or the recovery slot's.</param>
    /// <param name="revoked">Devices that go with the same step.</param>
    /// <param name="words">The account's own, where they are at hand: they certify the new head key.</param>
    /// <param name="renewed">Take the place of the account's words; null: those stay.</param>
    /// <param name="microseconds">Now.</param>
    /// <returns>TooMany: no further epoch; Damaged: the record of a device that stays, or the recovery key, is not the account's.</returns>
    public static Outcome<Rotation> Make(
        AccountRecord record,
        AccountProfile profile,
        IReadOnlyList<DeviceRecord> devices,
        Keyring owner,
        IReadOnlyCollection<DeviceId> revoked,
        Words? words,
        Words? renewed,
        long microseconds)
    {
        profile = profile.Clone();
        var changed = new List<DeviceRecord>();
        if (owner.NextEpoch() is not { } newer) return Refusal.TooMany;
        var links = devices.Where(device => Devices.Read(device)?.Link is not null).Select(device => device.Id).ToHashSet();
        var gone = revoked.Union(links).ToList();
        var withoutKeys = 0;
        foreach (var device in devices.Where(device => !gone.Contains(device.Id)))
        {
            if (Devices.Read(device)?.Drop is not null) withoutKeys++;
            else if (Grant(owner, newer, device) is { } granted) changed.Add(granted);
        }

        if (changed.Count + withoutKeys + gone.Count != devices.Count || !GrantRecovery(profile, owner, newer))
        {
            newer.Dispose();
            return Refusal.Damaged;
        }

        profile.SealingKeys.Add(Profiles.PublicKeys(newer));
        if (renewed is not null) Renew(profile, newer, words, renewed, microseconds);
        else if (words is not null) profile.HeadKeys.Add(HeadKey.Certify(newer.Account, newer.Epoch, newer.MasterKey!, m => words.Sign(m)));
        var change = new DirectoryChange
        {
            ChangedAccounts = [record with { Profile = profile.ToByteArray() }],
            ChangedDevices = changed,
            RemovedDevices = [.. gone.Select(device => (record.Id, device))],
        };
        var certified = words is not null || renewed is not null;
        return new Rotation(change, newer, new(newer.Epoch, changed.Count, certified));
    }

    /// <returns>Null when it is not proven that the account made this device.</returns>
    private static DeviceRecord? Grant(Keyring owner, Keyring newer, DeviceRecord record)
    {
        if (Devices.Read(record) is not { } slot) return null;
        var publicKey = slot.PublicKey.Span;
        var card = slot.Card.Span;
        if (!DeviceProof.Holds(owner, slot.Proof.Span, record.Id, publicKey, card)) return null;
        if (Devices.OpenCard(owner, card) is not { } opened || Scopes.Parse(opened.Scopes) is not { } scopes) return null;
        if (!scopes.IsMember) // Which gets keys of shares alone, with each that begins.
        {
            if (EpochGrant.Seal(newer, scopes, record.Id, publicKey) is not { } grant) return null;
            slot.Grants.Add(ByteString.CopyFrom(grant));
        }

        slot.Proof = ByteString.CopyFrom(DeviceProof.Make(newer, record.Id, publicKey, card));
        return record with { Slot = slot.ToByteArray() };
    }

    private static bool GrantRecovery(AccountProfile profile, Keyring owner, Keyring newer)
    {
        var publicKey = profile.RecoveryKey.Span;
        var identity = profile.IdentityKey.Span;
        if (!DeviceProof.Holds(owner, profile.RecoveryProof.Span, default, publicKey, identity)) return false;
        if (EpochGrant.Seal(newer, Scopes.All, default, publicKey) is not { } grant) return false;
        profile.RecoveryGrants.Add(ByteString.CopyFrom(grant));
        profile.RecoveryProof = ByteString.CopyFrom(DeviceProof.Make(newer, default, publicKey, identity));
        return true;
    }

    /// <summary>
    /// Another recovery slot for other words. The new identity certifies the head keys of all epochs, and the old one, or the newest
    /// head key that it certified, says that the new one follows it.
    /// </summary>
    private static void Renew(AccountProfile profile, Keyring newer, Words? old, Words renewed, long microseconds)
    {
        var account = newer.Account;
        var change = new IdentityChange
        {
            OldKey = profile.IdentityKey, NewKey = ByteString.CopyFrom(renewed.IdentityKey.Span), Microseconds = microseconds,
        };
        var statement = IdentityChanges.Statement(account, change);
        if (old is not null)
        {
            change.Signature = ByteString.CopyFrom(old.Sign(statement));
        }
        else if (newer.MasterKeys.FirstOrDefault(master => !HeadKey.Find(profile, account, master.Epoch).IsEmpty) is { Key: { } } voucher)
        {
            var signature = new byte[IdentityChanges.SignatureBytes];
            HeadKey.Sign(account, voucher.Epoch, voucher.Key, statement, signature);
            change.Signature = ByteString.CopyFrom(signature);
            change.HeadKey = profile.HeadKeys.First(key => key.Epoch == voucher.Epoch);
        }

        profile.IdentityChanges.Add(change);
        using var deviceSecret = SecretBytes.Random(Sodium.KeyBytes);
        using var payload = newer.Payload(Scopes.All, deviceSecret)!;
        using var recovery = renewed.RecoveryKey(account);
        var publicKey = new byte[Sodium.KeyBytes];
        Sodium.BoxPublicKey(publicKey, deviceSecret.Span);
        profile.IdentityKey = change.NewKey;
        profile.RecoveryKey = ByteString.CopyFrom(publicKey);
        profile.RecoverySlot = ByteString.CopyFrom(
            KeySlotSeal.Seal(recovery, account, default, KeySlotKind.Recovery, newer.Epoch, payload.Span));
        profile.RecoveryGrants.Clear();
        profile.RecoveryProof = ByteString.CopyFrom(DeviceProof.Make(newer, default, publicKey, renewed.IdentityKey.Span));
        profile.HeadKeys.Clear();
        profile.HeadKeys.Add(newer.MasterKeys.Reverse().Select(master =>
            HeadKey.Certify(account, master.Epoch, master.Key, message => renewed.Sign(message))));
    }
}
