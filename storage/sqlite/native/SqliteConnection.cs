using System.Runtime.InteropServices;

namespace CompatBot.Storage.Sqlite.Native;

/// <summary>One connection, used by one thread at a time, whichever (opened without SQLite's own mutexes).</summary>
internal sealed unsafe class SqliteConnection : IDisposable
{
    private SqliteStatement?[] _statements = new SqliteStatement?[Query.Count];
    private readonly List<FileLayer> _layers = [];
    private nint _handle;

    public SqliteConnection(string path, bool create, string? vfs)
    {
        var flags = Sqlite3.OpenReadWrite | Sqlite3.OpenNoMutex | (create ? Sqlite3.OpenCreate : 0);
        var code = Sqlite3.Open(path, out _handle, flags, vfs);
        if (code == Sqlite3.Ok) code = AddLayer(Sqlite3.FileControlFilePointer);
        if (code != Sqlite3.Ok)
        {
            var error = Error(code);
            Dispose();
            throw error;
        }

        _ = Sqlite3.ExtendedResultCodes(_handle, 1);
    }

    public nint Handle => _handle;

    /// <summary>Lets the log have a layer too, once SQLite has it open.</summary>
    public void AddLogLayer() => Check(AddLayer(Sqlite3.FileControlJournalPointer));

    /// <summary>True while no transaction is open; some errors end one by themselves.</summary>
    public bool IsAutocommit => Sqlite3.GetAutocommit(_handle) != 0;

    /// <summary>Rows that the last INSERT, UPDATE or DELETE changed.</summary>
    public int Changes => Sqlite3.Changes(_handle);

    public long LastRowId => Sqlite3.LastInsertRowId(_handle);

    /// <summary>The statement of a query, prepared at its first use and kept.</summary>
    public SqliteStatement this[Query query]
    {
        get
        {
            if (query.Index >= _statements.Length)
            {
                Array.Resize(ref _statements, Query.Count);
            }

            return _statements[query.Index] ??= new SqliteStatement(this, query.Sql);
        }
    }

    public void Execute(string sql)
    {
        using var statement = new SqliteStatement(this, sql);
        while (statement.Step())
        {
            // A pragma answers with a row that nobody needs.
        }
    }

    public long Scalar(string sql)
    {
        using var statement = new SqliteStatement(this, sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    /// <returns>Frames in the log and frames copied into the database; -1 when another checkpoint or a reader was in the way.</returns>
    public (int Log, int Copied) Checkpoint(int mode)
    {
        var code = Sqlite3.Checkpoint(_handle, null, mode, out var log, out var copied);
        if ((code & 0xFF) != Sqlite3.Busy)
        {
            Check(code);
        }

        return (log, copied);
    }

    /// <summary>
    /// Copies the whole log into the database, cuts it to length zero and forgets the pages in the cache: in their unused middle
    /// (<see cref="PageGaps"/>) may be what the file no longer has.
    /// </summary>
    /// <returns>False when another checkpoint or a reader was in the way longer than <paramref name="patienceMilliseconds"/>.</returns>
    public bool TryTruncateLog(int patienceMilliseconds, int usualMilliseconds)
    {
        _ = Sqlite3.BusyTimeout(_handle, patienceMilliseconds);
        try
        {
            var code = Sqlite3.Checkpoint(_handle, null, Sqlite3.CheckpointTruncate, out _, out _);
            if ((code & 0xFF) == Sqlite3.Busy)
            {
                return false;
            }

            Check(code);
            _ = Sqlite3.ReleaseMemory(_handle);
            return true;
        }
        finally
        {
            _ = Sqlite3.BusyTimeout(_handle, usualMilliseconds);
        }
    }

    /// <summary>Pages that were in the cache, and that were not, since the last call.</summary>
    public (int Hits, int Misses) PageLookups()
    {
        _ = Sqlite3.Status(_handle, Sqlite3.StatusCacheHit, out var hits, out _, reset: 1);
        _ = Sqlite3.Status(_handle, Sqlite3.StatusCacheMiss, out var misses, out _, reset: 1);
        return (hits, misses);
    }

    public void Check(int code)
    {
        if (code != Sqlite3.Ok)
        {
            throw Error(code);
        }
    }

    public SqliteException Error(int code) =>
        new(code, _handle == 0 ? "no connection" : Marshal.PtrToStringUTF8((nint)Sqlite3.ErrorMessage(_handle)) ?? "");

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement?.Dispose();
        }

        Array.Clear(_statements);
        _ = Sqlite3.Close(_handle); // close_v2 cannot fail.
        _handle = 0;
        _layers.ForEach(layer => layer.Dispose());
        _layers.Clear();
    }

    private int AddLayer(int what)
    {
        nint file = 0;
        var code = Sqlite3.FileControl(_handle, "main", what, &file);
        if (code == Sqlite3.Ok && file != 0 && *(nint*)file != 0) _layers.Add(FileLayer.Attach(file, _layers.FirstOrDefault()));
        return code;
    }
}
