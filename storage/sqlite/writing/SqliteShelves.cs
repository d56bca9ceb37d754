using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Files;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>
/// The writer's view: which accounts have a shelf (the short number under which their rows lie), and the head of each journal.
/// Used by the writer's thread alone, in a transaction.
/// </summary>
internal sealed class SqliteShelves(SqliteConnection connection, BlobFiles files, TimeProvider time)
{
    /// <summary>Shelves kept in memory, about 150 bytes each; beyond it all are forgotten and looked up again.</summary>
    private const int KnownMax = 200_000;

    private static readonly Query FindShelf = new("SELECT id FROM shelf WHERE account = ?1");
    private static readonly Query AddShelf = new("INSERT INTO shelf (account) VALUES (?1)");
    private static readonly Query FindHead = new("SELECT max(sequence) FROM journal WHERE shelf = ?1");
    private static readonly Query RemoveShelf = new("DELETE FROM shelf WHERE id = ?1");
    private static readonly Query AddDoomed = new("INSERT INTO doomed_shelf (id) VALUES (?1)");

    private readonly Dictionary<AccountId, Shelf> _known = [];
    private readonly List<long> _filesToDelete = [];

    public SqliteConnection Connection => connection;

    /// <summary>Whole hours since 1970: when blobs that are put now were put.</summary>
    public long Hour => StoreArguments.HourOf(time.GetUtcNow());

    /// <summary>The account's shelf; null when it owns nothing.</summary>
    public Shelf? Find(AccountId account)
    {
        if (_known.TryGetValue(account, out var shelf))
        {
            return shelf;
        }

        var find = connection[FindShelf];
        Bind(find, account);
        if (!find.Step())
        {
            return null;
        }

        shelf = new Shelf(find.Int64(0));
        find.Reset();
        var head = connection[FindHead];
        head.Bind(1, shelf.Id);
        if (head.Step())
        {
            shelf.Head = (ulong)head.Int64(0); // max() of no row is NULL, which reads as 0.
            head.Reset();
        }

        return Remember(account, shelf);
    }

    public Shelf FindOrAdd(AccountId account)
    {
        if (Find(account) is { } known)
        {
            return known;
        }

        var add = connection[AddShelf];
        Bind(add, account);
        add.Run();
        return Remember(account, new Shelf(connection.LastRowId));
    }

    /// <summary>Takes the shelf away from its account at once; its rows are cleared away later (WipeShelves).</summary>
    public void Doom(AccountId account)
    {
        if (Find(account) is not { } shelf)
        {
            return;
        }

        foreach (var query in (Query[])[RemoveShelf, AddDoomed])
        {
            var statement = connection[query];
            statement.Bind(1, shelf.Id);
            statement.Run();
        }

        _known.Remove(account);
    }

    /// <summary>Deletes a blob's file once its row's absence is durable.</summary>
    public void DeleteFileAfterCommit(long file) => _filesToDelete.Add(file);

    public void Committed()
    {
        foreach (var file in _filesToDelete)
        {
            files.Delete(file);
        }

        _filesToDelete.Clear();
    }

    /// <summary>What is remembered may never have happened.</summary>
    public void RolledBack()
    {
        _filesToDelete.Clear();
        _known.Clear();
    }

    private static void Bind(SqliteStatement statement, AccountId account)
    {
        Span<byte> bytes = stackalloc byte[AccountId.Length];
        account.WriteTo(bytes);
        statement.Bind(1, bytes);
    }

    private Shelf Remember(AccountId account, Shelf shelf)
    {
        if (_known.Count >= KnownMax)
        {
            _known.Clear();
        }

        _known.Add(account, shelf);
        return shelf;
    }
}

/// <summary>An account's number in the tables, never used twice, and the sequence of its newest entry.</summary>
internal sealed class Shelf(long id)
{
    public long Id { get; } = id;

    public ulong Head { get; set; }

    /// <summary>What the rows of realm_usage are known to say.</summary>
    public Dictionary<Realm, long> Usage => field ??= [];
}
