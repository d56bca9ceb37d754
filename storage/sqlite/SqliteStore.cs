using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Files;
using CompatBot.Storage.Sqlite.Native;
using CompatBot.Storage.Sqlite.Reading;
using CompatBot.Storage.Sqlite.Writing;

namespace CompatBot.Storage.Sqlite;

/// <summary>The embedded engine: one SQLite database, one writer that commits for everybody at once, readers in parallel.</summary>
public sealed class SqliteStore : IStore, IStoreHealth
{
    /// <summary>The database's name in the data directory.</summary>
    public const string FileName = "compatbot.db";

    private static readonly Query IntegrityCheck = new("PRAGMA integrity_check");

    private static readonly Query Totals = new(
        "SELECT (SELECT count(*) FROM account), coalesce(sum(items), 0), coalesce(sum(bytes), 0) FROM drop_box");

    private readonly StoreLock _lock;
    private readonly SqliteConnection _connection;
    private readonly SqliteCheckpoints _checkpoints;
    private readonly SqliteReaders _readers;
    private readonly SqliteWriter _writer;
    private readonly SqliteJanitor _janitor;
    private readonly FileThreads _fileThreads;
    private int _disposed;

    private SqliteStore(
        StoreLock storeLock,
        SqliteConnection connection,
        Reserve reserve,
        string directory,
        SqliteOptions options,
        TimeProvider time)
    {
        _lock = storeLock;
        _connection = connection;
        var path = Path.Combine(directory, FileName);
        var files = new BlobFiles(directory, connection.Scalar("SELECT starts FROM store_start"), options);
        _checkpoints = new SqliteCheckpoints(SqliteSchema.OpenCheckpointer(path, options), options);
        _readers = new SqliteReaders(path, options);
        _writer = new SqliteWriter(connection, _checkpoints, files, reserve, options, time);
        _janitor = new SqliteJanitor(_writer, _readers, files, options);
        _fileThreads = new FileThreads(options.FileThreads);
        var large = new LargeBlobs(files, _fileThreads, _readers, reserve, options);
        Journal = new SqliteJournal(_writer, _readers, large);
        Blobs = new SqliteBlobs(_writer, _readers, files, large);
        Snapshots = new SqliteSnapshots(_writer, _readers);
        Dropbox = new SqliteDropbox(_writer, _readers, large);
        Directory = new SqliteDirectory(_writer, _readers, _janitor);
    }

    public IJournalStore Journal { get; }

    public IBlobStore Blobs { get; }

    public ISnapshotStore Snapshots { get; }

    public IDropbox Dropbox { get; }

    public IDirectory Directory { get; }

    /// <summary>Done when everything that earlier processes left is cleared away.</summary>
    internal Task Tidied => _janitor.Tidied;

    /// <summary>Opens the store in a directory; makes both where there is none.</summary>
    /// <exception cref="StoreInUseException">Another process has it open.</exception>
    /// <exception cref="StoreVersionException">It is no CompatBot store, or of a newer version.</exception>
    /// <exception cref="IOException">The disk or SQLite failed.</exception>
    public static async ValueTask<SqliteStore> OpenAsync(
        string directory, SqliteOptions options, TimeProvider time, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return await Task.Run(() => Open(Path.GetFullPath(directory), options, time), cancellation);
    }

    public ValueTask<IReadOnlyList<string>> CheckAsync(CancellationToken cancellation) =>
        _readers.ReadAsync<bool, IReadOnlyList<string>>(static (connection, _) =>
        {
            var lines = new List<string>();
            try
            {
                var check = connection[IntegrityCheck];
                while (check.Step())
                {
                    lines.Add(check.Text(0));
                }
            }
            catch (SqliteException error) when (error.Kind == Sqlite3.Corrupt)
            {
                lines.Add(error.Message); // So damaged that the check itself cannot go on.
            }

            return lines is ["ok"] ? [] : lines;
        }, false, cancellation);

    /// <summary>The version of the SQLite library that was loaded, such as 3.40.1.</summary>
    public static Version LibraryVersion
    {
        get
        {
            var number = Sqlite3.VersionNumber();
            return new Version(number / 1_000_000, number / 1000 % 1000, number % 1000);
        }
    }

    public ValueTask<Refusal> ProbeAsync(CancellationToken cancellation) => _writer.ProbeAsync(cancellation);

    public async ValueTask<StoreTotals> TotalsAsync(CancellationToken cancellation)
    {
        var totals = await _readers.ReadAsync(static (connection, _) =>
        {
            var read = connection[Totals];
            read.Step();
            var result = new StoreTotals(read.Int64(0), read.Int64(1), read.Int64(2));
            read.Reset();
            return result;
        }, false, cancellation);
        _readers.VisitIdle(static connection =>
        {
            var (hits, misses) = connection.PageLookups();
            StorageMetrics.PageHits.Add(hits);
            StorageMetrics.PageMisses.Add(misses);
        });
        return totals;
    }

    /// <summary>Writes what is queued, refuses what comes later, and leaves one tidy database file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _janitor.DisposeAsync();
        await Task.Run(_fileThreads.Dispose); // It waits for the disk.
        try
        {
            await _writer.StopAsync();
        }
        finally
        {
            _readers.Dispose();
            _checkpoints.Dispose();
            _connection.Dispose(); // The last connection copies the log into the database and deletes it.
            _lock.Dispose();
        }
    }

    private static SqliteStore Open(string directory, SqliteOptions options, TimeProvider time)
    {
        CreateDirectory(directory, options.Disk);
        var storeLock = StoreLock.Take(directory);
        try
        {
            var reserve = new Reserve(directory, options);
            try
            {
                return Open(storeLock, reserve, directory, options, time);
            }
            catch (IOException error) when (IsFull(error) && reserve.Lend())
            {
                return Open(storeLock, reserve, directory, options, time);
            }
        }
        catch
        {
            storeLock.Dispose();
            throw;
        }
    }

    private static SqliteStore Open(
        StoreLock storeLock, Reserve reserve, string directory, SqliteOptions options, TimeProvider time)
    {
        SqliteConnection? connection = null;
        try
        {
            CreateFile(Path.Combine(directory, FileName));
            connection = SqliteSchema.OpenWriter(Path.Combine(directory, FileName), options);
            options.Disk.FlushDirectory(directory);
            var store = new SqliteStore(storeLock, connection, reserve, directory, options, time);
            store._writer.Start();
            store._janitor.Start();
            return store;
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    private static bool IsFull(IOException error) => error is SqliteException sqlite
        ? sqlite.Kind == Sqlite3.Full || sqlite.Code is Sqlite3.IoErrorSharedMemorySize or Sqlite3.IoErrorWrite
        : DiskSpace.IsFull(error.HResult);

    /// <summary>For the owner alone, as addresses are in it; the log takes over the database's mode.</summary>
    private static void CreateFile(string path)
    {
        if (File.Exists(path) || OperatingSystem.IsWindows())
        {
            return;
        }

        var ours = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        File.Open(path, ours).Dispose();
    }

    private static void CreateDirectory(string directory, BlobDisk disk)
    {
        if (!System.IO.Directory.Exists(directory))
        {
            BlobFiles.CreateFolder(directory);
            disk.FlushDirectory(Path.GetDirectoryName(directory) ?? directory);
        }
    }
}
