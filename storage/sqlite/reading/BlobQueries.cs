using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Files;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.Storage.Sqlite.Reading;

/// <summary>The readers' part of blobs.</summary>
internal static class BlobQueries
{
    private static readonly Query Begin = new("BEGIN");

    private static readonly Query End = new("COMMIT");

    private static readonly Query FindShelf = new("SELECT id FROM shelf WHERE account = ?1");

    private static readonly Query FindBlob = new("SELECT bytes, length, file FROM blob WHERE shelf = ?1 AND name = ?2");

    private static readonly Query ReadBlob = new(
        "SELECT bytes, length, file FROM blob WHERE shelf = (SELECT id FROM shelf WHERE account = ?1) AND name = ?2");

    private static readonly Query HasBlob = new(
        "SELECT 1 FROM blob WHERE shelf = (SELECT id FROM shelf WHERE account = ?1) AND name = ?2");

    private static readonly Query ListBlobs = new(
        "SELECT name, coalesce(length, length(bytes)), holders & 65535, put, holders >> 16 FROM blob "
        + "WHERE shelf = (SELECT id FROM shelf WHERE account = ?1) AND name > ?2 ORDER BY name LIMIT ?3");

    public static BlobRow Find(SqliteConnection connection, AccountId account, BlobName name) =>
        FindAll(connection, account, [name])[0];

    /// <summary>In one transaction, which costs as much as reading one.</summary>
    public static BlobRow[] FindAll(SqliteConnection connection, AccountId account, IReadOnlyList<BlobName> names)
    {
        var rows = new BlobRow[names.Count];
        connection[Begin].Run();
        if (Shelf(connection, account) is { } shelf)
        {
            var find = connection[FindBlob];
            find.Bind(1, shelf);
            Span<byte> name = stackalloc byte[BlobName.Length];
            for (var i = 0; i < rows.Length; i++)
            {
                names[i].WriteTo(name);
                find.Bind(2, name);
                if (!find.Step())
                {
                    continue;
                }

                rows[i] = find.IsNull(2) ? new(find.Bytes(0), null, 0) : new(null, find.Int64(2), find.Int64(1));
                find.Reset();
            }
        }

        connection[End].Run();
        return rows;
    }

    /// <summary>Finds a blob, and reads it into lent room if it is a row.</summary>
    /// <returns>Where it lies otherwise; and how many bytes were read, -1 for none.</returns>
    /// <exception cref="IOException">It is longer than the room.</exception>
    public static (BlobRow Row, int Bytes) Read(SqliteConnection connection, AccountId account, BlobName name, Memory<byte> room)
    {
        var find = connection[ReadBlob];
        Bind(find, account, name);
        if (!find.Step()) return (default, -1);
        var found = find.IsNull(2)
            ? (default, StoreArguments.Lend(find.Span(0), room))
            : (new BlobRow(null, find.Int64(2), find.Int64(1)), -1);
        find.Reset();
        return found;
    }

    public static bool Contains(SqliteConnection connection, AccountId account, BlobName name)
    {
        var has = connection[HasBlob];
        Bind(has, account, name);
        var found = has.Step();
        if (found)
        {
            has.Reset();
        }

        return found;
    }

    /// <summary>Which of the blobs are large and not there yet.</summary>
    public static bool[] Missing(SqliteConnection connection, AccountId account, IReadOnlyList<SealedBlob> blobs, BlobFiles files)
    {
        var missing = new bool[blobs.Count];
        for (var i = 0; i < missing.Length; i++)
        {
            missing[i] = files.IsLarge(blobs[i]) && !Contains(connection, account, blobs[i].Name);
        }

        return missing;
    }

    /// <summary>A page of an account's blobs in the order of their names.</summary>
    public static List<BlobLine> List(SqliteConnection connection, AccountId account, byte[] after, int count)
    {
        var page = new List<BlobLine>(count);
        var list = connection[ListBlobs];
        Bind(list, account);
        list.Bind(2, after);
        list.Bind(3, count);
        while (list.Step())
        {
            page.Add(new BlobLine(
                new BlobName(list.Span(0)),
                list.Int64(1),
                (BlobHolders)list.Int64(2),
                DateTimeOffset.FromUnixTimeSeconds(list.Int64(3) * 3600),
                (uint)list.Int64(4)));
        }

        return page;
    }

    private static long? Shelf(SqliteConnection connection, AccountId account)
    {
        var find = connection[FindShelf];
        Bind(find, account);
        if (!find.Step())
        {
            return null;
        }

        var shelf = find.Int64(0);
        find.Reset();
        return shelf;
    }

    /// <summary>Binds the account to the first parameter.</summary>
    public static void Bind(SqliteStatement statement, AccountId account)
    {
        Span<byte> bytes = stackalloc byte[AccountId.Length];
        account.WriteTo(bytes);
        statement.Bind(1, bytes);
    }

    /// <summary>Binds the account and a name to the first two parameters.</summary>
    public static void Bind(SqliteStatement statement, AccountId account, BlobName name)
    {
        Bind(statement, account);
        Span<byte> bytes = stackalloc byte[BlobName.Length];
        name.WriteTo(bytes);
        statement.Bind(2, bytes);
    }
}
