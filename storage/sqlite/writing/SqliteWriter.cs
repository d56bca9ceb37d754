using System.Runtime.InteropServices;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Files;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>The one thread that writes: takes all that waits, runs it in one transaction, commits, then answers everybody.</summary>
internal sealed class SqliteWriter
{
    /// <summary>How often an erasure that met a reader or a checkpoint is tried again, and how long it waits in between.</summary>
    private const int EraseAttemptsMax = 50;

    private static readonly TimeSpan ErasePause = TimeSpan.FromMilliseconds(100);

    /// <summary>How long an erasure holds up the writer for a reader that is in its way.</summary>
    private const int EraseWaitMilliseconds = 50;

    /// <summary>Free pages that a write which adds may not count on: trees grow in more than one place.</summary>
    private const int FreePagesMin = 256;

    private static readonly Query Begin = new("BEGIN IMMEDIATE");
    private static readonly Query Commit = new("COMMIT");

    // Together they change nothing, but go all the way to the disk (which an UPDATE with an equal value does not).
    private static readonly Query TouchDisk = new("INSERT INTO doomed_shelf (id) VALUES (-1)");
    private static readonly Query UntouchDisk = new("DELETE FROM doomed_shelf WHERE id = -1");

    private readonly SqliteConnection _connection;
    private readonly SqliteShelves _shelves;
    private readonly SqliteCheckpoints _checkpoints;
    private readonly SqliteOptions _options;
    private readonly TimeProvider _time;
    private readonly Reserve _reserve;
    private readonly WriteQueue _queue;
    private readonly List<WriteRequest> _batch = [];
    private readonly List<Refusal> _answers = [];
    private readonly List<TaskCompletionSource<bool>> _erasures = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long? _failedAt;
    private long _repaidAt;
    private bool _lastFailed;

    public SqliteWriter(
        SqliteConnection connection,
        SqliteCheckpoints checkpoints,
        BlobFiles files,
        Reserve reserve,
        SqliteOptions options,
        TimeProvider time)
    {
        _reserve = reserve;
        _connection = connection;
        _checkpoints = checkpoints;
        _shelves = new SqliteShelves(connection, files, time);
        _options = options;
        _time = time;
        _queue = new WriteQueue(options);
        checkpoints.Attach(connection);
    }

    public void Start()
    {
        Repay();
        new Thread(Loop) { IsBackground = true, Name = "store writer" }.Start();
    }

    /// <summary>Queues in call order. After that it is no longer cancelled: the caller learns what became of it.</summary>
    public ValueTask<Refusal> WriteAsync(Func<SqliteShelves, Refusal> run, long bytes, CancellationToken cancellation) =>
        WriteAsync(run, bytes, WriteAim.Add, cancellation);

    public ValueTask<Refusal> WriteAsync(
        Func<SqliteShelves, Refusal> run, long bytes, WriteAim aim, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Refusal>(cancellation);
        }

        var request = new WriteRequest(run, bytes, aim);
        return _queue.TryAdd(request) ? request.Completion : ValueTask.FromResult(Refusal.Unavailable);
    }

    /// <summary>Cuts the log to nothing: with secure_delete, what was deleted is then in no file any more.</summary>
    /// <returns>None; or Unavailable when readers stood in the way all the time, or the disk failed.</returns>
    public async ValueTask<Refusal> EraseAsync(CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var erased = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            var refusal = await WriteAsync(_ =>
            {
                _erasures.Add(erased);
                return Refusal.None;
            }, 0, WriteAim.Free, cancellation);
            if (refusal != Refusal.None || await erased.Task) return refusal;
            if (attempt == EraseAttemptsMax) return Refusal.Unavailable;
            await Task.Delay(ErasePause, _time, cancellation);
        }
    }

    /// <summary>Whether a write is taken now: writes for real only when the last one failed.</summary>
    public ValueTask<Refusal> ProbeAsync(CancellationToken cancellation) => WriteAsync(
        shelves =>
        {
            if (!_lastFailed) return Refusal.None;
            shelves.Connection[TouchDisk].Run();
            shelves.Connection[UntouchDisk].Run();
            return Refusal.None;
        }, 0, cancellation);

    /// <summary>Writes what is queued, then ends the thread.</summary>
    public Task StopAsync()
    {
        _queue.Close();
        return _ended.Task;
    }

    private void Loop()
    {
        try
        {
            while (_queue.Take(_batch))
            {
                StorageMetrics.BatchRequests.Record(_batch.Count);
                Write(_batch);
                _checkpoints.AfterCommit(_connection);
                Erase();
                if (_reserve.IsLent || IsRepayDue()) Repay();
                var (hits, misses) = _connection.PageLookups();
                StorageMetrics.PageHits.Add(hits);
                StorageMetrics.PageMisses.Add(misses);
            }

            _ended.SetResult();
        }
        catch (Exception error)
        {
            // A bug: nothing more may be promised, so nobody is left waiting.
            _queue.Close();
            do
            {
                _batch.ForEach(request => request.Fail(error));
            }
            while (_queue.Take(_batch));
            _erasures.ForEach(erasure => erasure.TrySetException(error));
            _ended.SetException(error);
        }
    }

    private void Erase()
    {
        if (_erasures.Count == 0)
        {
            return;
        }

        var erased = false;
        try
        {
            erased = _failedAt is null && OnReserve(TryTruncateLog);
        }
        catch (SqliteException error) when (error.Kind == Sqlite3.Full)
        {
            Report("erase", error);
        }
        catch (SqliteException error)
        {
            FlushFailed(error);
        }

        _erasures.ForEach(erasure => erasure.TrySetResult(erased));
        _erasures.Clear();
    }

    private void Write(List<WriteRequest> requests)
    {
        if (_failedAt is not null && !TryHeal())
        {
            requests.ForEach(request => request.Complete(Refusal.Unavailable));
            return;
        }

        var error = TryCommit(CollectionsMarshal.AsSpan(requests));
        if (error is null)
        {
            Answer(requests);
        }
        else if (IsDiskTrouble(error))
        {
            FlushFailed(error);
            requests.ForEach(request => request.Complete(Refusal.Unavailable));
        }
        else
        {
            // Somebody asks for more than there is room for, or has a bug: find out who, so that the others get through.
            requests.ForEach(WriteAlone);
        }
    }

    private bool TryTruncateLog() => _connection.TryTruncateLog(EraseWaitMilliseconds, SqliteSchema.BusyMilliseconds);

    /// <summary>Does something that must also work on a full disk.</summary>
    private T OnReserve<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException error) when (error.Kind == Sqlite3.Full && _reserve.Lend())
        {
            return action();
        }
    }

    private bool IsRepayDue() => !_reserve.IsWhole && _time.GetElapsedTime(_repaidAt) >= _options.RetryAfter;

    /// <summary>
    /// Takes the reserve back. What was written with it lies in the log: copied into the database, whose free pages take most of it,
    /// and the log cut, the room is there again.
    /// </summary>
    private void Repay()
    {
        _repaidAt = _time.GetTimestamp();
        try
        {
            if (_reserve.IsLent && _failedAt is null) TryTruncateLog();
        }
        catch (SqliteException error) when (error.Kind == Sqlite3.Full)
        {
            Report("checkpoint", error); // The log keeps everything; there may be room next time.
        }
        catch (SqliteException error)
        {
            FlushFailed(error);
        }

        _reserve.TakeBack();
    }

    /// <summary>
    /// Whether a request may use the reserve: it frees, or what it adds fits into pages that the database has free, so that all
    /// that it needs of the disk is the log for a moment.
    /// </summary>
    private bool MayBorrow(WriteRequest request)
    {
        try
        {
            return request.Aim == WriteAim.Free
                || (_connection.Scalar("PRAGMA freelist_count") - FreePagesMin) * _options.PageBytes > 2 * request.Bytes;
        }
        catch (SqliteException)
        {
            return false; // Then the answer is that of the write itself.
        }
    }

    private void WriteAlone(WriteRequest request)
    {
        if (_reserve.IsLent && !MayBorrow(request))
        {
            request.Complete(Refusal.StoreFull);
            return;
        }

        var error = _failedAt is not null ? null : TryCommit([request]);
        if (error is SqliteException { Kind: Sqlite3.Full } && _failedAt is null && MayBorrow(request) && _reserve.Lend())
        {
            error = TryCommit([request]);
        }

        if (_failedAt is not null)
        {
            request.Complete(Refusal.Unavailable);
        }
        else if (error is null)
        {
            request.Complete(_answers[0]);
        }
        else if (error is SqliteException { Kind: Sqlite3.Full })
        {
            Report("write", error);
            _checkpoints.Hurry();
            request.Complete(Refusal.StoreFull);
        }
        else if (IsDiskTrouble(error))
        {
            FlushFailed(error);
            request.Complete(Refusal.Unavailable);
        }
        else
        {
            Report("write", error);
            request.Fail(error);
        }
    }

    private void Answer(List<WriteRequest> requests)
    {
        for (var i = 0; i < requests.Count; i++)
        {
            requests[i].Complete(_answers[i]);
        }
    }

    /// <returns>Null when all is durable (or was refused, see the answers); else why nothing of it is.</returns>
    private Exception? TryCommit(ReadOnlySpan<WriteRequest> requests)
    {
        _answers.Clear();
        try
        {
            _connection[Begin].Run();
            foreach (var request in requests)
            {
                _answers.Add(request.Run(_shelves));
            }

            _connection[Commit].Run();
            _shelves.Committed();
            _lastFailed = false;
            return null;
        }
        catch (Exception error)
        {
            Rollback();
            return error;
        }
    }

    private void Rollback()
    {
        _shelves.RolledBack();
        try
        {
            if (!_connection.IsAutocommit)
            {
                _connection.Execute("ROLLBACK");
            }
        }
        catch (SqliteException error)
        {
            FlushFailed(error);
        }
    }

    /// <summary>True for trouble with the disk or the database as a whole; false for what one request can cause alone.</summary>
    private static bool IsDiskTrouble(Exception error) => error is SqliteException
    {
        Kind: Sqlite3.IoError or Sqlite3.Corrupt or Sqlite3.CannotOpen or Sqlite3.NotADatabase or Sqlite3.ReadOnly or Sqlite3.Busy
            or Sqlite3.NoMemory,
    };

    private void FlushFailed(Exception error)
    {
        _failedAt = _time.GetTimestamp();
        Report("flush", error);
    }

    /// <summary>
    /// After a failed flush nobody knows what the disk holds of the log's tail. So before anything else is acknowledged, all that
    /// was ever acknowledged is copied into the database, flushed there, and the log cut to nothing. Until that works, nothing is written.
    /// </summary>
    private bool TryHeal()
    {
        if (_time.GetElapsedTime(_failedAt!.Value) < _options.RetryAfter)
        {
            return false;
        }

        try
        {
            if (!_connection.IsAutocommit)
            {
                _connection.Execute("ROLLBACK");
            }

            var (log, copied) = OnReserve(() => _connection.Checkpoint(Sqlite3.CheckpointTruncate));
            if (_reserve.IsLent) _reserve.TakeBack();
            if (log < 0 || log != copied)
            {
                _failedAt = _time.GetTimestamp();
                return false;
            }

            _failedAt = null;
            return true;
        }
        catch (SqliteException error)
        {
            FlushFailed(error);
            return false;
        }
    }

    private void Report(string step, Exception error)
    {
        _lastFailed = true;
        _options.Report?.Invoke(new StoreTrouble(step, (error as SqliteException)?.Code ?? error.HResult, error.Message));
    }
}
