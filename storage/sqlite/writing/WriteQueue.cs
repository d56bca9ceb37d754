namespace CompatBot.Storage.Sqlite.Writing;

/// <summary>From many callers to the one who writes, in call order. Whoever has the turn writes, until he ends it.</summary>
internal sealed class WriteQueue(SqliteOptions options)
{
    /// <summary>Batches of one request, on end, after which a caller may write: where many write, one for all is faster.</summary>
    private const int AloneMin = 8;

    private readonly object _gate = new(); // Monitor, for its Wait: the writer is a thread, not a task.
    private readonly Queue<WriteRequest> _requests = new();
    private long _bytes;
    private bool _isTurnTaken;
    private int _alone;
    private bool _isUpkeepDue;
    private bool _closed;

    /// <param name="request">To write.</param>
    /// <param name="isTurn">
    /// The request was not queued: the caller writes, as nobody does, and nobody else wanted to for some time. That saves it the way to
    /// another thread and back.
    /// </param>
    /// <returns>False when the queue is closed or full; the request was not taken.</returns>
    public bool TryAdd(WriteRequest request, out bool isTurn)
    {
        lock (_gate)
        {
            isTurn = false;
            if (_closed || _requests.Count >= options.QueuedRequestsMax || _bytes > options.QueuedBytesMax)
            {
                return false;
            }

            if (request.MayWriteHere && _alone >= AloneMin && !_isTurnTaken && !_isUpkeepDue && _requests.Count == 0)
            {
                isTurn = _isTurnTaken = true;
                return true;
            }

            if (_isTurnTaken) _alone = 0;
            _bytes += request.Bytes;
            _requests.Enqueue(request);
            if (_requests.Count == 1 && !_isTurnTaken)
            {
                Monitor.Pulse(_gate);
            }

            return true;
        }
    }

    /// <summary>Waits for the turn, and takes what one transaction may hold: nothing where upkeep is due, which comes first.</summary>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool Take(List<WriteRequest> batch)
    {
        lock (_gate)
        {
            while (_isTurnTaken || (_requests.Count == 0 && !_isUpkeepDue))
            {
                if (_closed && !_isTurnTaken)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            batch.Clear();
            _isTurnTaken = true;
            if (_isUpkeepDue)
            {
                _isUpkeepDue = false;
                return true;
            }

            var bytes = 0L;
            while (batch.Count < options.BatchRequestsMax && bytes < options.BatchBytesMax && _requests.TryDequeue(out var request))
            {
                bytes += request.Bytes;
                batch.Add(request);
            }

            _bytes -= bytes;
            _alone = batch.Count == 1 ? _alone + 1 : 0;
            return true;
        }
    }

    /// <summary>Ends the turn that TryAdd or Take gave.</summary>
    /// <param name="isUpkeepDue">Wakes who waits in Take, whether there are requests or not.</param>
    public void EndTurn(bool isUpkeepDue = false)
    {
        lock (_gate)
        {
            _isTurnTaken = false;
            _isUpkeepDue |= isUpkeepDue;
            if (_requests.Count > 0 || _isUpkeepDue || _closed)
            {
                Monitor.Pulse(_gate);
            }
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
