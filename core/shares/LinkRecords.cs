using CompatBot.Core.Identity;
using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Shares.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Shares;

/// <summary>The records of links in the directory, and the one way to change one.</summary>
internal static class LinkRecords
{
    /// <summary>Held while a card is read and replaced: a counted use and a card that is made anew do not undo each other.</summary>
    private static readonly SemaphoreSlim Turn = new(1, 1);

    /// <summary>The realm of what a link names.</summary>
    public static Realm RealmOf(DeviceSlot slot) => slot.Link.Realm == 0 ? Realm.Files : (Realm)slot.Link.Realm;

    /// <summary>Every link of an account.</summary>
    public static async ValueTask<IReadOnlyList<(DeviceRecord Record, DeviceSlot Slot)>> AllAsync(
        IDirectory directory, AccountId account, CancellationToken cancellation) =>
        [.. from record in await directory.DevicesAsync(account, cancellation)
            let slot = Devices.Read(record)
            where slot?.Link is not null
            select (record, slot)];

    public static async ValueTask<(DeviceRecord Record, DeviceSlot Slot)?> FindAsync(
        IDirectory directory, AccountId account, DeviceId id, CancellationToken cancellation)
    {
        foreach (var one in await AllAsync(directory, account, cancellation))
        {
            if (one.Record.Id == id) return one;
        }

        return null;
    }

    /// <returns>The card; null when it does not open with this key.</returns>
    public static LinkCard? OpenCard(SecretBytes key, DeviceRecord record, DeviceSlot slot) =>
        CardSeal.Open(key, CardKind.Link, record.Account, record.Id, slot.Link.Card.Span) is { } plain
            ? LinkCard.Parser.ParseFrom(plain)
            : null;

    public static ByteString SealCard(SecretBytes key, AccountId account, DeviceId id, LinkCard card) =>
        UnsafeByteOperations.UnsafeWrap(CardSeal.Seal(key, CardKind.Link, 0, account, id, card.ToByteArray()));

    /// <summary>Changes a card as it is now, durably.</summary>
    /// <param name="directory">Holds the record.</param>
    /// <param name="account">Whose.</param>
    /// <param name="id">Of the link.</param>
    /// <param name="key">Of the link.</param>
    /// <param name="change">Anything but None: nothing is written.</param>
    /// <param name="cancellation">Before it is written.</param>
    /// <returns>None; NotFound (revoked meanwhile); Damaged; what the change says; what the store says.</returns>
    public static async ValueTask<Refusal> ChangeAsync(
        IDirectory directory,
        AccountId account,
        DeviceId id,
        SecretBytes key,
        Func<LinkCard, ValueTask<Refusal>> change,
        CancellationToken cancellation)
    {
        await Turn.WaitAsync(cancellation);
        try
        {
            if (await FindAsync(directory, account, id, cancellation) is not var (record, slot)) return Refusal.NotFound;
            if (OpenCard(key, record, slot) is not { } card) return Refusal.Damaged;
            if (await change(card) is var refusal and not Refusal.None) return refusal;
            slot.Link.Card = SealCard(key, account, id, card);
            return await directory.ApplyAsync(
                new() { ChangedDevices = [record with { Slot = slot.ToByteArray() }] }, cancellation);
        }
        finally
        {
            Turn.Release();
        }
    }
}
