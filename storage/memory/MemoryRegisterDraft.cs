using System.Collections.Immutable;
using CompatBot.Core.Store;

namespace CompatBot.Storage.Memory;

/// <summary>Applies one change to a copy; the copy is thrown away when a step refuses.</summary>
internal sealed class MemoryRegisterDraft(MemoryRegister register)
{
    private readonly ImmutableSortedDictionary<string, DomainRecord>.Builder _domains = register.Domains.ToBuilder();
    private readonly ImmutableDictionary<AccountId, MemoryAccount>.Builder _accounts = register.Accounts.ToBuilder();
    private readonly ImmutableSortedDictionary<string, AccountId>.Builder _addresses = register.Addresses.ToBuilder();

    public MemoryRegister Finish() => new(_domains.ToImmutable(), _accounts.ToImmutable(), _addresses.ToImmutable());

    public Refusal Apply(DirectoryChange change)
    {
        var refusal = Each(change.NewDomains, AddDomain);
        refusal = refusal != Refusal.None ? refusal : Each(change.ChangedDomains, ChangeDomain);
        refusal = refusal != Refusal.None ? refusal : Each(change.NewAccounts, AddAccount);
        refusal = refusal != Refusal.None ? refusal : Each(change.ChangedAccounts, ChangeAccount);
        refusal = refusal != Refusal.None ? refusal : Each(change.NewAddresses, AddAddress);
        refusal = refusal != Refusal.None ? refusal : Each(change.NewDevices, AddDevice);
        refusal = refusal != Refusal.None ? refusal : Each(change.ChangedDevices, ChangeDevice);
        refusal = refusal != Refusal.None ? refusal : Each(change.RemovedDevices, RemoveDevice);
        refusal = refusal != Refusal.None ? refusal : Each(change.RemovedAddresses, RemoveAddress);
        refusal = refusal != Refusal.None ? refusal : Each(change.RemovedAccounts, RemoveAccount);
        refusal = refusal != Refusal.None ? refusal : Each(change.RemovedDomains, RemoveDomain);
        return refusal != Refusal.None ? refusal : Each([.. change.NewDomains, .. change.ChangedDomains], CatchAllExists);
    }

    private static Refusal Each<T>(IReadOnlyList<T> steps, Func<T, Refusal> apply)
    {
        foreach (var step in steps)
        {
            var refusal = apply(step);
            if (refusal != Refusal.None)
            {
                return refusal;
            }
        }

        return Refusal.None;
    }

    private Refusal AddDomain(DomainRecord domain) => _domains.TryAdd(domain.Name, domain) ? Refusal.None : Refusal.AlreadyExists;

    private Refusal ChangeDomain(DomainRecord domain)
    {
        if (!_domains.ContainsKey(domain.Name))
        {
            return Refusal.NotFound;
        }

        _domains[domain.Name] = domain;
        return Refusal.None;
    }

    private Refusal AddAccount(AccountRecord account)
    {
        if (_accounts.ContainsKey(account.Id))
        {
            return Refusal.AlreadyExists;
        }

        var claimed = Claim(account.Address, account.Id);
        if (claimed == Refusal.None)
        {
            var record = account with { Profile = account.Profile.ToArray() };
            _accounts.Add(account.Id, new MemoryAccount(record, ImmutableSortedSet.Create<string>(StringComparer.Ordinal), []));
        }

        return claimed;
    }

    private Refusal ChangeAccount(AccountRecord account) => Update(
        account.Id, old => old with { Record = old.Record with { Profile = account.Profile.ToArray() } });

    private Refusal AddAddress(AddressRecord alias)
    {
        if (!_accounts.ContainsKey(alias.Account))
        {
            return Refusal.NotFound;
        }

        var claimed = Claim(alias.Address, alias.Account);
        return claimed != Refusal.None
            ? claimed
            : Update(alias.Account, old => old with { Aliases = old.Aliases.Add(alias.Address) });
    }

    private Refusal AddDevice(DeviceRecord device) =>
        _accounts.TryGetValue(device.Account, out var account) && account.Devices.Exists(other => other.Id == device.Id)
            ? Refusal.AlreadyExists
            : Update(device.Account, old => old with { Devices = old.Devices.Add(Copy(device)) });

    private Refusal ChangeDevice(DeviceRecord device) => !_accounts.TryGetValue(device.Account, out var account)
        || account.Devices.Find(other => other.Id == device.Id) is not { } known
            ? Refusal.NotFound
            : Update(device.Account, old => old with { Devices = old.Devices.Replace(known, Copy(device)) });

    private Refusal RemoveDevice((AccountId Account, DeviceId Device) name) => !_accounts.TryGetValue(name.Account, out var account)
        || account.Devices.Find(other => other.Id == name.Device) is not { } known
            ? Refusal.NotFound
            : Update(name.Account, old => old with { Devices = old.Devices.Remove(known) });

    private Refusal RemoveAddress(string address)
    {
        if (!_addresses.TryGetValue(address, out var owner) || _accounts[owner].Record.Address == address)
        {
            return Refusal.NotFound;
        }

        _addresses.Remove(address);
        return Update(owner, old => old with { Aliases = old.Aliases.Remove(address) });
    }

    private Refusal RemoveAccount(AccountId id)
    {
        if (!_accounts.TryGetValue(id, out var account))
        {
            return Refusal.NotFound;
        }

        _addresses.RemoveRange([account.Record.Address, .. account.Aliases]);
        _accounts.Remove(id);
        foreach (var domain in _domains.Values.Where(domain => domain.CatchAll == id).ToArray())
        {
            _domains[domain.Name] = domain with { CatchAll = null };
        }

        return Refusal.None;
    }

    private Refusal RemoveDomain(string name)
    {
        if (!_domains.ContainsKey(name))
        {
            return Refusal.NotFound;
        }

        if (_addresses.Keys.Any(address => DomainOf(address) == name))
        {
            return Refusal.HasChildren;
        }

        _domains.Remove(name);
        return Refusal.None;
    }

    private Refusal CatchAllExists(DomainRecord domain) =>
        _domains.TryGetValue(domain.Name, out var record) && record.CatchAll is { } account && !_accounts.ContainsKey(account)
            ? Refusal.NotFound
            : Refusal.None;

    private Refusal Claim(string address, AccountId account) => !_domains.ContainsKey(DomainOf(address)) ? Refusal.NotFound
        : _addresses.TryAdd(address, account) ? Refusal.None : Refusal.AlreadyExists;

    private Refusal Update(AccountId id, Func<MemoryAccount, MemoryAccount> change)
    {
        if (!_accounts.TryGetValue(id, out var account))
        {
            return Refusal.NotFound;
        }

        _accounts[id] = change(account);
        return Refusal.None;
    }

    private static DeviceRecord Copy(DeviceRecord device) => device with { Slot = device.Slot.ToArray() };

    private static string DomainOf(string address) => StoreArguments.DomainOf(address);
}
