using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Store;

namespace CompatBot.Core.Drops;

/// <summary>
/// Brings files into a folder of an account for somebody who may do nothing else there, whether or not anybody can open the account
/// right now: sealed into the files realm's dropbox, and taken in from there at once where the key is open.
/// </summary>
public sealed class FileDrops(IStore store, OpenAccounts accounts, TimeProvider time)
{
    private readonly Quotas _quotas = new(store, accounts);

    /// <summary>Longest file, in octets: its item of the dropbox names each part.</summary>
    public const long FileBytesMax = 16L << 30;

    /// <summary>Longest media type; a longer one is not kept.</summary>
    private const int MediaTypeCharactersMax = 255;

    /// <summary>Begins an upload.</summary>
    /// <param name="account">Whose folder it is.</param>
    /// <param name="device">Who uploads: a device or a link, which must still be there when the file is whole.</param>
    /// <param name="folder">Where the file is to lie.</param>
    /// <param name="name">What is there already of this name stays: the file gets a free one.</param>
    /// <param name="mediaType">Null: unknown.</param>
    /// <param name="octets">How many are announced; 0: not known.</param>
    /// <param name="cancellation">Of the looking up.</param>
    /// <returns>The upload; or Invalid (the name), NotFound (the account), OverQuota, TooLarge, Damaged (the profile).</returns>
    public async ValueTask<Outcome<FileDrop>> OpenAsync(
        AccountId account,
        DeviceId device,
        CollectionId folder,
        string name,
        string? mediaType,
        long octets,
        CancellationToken cancellation)
    {
        var folded = ItemNames.Fold(name);
        if (!ItemNames.IsValid(folded)) return Refusal.Invalid;
        if (octets > FileBytesMax) return Refusal.TooLarge;
        if (await store.Directory.AccountAsync(account, cancellation) is not { } record) return Refusal.NotFound;
        if (await _quotas.JudgeAsync(record, octets, cancellation) is var full and not Refusal.None) return full;
        if (Accounts.SealingKeyOf(record, Realm.Files) is not { } key) return Refusal.Damaged;
        var file = new Journal.Proto.DroppedFile { Collection = folder.Value, Name = folded };
        if (mediaType is { Length: <= MediaTypeCharactersMax }) file.MediaType = mediaType;
        return new FileDrop(
            store, key, account, file, time, (arrived, stop) => JudgeAsync(record, device, arrived, stop), () => TakeInAsync(account));
    }

    private async ValueTask<Refusal> JudgeAsync(AccountRecord account, DeviceId device, long octets, CancellationToken cancellation)
    {
        var devices = await store.Directory.DevicesAsync(account.Id, cancellation);
        return devices.Any(one => one.Id == device) ? await _quotas.JudgeAsync(account, octets, cancellation) : Refusal.NotPermitted;
    }

    /// <summary>Has what is durable now taken in, where the key is open.</summary>
    private async ValueTask TakeInAsync(AccountId account)
    {
        if (await accounts.TryJoinAsync(account, CancellationToken.None) is not { } lease) return;
        await using (lease)
        {
            if (await lease.Account.ItemsAsync(Realm.Files, CancellationToken.None) is { Drops: { } intake })
            {
                await intake.TakeInAsync(CancellationToken.None);
            }
        }
    }
}
