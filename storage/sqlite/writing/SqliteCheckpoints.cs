using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>
/// Copies the write-ahead log into the database beside the writer. Most of it happens on a thread of its own; the writer only copies
/// the few pages that came meanwhile, after which SQLite starts the log again at its beginning. When the log gets long although, the
/// writer waits: the reserve must have room for what is not copied yet.
/// </summary>
internal sealed unsafe class SqliteCheckpoints : IDisposable
{
    /// <summary>So many times as long as where the copying begins, the log may get before the writer waits.</summary>
    private const int BehindFactor = 4;

    private readonly SqliteConnection _connection;
    private readonly SqliteOptions _options;
    private readonly SemaphoreSlim _wanted = new(0);
    private readonly ManualResetEventSlim _idle = new(true);
    private readonly Thread _thread;
    private readonly int* _logPages = (int*)NativeMemory.AllocZeroed(sizeof(int));
    private volatile bool _caughtUp;
    private volatile bool _stopping;

    public SqliteCheckpoints(SqliteConnection connection, SqliteOptions options)
    {
        _connection = connection;
        _options = options;
        _thread = new Thread(Loop) { IsBackground = true, Name = "store checkpoint" };
        _thread.Start();
    }

    /// <summary>Has SQLite note the length of the log after each of the writer's commits.</summary>
    public void Attach(SqliteConnection writer) => _ = Sqlite3.WalHook(writer.Handle, &Committed, (nint)_logPages);

    /// <summary>Whether <see cref="AfterCommit"/> has something to do.</summary>
    public bool IsDue => _caughtUp || IsBehind || (_idle.IsSet && *_logPages >= _options.CheckpointPages);

    private bool IsBehind => *_logPages >= (long)BehindFactor * _options.CheckpointPages;

    /// <summary>By who has the turn: copies soon, however short the log is, so that a full disk gets the log's room again.</summary>
    public void Hurry() => *_logPages = Math.Max(*_logPages, _options.CheckpointPages);

    /// <summary>On the writer's thread, between two transactions.</summary>
    public void AfterCommit(SqliteConnection writer)
    {
        if (IsBehind) _idle.Wait(); // This thread has nothing else to do.
        if (_caughtUp)
        {
            _caughtUp = false;
            Copy(writer);
            *_logPages = 0;
        }
        else if (IsDue)
        {
            _idle.Reset();
            _wanted.Release();
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _wanted.Release();
        _thread.Join();
        _wanted.Dispose();
        _idle.Dispose();
        _connection.Dispose();
        NativeMemory.Free(_logPages);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Committed(nint context, nint connection, byte* database, int pages)
    {
        *(int*)context = pages;
        StorageMetrics.Fsyncs.Add();
        return Sqlite3.Ok;
    }

    private void Loop()
    {
        _wanted.Wait();
        while (!_stopping)
        {
            Copy(_connection);
            _caughtUp = true;
            _idle.Set();
            _wanted.Wait();
        }
    }

    /// <summary>A checkpoint that fails loses nothing: the log still has everything, and the next one copies it again.</summary>
    private void Copy(SqliteConnection connection)
    {
        try
        {
            connection.Checkpoint(Sqlite3.CheckpointPassive);
            StorageMetrics.Fsyncs.Add();
        }
        catch (SqliteException error)
        {
            _options.Report?.Invoke(new StoreTrouble("checkpoint", error.Code, error.Message));
        }
    }
}
