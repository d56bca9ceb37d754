using System.Globalization;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.Storage.Sqlite;

/// <summary>The tables, described in storage/FORMAT.md; and what every connection is told first.</summary>
internal static class SqliteSchema
{
    /// <summary>"CBot" in ASCII, in the database header.</summary>
    public const int ApplicationId = 0x43426F74;

    /// <summary>The layout that this program writes, in the database header. Raised with every change to the tables.</summary>
    public const int Version = 3;

    /// <summary>3.35.0, which brought RETURNING.</summary>
    private const int LibraryVersionMin = 3_035_000;

    /// <summary>How long a connection waits for another one that is in its way.</summary>
    public const int BusyMilliseconds = 10_000;

    private static readonly string[] VersionOne =
    [
        "CREATE TABLE store_version (version INTEGER PRIMARY KEY, made_by TEXT NOT NULL)",
        "CREATE TABLE store_start (one INTEGER PRIMARY KEY CHECK (one = 1), starts INTEGER NOT NULL)",
        "INSERT INTO store_start VALUES (1, 0)",
        "CREATE TABLE shelf (id INTEGER PRIMARY KEY AUTOINCREMENT, account BLOB NOT NULL UNIQUE)",
        "CREATE TABLE doomed_shelf (id INTEGER PRIMARY KEY)",
        "CREATE TABLE journal (shelf INTEGER, sequence INTEGER, entry BLOB NOT NULL, PRIMARY KEY (shelf, sequence)) WITHOUT ROWID",
        "CREATE TABLE blob (id INTEGER PRIMARY KEY, shelf INTEGER NOT NULL, name BLOB NOT NULL, holders INTEGER NOT NULL, "
            + "put INTEGER NOT NULL, length INTEGER, file INTEGER, bytes BLOB)",
        "CREATE UNIQUE INDEX blob_name ON blob (shelf, name)",
        "CREATE UNIQUE INDEX blob_file ON blob (file) WHERE file IS NOT NULL",
        "CREATE TABLE snapshot (id INTEGER PRIMARY KEY, shelf INTEGER NOT NULL, name BLOB NOT NULL, bytes BLOB NOT NULL)",
        "CREATE UNIQUE INDEX snapshot_name ON snapshot (shelf, name)",
        "CREATE TABLE drop_item (id INTEGER PRIMARY KEY, shelf INTEGER NOT NULL, realm INTEGER NOT NULL, number INTEGER NOT NULL, "
            + "bytes BLOB NOT NULL)",
        "CREATE UNIQUE INDEX drop_number ON drop_item (shelf, realm, number)",
        "CREATE TABLE drop_box (shelf INTEGER, realm INTEGER, last INTEGER NOT NULL, items INTEGER NOT NULL, bytes INTEGER NOT NULL, "
            + "PRIMARY KEY (shelf, realm)) WITHOUT ROWID",
        "CREATE TABLE domain (name TEXT PRIMARY KEY, catch_all BLOB) WITHOUT ROWID",
        "CREATE TABLE account (account BLOB PRIMARY KEY, address TEXT NOT NULL UNIQUE, profile BLOB NOT NULL)",
        "CREATE TABLE address (address TEXT PRIMARY KEY, domain TEXT NOT NULL, account BLOB NOT NULL) WITHOUT ROWID",
        "CREATE INDEX address_account ON address (account, address)",
        "CREATE INDEX address_domain ON address (domain)",
        "CREATE TABLE device (id INTEGER PRIMARY KEY AUTOINCREMENT, account BLOB NOT NULL, device BLOB NOT NULL, slot BLOB NOT NULL)",
        "CREATE UNIQUE INDEX device_name ON device (account, device)",
    ];

    /// <summary>What version 2 has more: sizes of content, for quotas.</summary>
    private static readonly string[] VersionTwo =
    [
        "CREATE TABLE realm_usage (shelf INTEGER, realm INTEGER, bytes INTEGER NOT NULL, PRIMARY KEY (shelf, realm)) WITHOUT ROWID",
        "ALTER TABLE drop_item ADD COLUMN octets INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE drop_box ADD COLUMN octets INTEGER NOT NULL DEFAULT 0",
    ];

    /// <summary>Opens or creates the database and leaves the connection ready for the writer.</summary>
    /// <exception cref="StoreVersionException">It is not ours, or newer than this program.</exception>
    public static SqliteConnection OpenWriter(string path, SqliteOptions options)
    {
        var library = Sqlite3.VersionNumber();
        if (library < LibraryVersionMin)
        {
            throw new StoreVersionException(Invariant($"CompatBot needs SQLite 3.35.0 or newer; this machine has {library}."));
        }

        var connection = new SqliteConnection(path, create: true, options.Vfs);
        try
        {
            Prepare(connection, options.WriterCacheKib);
            Migrate(connection, options.PageBytes);
            connection.AddLogLayer();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static SqliteConnection OpenReader(string path, SqliteOptions options)
    {
        var connection = new SqliteConnection(path, create: false, options.Vfs);
        try
        {
            Prepare(connection, options.ReaderCacheKib);
            connection.Execute("PRAGMA query_only=ON");
            OpenLog(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A connection that only copies the log into the database.</summary>
    public static SqliteConnection OpenCheckpointer(string path, SqliteOptions options)
    {
        var connection = new SqliteConnection(path, create: false, options.Vfs);
        try
        {
            Prepare(connection, options.ReaderCacheKib);
            OpenLog(connection); // Before it a checkpoint does nothing.
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The first read opens the log.</summary>
    private static void OpenLog(SqliteConnection connection)
    {
        connection.Scalar("SELECT count(*) FROM store_version");
        connection.AddLogLayer();
    }

    private static void Prepare(SqliteConnection connection, int cacheKib)
    {
        _ = Sqlite3.BusyTimeout(connection.Handle, BusyMilliseconds);
        connection.Execute("PRAGMA synchronous=FULL");
        connection.Execute("PRAGMA temp_store=MEMORY");
        connection.Execute("PRAGMA secure_delete=ON");
        connection.Execute("PRAGMA wal_autocheckpoint=0");
        connection.Execute(Invariant($"PRAGMA cache_size=-{cacheKib}"));
    }

    private static void Migrate(SqliteConnection connection, int pageBytes)
    {
        var application = connection.Scalar("PRAGMA application_id");
        var version = connection.Scalar("PRAGMA user_version");
        var isEmpty = connection.Scalar("SELECT count(*) FROM sqlite_master") == 0;
        if (application != ApplicationId && !(isEmpty && application == 0 && version == 0))
        {
            throw new StoreVersionException("This database was not made by CompatBot. It was left as it is.");
        }

        if (version > Version)
        {
            throw new StoreVersionException(Invariant(
                $"This store has layout {version}; this program knows layouts up to {Version}. Use a newer program."));
        }

        if (isEmpty)
        {
            connection.Execute(Invariant($"PRAGMA page_size={pageBytes}"));
        }

        connection.Execute("PRAGMA journal_mode=WAL");
        connection.Execute("BEGIN IMMEDIATE");
        if (isEmpty)
        {
            foreach (var statement in VersionOne)
            {
                connection.Execute(statement);
            }

            connection.Execute(Invariant($"PRAGMA application_id={ApplicationId}"));
        }

        if (isEmpty || version < 2)
        {
            foreach (var statement in VersionTwo)
            {
                connection.Execute(statement);
            }
        }

        if (isEmpty || version < Version)
        {
            // Version 3 has no other tables: blobs have an epoch in `holders`, and may be in envelopes, which older programs do not open.
            connection.Execute(Invariant($"INSERT INTO store_version VALUES ({Version}, '{ProgramVersion}')"));
            connection.Execute(Invariant($"PRAGMA user_version={Version}"));
        }

        connection.Execute("UPDATE store_start SET starts = starts + 1");
        connection.Execute("COMMIT");
    }

    private static string ProgramVersion => typeof(SqliteSchema).Assembly.GetName().Version?.ToString(3) ?? "";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
