using CompatBot.Core.Identity;
using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Drops;

/// <summary>
/// Devices that may only upload into one folder, such as scanners: they hold no key of the account, so who steals one, and a copy of the
/// store with it, reads nothing.
/// </summary>
public sealed class DropDevices(IStore store, TimeProvider time)
{
    /// <summary>Makes such a device.</summary>
    /// <param name="owner">A full device that may write.</param>
    /// <param name="label">What its owner calls it.</param>
    /// <param name="folder">Where to it uploads.</param>
    /// <param name="password">Null: one is drawn.</param>
    /// <param name="cancellation">Before it is durable.</param>
    /// <returns>It, its password to be shown once; or NotPermitted, Invalid, TooMany, AlreadyExists (the password).</returns>
    public async ValueTask<Outcome<CreatedDrop>> AddAsync(
        Keyring owner, string label, CollectionId folder, AppPassword? password, CancellationToken cancellation)
    {
        if (owner.Scopes is not { Full: true, ReadOnly: false }) return Refusal.NotPermitted;
        if (!Accounts.IsLabel(label)) return Refusal.Invalid;
        var known = await store.Directory.DevicesAsync(owner.Account, cancellation);
        if (Devices.Count(known) >= Accounts.DevicesMax) return Refusal.TooMany;
        password ??= AppPassword.Generate();
        using var keys = new SlotKeys(password.CanonicalBytes, owner.Account);
        if (Credentials.Match(known, keys) is not null) return Refusal.AlreadyExists;
        var id = DeviceId.New();
        var drop = new DropCard { Collection = folder.Value };
        var card = new DeviceCard { Label = label, Scopes = Devices.DropScope };
        var slot = new DeviceSlot
        {
            Verifier = ByteString.CopyFrom(keys.Verifier.Span),
            Card = ByteString.CopyFrom(
                DropSeal.Seal(owner.Find(Realm.Settings)!.SealingKey, owner.Account, card.ToByteArray())),
            CreatedMicroseconds = JournalClock.MicrosecondsOf(time.GetUtcNow()),
            Drop = new DropSlot
            {
                Card = ByteString.CopyFrom(
                    CardSeal.Seal(keys.WrapKey, CardKind.Drop, 0, owner.Account, id, drop.ToByteArray())),
            },
        };
        var record = new DeviceRecord(owner.Account, id, slot.ToByteArray());
        var added = await store.Directory.ApplyAsync(new() { NewDevices = [record] }, cancellation);
        return added is Refusal.None ? new CreatedDrop(id, label, password) : added;
    }

    /// <summary>Logs such a device in. It opens no account.</summary>
    /// <returns>BadCredentials, also for the password of another kind of device; Damaged when its card does not open.</returns>
    public async ValueTask<Outcome<DropLogin>> LoginAsync(string address, Password password, CancellationToken cancellation)
    {
        if (AppPassword.Parse(password.Value) is not { } given || Address.Parse(address) is not { } parsed) return Refusal.BadCredentials;
        if (await store.Directory.OwnerAsync(parsed.ToString(), cancellation) is not { } account) return Refusal.BadCredentials;
        using var keys = new SlotKeys(given.CanonicalBytes, account.Id);
        var match = Credentials.Match(await store.Directory.DevicesAsync(account.Id, cancellation), keys);
        if (match is not var (record, slot) || slot.Drop is not { } drop) return Refusal.BadCredentials;
        return CardSeal.Open(keys.WrapKey, CardKind.Drop, account.Id, record.Id, drop.Card.Span) is { } card
            ? new DropLogin(account.Id, record.Id, new CollectionId(DropCard.Parser.ParseFrom(card).Collection))
            : Refusal.Damaged;
    }
}

/// <summary>A device that may only upload, just made: the only moment in which its password is known.</summary>
public sealed record CreatedDrop(DeviceId Id, string Label, AppPassword Password);

/// <summary>A device that may only upload, logged in.</summary>
/// <param name="Folder">Where to it uploads.</param>
public sealed record DropLogin(AccountId Account, DeviceId Device, CollectionId Folder);
