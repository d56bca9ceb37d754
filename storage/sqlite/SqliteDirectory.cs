using System.Runtime.CompilerServices;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Native;
using CompatBot.Storage.Sqlite.Reading;
using CompatBot.Storage.Sqlite.Writing;

namespace CompatBot.Storage.Sqlite;

/// <summary>The directory: small tables, read by prepared statements.</summary>
internal sealed class SqliteDirectory(SqliteWriter writer, SqliteReaders readers, SqliteJanitor janitor) : IDirectory
{
    private const int ListCount = 1000;

    /// <summary>What a record weighs in a transaction besides its bytes, roughly.</summary>
    private const int RecordBytes = 256;

    private static readonly Query FindDomain = new("SELECT name, catch_all FROM domain WHERE name = ?1");
    private static readonly Query ListDomains = new("SELECT name, catch_all FROM domain WHERE name > ?1 ORDER BY name LIMIT ?2");
    private static readonly Query FindAccount = new("SELECT account, address, profile FROM account WHERE account = ?1");

    private static readonly Query FindOwner = new(
        "SELECT a.account, a.address, a.profile FROM address JOIN account a USING (account) WHERE address.address = ?1");

    private static readonly Query ListAccounts = new(
        "SELECT account, address, profile FROM account WHERE address > ?1 ORDER BY address LIMIT ?2");

    private static readonly Query ListAddresses = new(
        "SELECT address FROM address WHERE account = ?1 "
        + "ORDER BY address <> (SELECT address FROM account WHERE account = ?1), address");

    private static readonly Query ListDevices = new("SELECT device, slot FROM device WHERE account = ?1 ORDER BY id");

    private static readonly Query FindUsage = new(
        "SELECT coalesce((SELECT bytes FROM realm_usage WHERE shelf = id AND realm = ?2), 0), "
        + "coalesce((SELECT octets FROM drop_box WHERE shelf = id AND realm = ?2), 0) FROM shelf WHERE account = ?1");

    public async ValueTask<Refusal> ApplyAsync(DirectoryChange change, CancellationToken cancellation)
    {
        var isAdding = change.NewDomains.Count + change.NewAccounts.Count + change.NewAddresses.Count + change.NewDevices.Count > 0;
        var refusal = await writer.WriteAsync(
            shelves => new DirectoryRows(shelves).Apply(change),
            BytesOf(change),
            isAdding ? WriteAim.Add : WriteAim.Free,
            cancellation);
        if (refusal == Refusal.None && change.RemovedAccounts.Count > 0)
        {
            janitor.Wake();
        }

        return refusal;
    }

    public ValueTask<RealmUsage> UsageAsync(AccountId account, Realm realm, CancellationToken cancellation) => readers.ReadAsync(
        static (connection, key) =>
        {
            var find = connection[FindUsage];
            BlobQueries.Bind(find, key.account);
            find.Bind(2, (long)key.realm);
            var usage = find.Step() ? new RealmUsage(find.Int64(0), find.Int64(1)) : default;
            find.Reset();
            return usage;
        }, (account, realm), cancellation);

    public ValueTask<DomainRecord?> DomainAsync(string domain, CancellationToken cancellation) => readers.ReadAsync(
        static (connection, domain) =>
        {
            var find = connection[FindDomain];
            find.Bind(1, domain);
            return First(find, ReadDomain);
        }, domain, cancellation);

    public ValueTask<AccountRecord?> AccountAsync(AccountId account, CancellationToken cancellation) => readers.ReadAsync(
        static (connection, account) =>
        {
            var find = connection[FindAccount];
            BlobQueries.Bind(find, account);
            return First(find, ReadAccount);
        }, account, cancellation);

    public ValueTask<AccountRecord?> OwnerAsync(string address, CancellationToken cancellation) => readers.ReadAsync(
        static (connection, address) =>
        {
            var find = connection[FindOwner];
            find.Bind(1, address);
            return First(find, ReadAccount);
        }, address, cancellation);

    public IAsyncEnumerable<DomainRecord> DomainsAsync(CancellationToken cancellation) =>
        PagesAsync(ListDomains, ReadDomain, domain => domain.Name, cancellation);

    public IAsyncEnumerable<AccountRecord> AccountsAsync(CancellationToken cancellation) =>
        PagesAsync(ListAccounts, ReadAccount, account => account.Address, cancellation);

    public ValueTask<IReadOnlyList<string>> AddressesAsync(AccountId account, CancellationToken cancellation) =>
        readers.ReadAsync<AccountId, IReadOnlyList<string>>(static (connection, account) =>
        {
            var list = connection[ListAddresses];
            BlobQueries.Bind(list, account);
            return All(list, row => row.Text(0));
        }, account, cancellation);

    public ValueTask<IReadOnlyList<DeviceRecord>> DevicesAsync(AccountId account, CancellationToken cancellation) =>
        readers.ReadAsync<AccountId, IReadOnlyList<DeviceRecord>>(static (connection, account) =>
        {
            var list = connection[ListDevices];
            BlobQueries.Bind(list, account);
            return All(list, row => new DeviceRecord(account, DeviceId.FromBytes(row.Span(0)), row.Bytes(1)));
        }, account, cancellation);

    private static DomainRecord ReadDomain(SqliteStatement row) =>
        new(row.Text(0), row.IsNull(1) ? null : AccountId.FromBytes(row.Span(1)));

    private static AccountRecord ReadAccount(SqliteStatement row) => new(AccountId.FromBytes(row.Span(0)), row.Text(1), row.Bytes(2));

    private static T? First<T>(SqliteStatement statement, Func<SqliteStatement, T> read)
        where T : class
    {
        var first = statement.Step() ? read(statement) : null;
        statement.Reset();
        return first;
    }

    private static List<T> All<T>(SqliteStatement statement, Func<SqliteStatement, T> read)
    {
        var all = new List<T>();
        while (statement.Step())
        {
            all.Add(read(statement));
        }

        return all;
    }

    /// <summary>Reads page after page by the text key that each query orders by.</summary>
    private async IAsyncEnumerable<T> PagesAsync<T>(
        Query query, Func<SqliteStatement, T> read, Func<T, string> key, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var after = "";
        List<T> page;
        do
        {
            page = await readers.ReadAsync(static (connection, state) =>
            {
                var list = connection[state.query];
                list.Bind(1, state.after);
                list.Bind(2, ListCount);
                return All(list, state.read);
            }, (query, after, read), cancellation);
            foreach (var record in page)
            {
                yield return record;
                after = key(record);
            }
        }
        while (page.Count == ListCount);
    }

    private static long BytesOf(DirectoryChange change) =>
        change.NewAccounts.Concat(change.ChangedAccounts).Sum(account => (long)account.Profile.Length + RecordBytes)
        + change.NewDevices.Concat(change.ChangedDevices).Sum(device => (long)device.Slot.Length + RecordBytes)
        + (RecordBytes * (change.NewAddresses.Count + change.RemovedAddresses.Count + change.RemovedAccounts.Count));
}
