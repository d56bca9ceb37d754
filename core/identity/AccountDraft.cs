using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Identity;

/// <param name="Address">Primary address; its domain must exist.</param>
public sealed record NewAccount(string Address, IReadOnlyList<string> Aliases, IReadOnlyList<NewDevice> Devices);

/// <summary>An account that was just made: the only moment in which its words and passwords are known.</summary>
/// <param name="Words">24 words, separated by blanks.</param>
public sealed record CreatedAccount(
    AccountId Id, string Address, IReadOnlyList<string> Aliases, string Words, IReadOnlyList<CreatedDevice> Devices)
{
    public override string ToString() => $"account {Id}";
}

/// <summary>An account with all of its records, ready to be stored. Making one is pure computing, so many are made in parallel.</summary>
internal sealed record AccountDraft(
    CreatedAccount Created, AccountRecord Account, IReadOnlyList<AddressRecord> Aliases, IReadOnlyList<DeviceRecord> Devices)
{
    /// <returns>Null when an address, label or the set of passwords is not acceptable.</returns>
    public static AccountDraft? Make(NewAccount account, Func<string, ReadOnlyMemory<byte>> escrowKeyOf, long microseconds)
    {
        if (Address.Parse(account.Address) is not { } address || account.Devices.Count > Accounts.DevicesMax) return null;
        var aliases = account.Aliases.Select(Address.Parse).ToArray();
        if (aliases.Any(alias => alias is null) || account.Devices.Any(device => !Accounts.IsLabel(device.Label))) return null;
        var given = account.Devices.Select(device => device.Password).OfType<AppPassword>().ToArray();
        if (given.Distinct().Count() != given.Length) return null;
        var id = AccountId.New();
        using var words = Words.Generate();
        using var owner = Keyring.Create(id);
        var profile = Profiles.Make(owner, words, microseconds);
        var settings = owner.Find(Realm.Settings)!.SealingKey;
        List<CreatedDevice> created = [];
        List<DeviceRecord> records = [];
        foreach (var device in account.Devices)
        {
            var made = new CreatedDevice(DeviceId.New(), device.Label, device.Scopes, device.Password ?? AppPassword.Generate());
            created.Add(made);
            records.Add(Identity.Devices.Make(owner, settings, profile, made.Id, device, made.Password, microseconds));
        }

        if (escrowKeyOf(address.Domain) is { IsEmpty: false } escrowKey)
        {
            var (device, password) = (new NewDevice(Escrow.Label, Scopes.All), AppPassword.Generate());
            records.Add(Identity.Devices.Make(owner, settings, profile, DeviceId.New(), device, password, microseconds));
            profile.Escrow = Escrow.Seal(id, password, escrowKey.Span);
        }

        var names = aliases.Select(alias => alias!.ToString()).ToArray();
        return new(
            new(id, address.ToString(), names, words.Reveal(), created),
            new(id, address.ToString(), profile.ToByteArray()),
            [.. names.Select(name => new AddressRecord(name, id))],
            records);

    }

    public static DirectoryChange Change(IEnumerable<AccountDraft> drafts)
    {
        var all = drafts.ToArray();
        return new()
        {
            NewAccounts = [.. all.Select(draft => draft.Account)],
            NewAddresses = [.. all.SelectMany(draft => draft.Aliases)],
            NewDevices = [.. all.SelectMany(draft => draft.Devices)],
        };
    }
}
