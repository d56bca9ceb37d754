using CompatBot.Core.Store;

namespace CompatBot.Core.Vault;

/// <summary>What a card is for. The numbers are part of the stored format.</summary>
internal enum CardKind : byte
{
    /// <summary>Where a device that may only upload puts things, under the wrap key of its password.</summary>
    Drop = 1,

    /// <summary>What a link shows, under the link's key.</summary>
    Link = 2,

    /// <summary>What a link is to its owner, under the deed key of the files realm.</summary>
    Deed = 3,
}

/// <summary>What the records of devices without keys hold, sealed: <see cref="SlotSeal"/>.</summary>
internal static class CardSeal
{
    private static ReadOnlySpan<byte> Magic => "CBCD"u8;

    /// <param name="epoch">0 where the key belongs to none.</param>
    public static byte[] Seal(SecretBytes key, CardKind kind, uint epoch, AccountId account, DeviceId device, ReadOnlySpan<byte> card) =>
        SlotSeal.Seal(key, Magic, (byte)kind, epoch, account, device, card);

    /// <summary>The key of the deeds of a realm's links: only who may open the realm makes or reads one.</summary>
    public static SecretBytes DeedKey(AccountId account, RealmKey realm)
    {
        var key = SecretBytes.Zeroed(Sodium.KeyBytes);
        using var hold = realm.Secret.Use();
        KeyLabel.Derive(realm.Secret.Span, account, KeyLabel.Deed, realm.Realm, realm.Epoch, key.Writable);
        return key;
    }

    /// <summary>The epoch whose key opens it; null when the bytes are no card of this kind.</summary>
    public static uint? EpochOf(CardKind kind, ReadOnlySpan<byte> stored) =>
        SlotSeal.TryReadHeader(stored, Magic, (byte)kind, out var epoch) ? epoch : null;

    /// <returns>The card; null when it does not open with this key, as this kind of card of this device.</returns>
    public static byte[]? Open(SecretBytes key, CardKind kind, AccountId account, DeviceId device, ReadOnlySpan<byte> stored)
    {
        if (EpochOf(kind, stored) is null) return null;
        var card = new byte[stored.Length - SlotSeal.Overhead];
        return SlotSeal.TryOpen(key, account, device, stored, card) ? card : null;
    }
}
