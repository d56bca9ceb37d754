using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Files;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>
/// One writes at a time: takes all that waits, runs it in one transaction, commits, then answers everybody. That is a thread of its own,
/// or a caller who comes while nobody else does.
/// </summary>
internal sealed class SqliteWriter
{
    /// <summary>How often an erasure that met a reader or a checkpoint is tried again, and how long it waits in between.</summary>
    private const int EraseAttemptsMax = 50;

    private static readonly TimeSpan ErasePause = TimeSpan.FromMilliseconds(100);

    // Together they change nothing, but go all the way to the disk (which an UPDATE with an equal value does not).
    private static readonly Query TouchDisk = new("INSERT INTO doomed_shelf (id) VALUES (-1)");
    private static readonly Query UntouchDisk = new("DELETE FROM doomed_shelf WHERE id = -1");

    private readonly SqliteConnection _connection;
    private readonly SqliteCheckpoints _checkpoints;
    private readonly WriteTransactions _transactions;
    private readonly TimeProvider _time;
    private readonly WriteQueue _queue;
    private readonly List<WriteRequest> _batch = [];
    private readonly List<TaskCompletionSource<bool>> _erasures = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _bug;

    public SqliteWriter(
        SqliteConnection connection,
        SqliteCheckpoints checkpoints,
        BlobFiles files,
        Reserve reserve,
        SqliteOptions options,
        TimeProvider time)
    {
        _connection = connection;
        _checkpoints = checkpoints;
        _transactions = new WriteTransactions(connection, checkpoints, files, reserve, options, time);
        _time = time;
        _queue = new WriteQueue(options);
        checkpoints.Attach(connection);
    }

    public void Start()
    {
        _transactions.Repay();
        new Thread(Loop) { IsBackground = true, Name = "store writer" }.Start();
    }

    /// <summary>Queues in call order. After that it is no longer cancelled: the caller learns what became of it.</summary>
    public ValueTask<Refusal> WriteAsync(Func<SqliteShelves, Refusal> run, long bytes, CancellationToken cancellation) =>
        WriteAsync(run, bytes, WriteAim.Add, cancellation);

    public ValueTask<Refusal> WriteAsync(
        Func<SqliteShelves, Refusal> run, long bytes, WriteAim aim, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested
            ? ValueTask.FromCanceled<Refusal>(cancellation)
            : WriteAsync(new WriteRequest(run, bytes, aim));

    /// <summary>The same.</summary>
    public ValueTask<Refusal> WriteAsync(WriteRequest request)
    {
        if (!_queue.TryAdd(request, out var isTurn)) return ValueTask.FromResult(Refusal.Unavailable);
        if (isTurn) WriteHere(request);
        return request.Completion;
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
            if (!_transactions.LastFailed) return Refusal.None;
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

    /// <summary>Has the turn, and leaves what is due beside it to the thread.</summary>
    private void WriteHere(WriteRequest request)
    {
        _batch.Clear();
        _batch.Add(request);
        try
        {
            WriteBatch();
        }
        catch (Exception error)
        {
            _queue.Close();
            request.Fail(error);
            _bug = error;
        }

        _queue.EndTurn(_bug is not null || _checkpoints.IsDue || _erasures.Count > 0 || _transactions.IsRepayDue);
    }

    private void Loop()
    {
        try
        {
            while (_queue.Take(_batch) && _bug is null)
            {
                if (_batch.Count > 0) WriteBatch();
                _checkpoints.AfterCommit(_connection);
                Erase();
                if (_transactions.IsRepayDue) _transactions.Repay();
                _queue.EndTurn();
            }

            if (_bug is not null) throw new InvalidOperationException("A write ended with a bug", _bug);
            _ended.SetResult();
        }
        catch (Exception error)
        {
            // A bug: nothing more may be promised, so nobody is left waiting.
            _queue.Close();
            do
            {
                _batch.ForEach(request => request.Fail(error));
                _queue.EndTurn();
            }
            while (_queue.Take(_batch));
            _erasures.ForEach(erasure => erasure.TrySetException(error));
            _ended.SetException(error);
        }
    }

    private void WriteBatch()
    {
        StorageMetrics.BatchRequests.Record(_batch.Count);
        _transactions.Write(_batch);
        var (hits, misses) = _connection.PageLookups();
        StorageMetrics.PageHits.Add(hits);
        StorageMetrics.PageMisses.Add(misses);
    }

    private void Erase()
    {
        if (_erasures.Count == 0)
        {
            return;
        }

        var erased = _transactions.TryErase();
        _erasures.ForEach(erasure => erasure.TrySetResult(erased));
        _erasures.Clear();
    }
}
