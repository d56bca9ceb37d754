using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Files;
using CompatBot.Storage.Sqlite.Native;
using CompatBot.Storage.Sqlite.Reading;
using CompatBot.Storage.Sqlite.Writing;

namespace CompatBot.Storage.Sqlite;

/// <summary>The embedded engine: one SQLite database, one writer that commits for everybody at once, readers in parallel.</summary>
public sealed class SqliteStore : IStore
{
    /// <summary>The database's name in the data directory.</summary>
    public const string FileName = "compatbot.db";

    private readonly StoreLock _lock;
    private readonly SqliteConnection _connection;
    private readonly SqliteCheckpoints _checkpoints;
    private readonly SqliteReaders _readers;
    private readonly SqliteWriter _writer;
    private readonly SqliteJanitor _janitor;
    private int _disposed;

    private SqliteStore(StoreLock storeLock, SqliteConnection connection, string directory, SqliteOptions options, TimeProvider time)
    {
        _lock = storeLock;
        _connection = connection;
        var path = Path.Combine(directory, FileName);
        var files = new BlobFiles(directory, connection.Scalar("SELECT starts FROM store_start"), options);
        _checkpoints = new SqliteCheckpoints(SqliteSchema.OpenCheckpointer(path, options), options);
        _readers = new SqliteReaders(path, options);
        _writer = new SqliteWriter(connection, _checkpoints, files, options, time);
        _janitor = new SqliteJanitor(_writer, _readers, files, options);
        var large = new LargeBlobs(files, _readers, options);
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

    /// <summary>Writes what is queued, refuses what comes later, and leaves one tidy database file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _janitor.DisposeAsync();
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
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteSchema.OpenWriter(Path.Combine(directory, FileName), options);
            options.Disk.FlushDirectory(directory);
            var store = new SqliteStore(storeLock, connection, directory, options, time);
            store._writer.Start();
            store._janitor.Start();
            return store;
        }
        catch
        {
            connection?.Dispose();
            storeLock.Dispose();
            throw;
        }
    }

    private static void CreateDirectory(string directory, BlobDisk disk)
    {
        if (System.IO.Directory.Exists(directory))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            System.IO.Directory.CreateDirectory(directory);
        }
        else
        {
            System.IO.Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        disk.FlushDirectory(Path.GetDirectoryName(directory) ?? directory);
    }
}
