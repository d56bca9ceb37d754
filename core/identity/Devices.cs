using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Journal;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Identity;

/// <summary>A device to make. Without a password one is generated.</summary>
public sealed record NewDevice(string Label, Scopes Scopes, AppPassword? Password = null);

/// <summary>A device that was just made: the only moment in which its password is known.</summary>
public sealed record CreatedDevice(DeviceId Id, string Label, Scopes Scopes, AppPassword Password)
{
    /// <summary>X25519: what is sealed to it, the device opens.</summary>
    internal ReadOnlyMemory<byte> PublicKey { get; init; }

    /// <summary>In which it was made.</summary>
    internal uint Epoch { get; init; }
}

/// <summary>A device as its owner sees it.</summary>
/// <param name="Label">Null when the settings realm is not open.</param>
/// <param name="Scopes">
/// As text: those of <see cref="Scopes"/>, or <see cref="Devices.DropScope"/>, <see cref="Devices.LinkScope"/>; null like the label.
/// </param>
public sealed record DeviceInfo(DeviceId Id, string? Label, string? Scopes, DateTimeOffset Created, bool IsPassphrase);

/// <summary>Makes and reads device records: pure but for random numbers.</summary>
internal static class Devices
{
    /// <summary>Stands in the card of a device that may only upload.</summary>
    public const string DropScope = "drop";

    /// <summary>Stands in the card of a link, which lies among the devices.</summary>
    public const string LinkScope = "link";

    public static DeviceRecord Make(
        Keyring owner, SealingKey settings, AccountProfile profile, DeviceId id, NewDevice device, AppPassword password, long microseconds)
    {
        var account = owner.Account;
        using var keys = new SlotKeys(password.CanonicalBytes, account);
        using var deviceSecret = SecretBytes.Random(Sodium.KeyBytes);
        using var payload = owner.Payload(device.Scopes, deviceSecret)
            ?? throw new ArgumentException("The owner does not hold these realms.", nameof(owner));
        var (clientKey, storedKey, serverKey) =
            ScramKeys.Make(password.Text, profile.ScramSalt.Span, checked((int)profile.ScramIterations));
        using var scramKey = ScramKeys.WrapKey(account, clientKey.Span);
        clientKey.Dispose();
        var slot = Slot(owner, settings, id, device, keys, deviceSecret, microseconds);
        slot.KeySlot = Wrap(KeySlotSeal.Seal(keys.WrapKey, account, id, KeySlotKind.AppPassword, owner.Epoch, payload.Span));
        slot.Scram = new()
        {
            StoredKey = Wrap(storedKey),
            ServerKey = Wrap(serverKey),
            KeySlot = Wrap(KeySlotSeal.Seal(scramKey, account, id, KeySlotKind.Scram, owner.Epoch, payload.Span)),
        };
        return new(account, id, slot.ToByteArray());
    }

    public static DeviceRecord MakePassphrase(
        Keyring owner, SealingKey settings, DeviceId id, NewDevice device, SecretBytes stretched, Stretch parameters, long microseconds)
    {
        var account = owner.Account;
        using var keys = new SlotKeys(stretched.Span, account);
        using var deviceSecret = SecretBytes.Random(Sodium.KeyBytes);
        using var payload = owner.Payload(device.Scopes, deviceSecret)
            ?? throw new ArgumentException("The owner does not hold these realms.", nameof(owner));
        var slot = Slot(owner, settings, id, device, keys, deviceSecret, microseconds);
        slot.KeySlot = Wrap(KeySlotSeal.Seal(keys.WrapKey, account, id, KeySlotKind.Passphrase, owner.Epoch, payload.Span));
        slot.Stretch = parameters;
        return new(account, id, slot.ToByteArray());
    }

    public static CreatedDevice Created(DeviceRecord record, NewDevice device, AppPassword password, uint epoch) =>
        new(record.Id, device.Label, device.Scopes, password) { PublicKey = Read(record)!.PublicKey.Memory, Epoch = epoch };

    /// <returns>Null when the record's bytes are no slot; they stay as they are.</returns>
    public static DeviceSlot? Read(DeviceRecord record)
    {
        try
        {
            return DeviceSlot.Parser.ParseFrom(record.Slot.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>How many are devices, and not links.</summary>
    public static int Count(IReadOnlyList<DeviceRecord> records) => records.Count(record => Read(record)?.Link is null);

    public static DeviceInfo Describe(Keyring owner, DeviceRecord record)
    {
        if (Read(record) is not { } slot) return new(record.Id, null, null, DateTimeOffset.UnixEpoch, false);
        var card = OpenCard(owner, slot.Card.Span);
        var created = JournalClock.TimeOf(slot.CreatedMicroseconds);
        return new(record.Id, card?.Label, card?.Scopes, created, slot.Stretch is not null);
    }

    public static DeviceCard? OpenCard(Keyring owner, ReadOnlySpan<byte> stored)
    {
        if (!DropSeal.TryReadHeader(stored, out var realm, out var epoch) || realm != Realm.Settings) return null;
        if (owner.Find(realm, epoch) is not { } key || DropSeal.Open(key, owner.Account, stored) is not { } plain) return null;
        try
        {
            return DeviceCard.Parser.ParseFrom(plain);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static DeviceSlot Slot(
        Keyring owner, SealingKey settings, DeviceId id, NewDevice device, SlotKeys keys, SecretBytes deviceSecret, long microseconds)
    {
        var publicKey = new byte[Sodium.KeyBytes];
        Sodium.BoxPublicKey(publicKey, deviceSecret.Span);
        var card = new DeviceCard { Label = device.Label, Scopes = device.Scopes.Text };
        var sealedCard = DropSeal.Seal(settings, owner.Account, card.ToByteArray());
        return new()
        {
            Verifier = ByteString.CopyFrom(keys.Verifier.Span),
            Card = Wrap(sealedCard),
            PublicKey = Wrap(publicKey),
            Proof = Wrap(DeviceProof.Make(owner, id, publicKey, sealedCard)),
            CreatedMicroseconds = microseconds,
        };
    }

    private static ByteString Wrap(byte[] bytes) => UnsafeByteOperations.UnsafeWrap(bytes);
}
