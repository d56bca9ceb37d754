using System.Runtime.InteropServices;
using CompatBot.Core.Store;
using CompatBot.Storage.Sqlite.Files;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>
/// Runs requests in transactions, and does what has to be done when the disk is full or fails. Used by one thread at a time.
/// </summary>
internal sealed class WriteTransactions(
    SqliteConnection connection, SqliteCheckpoints checkpoints, BlobFiles files, Reserve reserve, SqliteOptions options, TimeProvider time)
{
    /// <summary>How long an erasure holds up the writer for a reader that is in its way.</summary>
    private const int EraseWaitMilliseconds = 50;

    /// <summary>Free pages that a write which adds may not count on: trees grow in more than one place.</summary>
    private const int FreePagesMin = 256;

    private static readonly Query Begin = new("BEGIN IMMEDIATE");
    private static readonly Query Commit = new("COMMIT");

    private readonly SqliteShelves _shelves = new(connection, files, time);
    private readonly List<Refusal> _answers = [];
    private long? _failedAt;
    private long _repaidAt;

    /// <summary>The newest transaction did not go through.</summary>
    public bool LastFailed { get; private set; }

    /// <summary>Writes, and answers.</summary>
    public void Write(List<WriteRequest> requests)
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

    /// <summary>Whether <see cref="Repay"/> has something to do.</summary>
    public bool IsRepayDue => reserve.IsLent || (!reserve.IsWhole && time.GetElapsedTime(_repaidAt) >= options.RetryAfter);

    /// <summary>
    /// Takes the reserve back. What was written with it lies in the log: copied into the database, whose free pages take most of it,
    /// and the log cut, the room is there again.
    /// </summary>
    public void Repay()
    {
        _repaidAt = time.GetTimestamp();
        try
        {
            if (reserve.IsLent && _failedAt is null) TryTruncateLog();
        }
        catch (SqliteException error) when (error.Kind == Sqlite3.Full)
        {
            Report("checkpoint", error); // The log keeps everything; there may be room next time.
        }
        catch (SqliteException error)
        {
            FlushFailed(error);
        }

        reserve.TakeBack();
    }

    /// <summary>Cuts the log to nothing.</summary>
    /// <returns>False: readers stood in the way, or the disk failed.</returns>
    public bool TryErase()
    {
        try
        {
            return _failedAt is null && OnReserve(TryTruncateLog);
        }
        catch (SqliteException error) when (error.Kind == Sqlite3.Full)
        {
            Report("erase", error);
        }
        catch (SqliteException error)
        {
            FlushFailed(error);
        }

        return false;
    }

    private bool TryTruncateLog() => connection.TryTruncateLog(EraseWaitMilliseconds, SqliteSchema.BusyMilliseconds);

    /// <summary>Does something that must also work on a full disk.</summary>
    private T OnReserve<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException error) when (error.Kind == Sqlite3.Full && reserve.Lend())
        {
            return action();
        }
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
                || (connection.Scalar("PRAGMA freelist_count") - FreePagesMin) * options.PageBytes > 2 * request.Bytes;
        }
        catch (SqliteException)
        {
            return false; // Then the answer is that of the write itself.
        }
    }

    private void WriteAlone(WriteRequest request)
    {
        if (reserve.IsLent && !MayBorrow(request))
        {
            request.Complete(Refusal.StoreFull);
            return;
        }

        var error = _failedAt is not null ? null : TryCommit([request]);
        if (error is SqliteException { Kind: Sqlite3.Full } && _failedAt is null && MayBorrow(request) && reserve.Lend())
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
            checkpoints.Hurry();
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
            connection[Begin].Run();
            foreach (var request in requests)
            {
                _answers.Add(request.Run(_shelves));
            }

            connection[Commit].Run();
            _shelves.Committed();
            LastFailed = false;
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
            if (!connection.IsAutocommit)
            {
                connection.Execute("ROLLBACK");
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
        _failedAt = time.GetTimestamp();
        Report("flush", error);
    }

    /// <summary>
    /// After a failed flush nobody knows what the disk holds of the log's tail. So before anything else is acknowledged, all that
    /// was ever acknowledged is copied into the database, flushed there, and the log cut to nothing. Until that works, nothing is written.
    /// </summary>
    private bool TryHeal()
    {
        if (time.GetElapsedTime(_failedAt!.Value) < options.RetryAfter)
        {
            return false;
        }

        try
        {
            if (!connection.IsAutocommit)
            {
                connection.Execute("ROLLBACK");
            }

            var (log, copied) = OnReserve(() => connection.Checkpoint(Sqlite3.CheckpointTruncate));
            if (reserve.IsLent) reserve.TakeBack();
            if (log < 0 || log != copied)
            {
                _failedAt = time.GetTimestamp();
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
        LastFailed = true;
        options.Report?.Invoke(new StoreTrouble(step, (error as SqliteException)?.Code ?? error.HResult, error.Message));
    }
}
