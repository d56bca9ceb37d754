using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>Applies a change to the directory within the writer's transaction; a savepoint takes it back when a step refuses.</summary>
internal sealed class DirectoryRows(SqliteShelves shelves)
{
    private static readonly Query Savepoint = new("SAVEPOINT change");
    private static readonly Query RollbackTo = new("ROLLBACK TO change");
    private static readonly Query Release = new("RELEASE change");
    private static readonly Query AddDomainRow = new("INSERT OR IGNORE INTO domain (name, catch_all) VALUES (?1, ?2)");
    private static readonly Query ChangeDomainRow = new("UPDATE domain SET catch_all = ?2 WHERE name = ?1");
    private static readonly Query RemoveDomainRow = new("DELETE FROM domain WHERE name = ?1");
    private static readonly Query HasDomain = new("SELECT 1 FROM domain WHERE name = ?1");
    private static readonly Query HasAddressIn = new("SELECT 1 FROM address WHERE domain = ?1 LIMIT 1");
    private static readonly Query HasStrayCatchAll = new(
        "SELECT 1 FROM domain WHERE name = ?1 AND catch_all IS NOT NULL AND catch_all NOT IN (SELECT account FROM account)");

    private static readonly Query ForgetCatchAll = new("UPDATE domain SET catch_all = NULL WHERE catch_all = ?1");
    private static readonly Query HasAccount = new("SELECT 1 FROM account WHERE account = ?1");
    private static readonly Query AddAccountRow = new("INSERT INTO account (account, address, profile) VALUES (?1, ?2, ?3)");
    private static readonly Query ChangeAccountRow = new("UPDATE account SET profile = ?2 WHERE account = ?1");
    private static readonly Query RemoveAccountRow = new("DELETE FROM account WHERE account = ?1");
    private static readonly Query AddAddressRow = new("INSERT OR IGNORE INTO address (address, domain, account) VALUES (?1, ?2, ?3)");
    private static readonly Query RemoveAlias = new(
        "DELETE FROM address WHERE address = ?1 AND address NOT IN (SELECT address FROM account)");

    private static readonly Query RemoveAddressesOf = new("DELETE FROM address WHERE account = ?1");
    private static readonly Query AddDeviceRow = new("INSERT OR IGNORE INTO device (account, device, slot) VALUES (?1, ?2, ?3)");
    private static readonly Query ChangeDeviceRow = new("UPDATE device SET slot = ?3 WHERE account = ?1 AND device = ?2");
    private static readonly Query RemoveDeviceRow = new("DELETE FROM device WHERE account = ?1 AND device = ?2");
    private static readonly Query RemoveDevicesOf = new("DELETE FROM device WHERE account = ?1");

    private readonly SqliteConnection _connection = shelves.Connection;

    public Refusal Apply(DirectoryChange change)
    {
        _connection[Savepoint].Run();
        var refusal = Steps(change);
        if (refusal != Refusal.None)
        {
            _connection[RollbackTo].Run();
        }

        _connection[Release].Run();
        if (refusal == Refusal.None)
        {
            // Last, as it changes what the writer remembers: nothing may refuse after it.
            foreach (var account in change.RemovedAccounts)
            {
                shelves.Doom(account);
            }
        }

        return refusal;
    }

    private Refusal Steps(DirectoryChange change)
    {
        var refusal = Each(change.NewDomains, domain => SetDomain(AddDomainRow, domain) ? Refusal.None : Refusal.AlreadyExists);
        refusal = Then(refusal, change.ChangedDomains, domain => Found(SetDomain(ChangeDomainRow, domain)));
        refusal = Then(refusal, change.NewAccounts, AddAccount);
        refusal = Then(refusal, change.ChangedAccounts, ChangeAccount);
        refusal = Then(refusal, change.NewAddresses, alias => Has(HasAccount, alias.Account.ToBytes())
            ? Claim(alias.Address, alias.Account)
            : Refusal.NotFound);
        refusal = Then(refusal, change.NewDevices, AddDevice);
        refusal = Then(refusal, change.ChangedDevices, device => Found(SetDevice(ChangeDeviceRow, device)));
        refusal = Then(refusal, change.RemovedDevices, RemoveDevice);
        refusal = Then(refusal, change.RemovedAddresses, address => Found(Run(RemoveAlias, address)));
        refusal = Then(refusal, change.RemovedAccounts, RemoveAccount);
        refusal = Then(refusal, change.RemovedDomains, RemoveDomain);
        return Then(refusal, [.. change.NewDomains, .. change.ChangedDomains], domain =>
            Has(HasStrayCatchAll, domain.Name) ? Refusal.NotFound : Refusal.None);
    }

    private static Refusal Then<T>(Refusal before, IReadOnlyList<T> steps, Func<T, Refusal> apply) =>
        before != Refusal.None ? before : Each(steps, apply);

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

    private static Refusal Found(bool changed) => changed ? Refusal.None : Refusal.NotFound;

    private bool SetDomain(Query query, DomainRecord domain)
    {
        var statement = _connection[query];
        statement.Bind(1, domain.Name);
        if (domain.CatchAll is { } account)
        {
            statement.Bind(2, account.ToBytes());
        }
        else
        {
            statement.BindNull(2);
        }

        statement.Run();
        return _connection.Changes != 0;
    }

    private Refusal AddAccount(AccountRecord account)
    {
        var id = account.Id.ToBytes();
        if (Has(HasAccount, id))
        {
            return Refusal.AlreadyExists;
        }

        var claimed = Claim(account.Address, account.Id);
        if (claimed != Refusal.None)
        {
            return claimed;
        }

        var add = _connection[AddAccountRow];
        add.Bind(1, id);
        add.Bind(2, account.Address);
        add.Bind(3, account.Profile.Span);
        add.Run();
        return Refusal.None;
    }

    private Refusal ChangeAccount(AccountRecord account)
    {
        var change = _connection[ChangeAccountRow];
        change.Bind(1, account.Id.ToBytes());
        change.Bind(2, account.Profile.Span);
        change.Run();
        return Found(_connection.Changes != 0);
    }

    private Refusal Claim(string address, AccountId account)
    {
        var domain = StoreArguments.DomainOf(address);
        if (!Has(HasDomain, domain))
        {
            return Refusal.NotFound;
        }

        var add = _connection[AddAddressRow];
        add.Bind(1, address);
        add.Bind(2, domain);
        add.Bind(3, account.ToBytes());
        add.Run();
        return _connection.Changes != 0 ? Refusal.None : Refusal.AlreadyExists;
    }

    private Refusal AddDevice(DeviceRecord device) => !Has(HasAccount, device.Account.ToBytes()) ? Refusal.NotFound
        : SetDevice(AddDeviceRow, device) ? Refusal.None : Refusal.AlreadyExists;

    private bool SetDevice(Query query, DeviceRecord device)
    {
        var statement = _connection[query];
        statement.Bind(1, device.Account.ToBytes());
        statement.Bind(2, device.Id.ToBytes());
        statement.Bind(3, device.Slot.Span);
        statement.Run();
        return _connection.Changes != 0;
    }

    private Refusal RemoveDevice((AccountId Account, DeviceId Device) name)
    {
        var remove = _connection[RemoveDeviceRow];
        remove.Bind(1, name.Account.ToBytes());
        remove.Bind(2, name.Device.ToBytes());
        remove.Run();
        return Found(_connection.Changes != 0);
    }

    private Refusal RemoveAccount(AccountId account)
    {
        var id = account.ToBytes();
        if (!Run(RemoveAccountRow, id))
        {
            return Refusal.NotFound;
        }

        Run(RemoveAddressesOf, id);
        Run(RemoveDevicesOf, id);
        Run(ForgetCatchAll, id);
        return Refusal.None;
    }

    private Refusal RemoveDomain(string name) => !Has(HasDomain, name) ? Refusal.NotFound
        : Has(HasAddressIn, name) ? Refusal.HasChildren
        : Found(Run(RemoveDomainRow, name));

    private bool Has(Query query, string key)
    {
        var statement = _connection[query];
        statement.Bind(1, key);
        return HasRow(statement);
    }

    private bool Has(Query query, byte[] key)
    {
        var statement = _connection[query];
        statement.Bind(1, key);
        return HasRow(statement);
    }

    private static bool HasRow(SqliteStatement statement)
    {
        var has = statement.Step();
        statement.Reset();
        return has;
    }

    private bool Run(Query query, string key)
    {
        var statement = _connection[query];
        statement.Bind(1, key);
        statement.Run();
        return _connection.Changes != 0;
    }

    private bool Run(Query query, byte[] key)
    {
        var statement = _connection[query];
        statement.Bind(1, key);
        statement.Run();
        return _connection.Changes != 0;
    }
}
