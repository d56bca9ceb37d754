namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>From many callers to the one writer, in call order.</summary>
internal sealed class WriteQueue(SqliteOptions options)
{
    private readonly object _gate = new(); // Monitor, for its Wait: the writer is a thread, not a task.
    private readonly Queue<WriteRequest> _requests = new();
    private long _bytes;
    private bool _closed;

    /// <returns>False when the queue is closed or full; the request was not taken.</returns>
    public bool TryAdd(WriteRequest request)
    {
        lock (_gate)
        {
            if (_closed || _requests.Count >= options.QueuedRequestsMax || _bytes > options.QueuedBytesMax)
            {
                return false;
            }

            _bytes += request.Bytes;
            _requests.Enqueue(request);
            if (_requests.Count == 1)
            {
                Monitor.Pulse(_gate);
            }

            return true;
        }
    }

    /// <summary>Waits, then takes what one transaction may hold.</summary>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool Take(List<WriteRequest> batch)
    {
        batch.Clear();
        lock (_gate)
        {
            while (_requests.Count == 0)
            {
                if (_closed)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            var bytes = 0L;
            while (batch.Count < options.BatchRequestsMax && bytes < options.BatchBytesMax && _requests.TryDequeue(out var request))
            {
                bytes += request.Bytes;
                batch.Add(request);
            }

            _bytes -= bytes;
            return true;
        }
    }

    /// <summary>No further requests; what is queued is still taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }
}
