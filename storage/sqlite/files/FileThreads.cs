namespace CompatBot.Storage.Sqlite.Files;

/// <summary>
/// A few threads that wait for the disk, so that the thread pool, which everything else runs on, does not: a flush blocks its thread.
/// </summary>
internal sealed class FileThreads : IDisposable
{
    private readonly object _gate = new(); // Monitor, for its Wait: whoever has nothing to do does not spin.
    private readonly Queue<Action> _work = new();
    private readonly List<Thread> _threads = [];
    private bool _closed;

    public FileThreads(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var thread = new Thread(Loop) { IsBackground = true, Name = "store files" };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(SqliteStore));
            _work.Enqueue(() =>
            {
                try
                {
                    done.SetResult(work());
                }
                catch (Exception error)
                {
                    done.SetException(error);
                }
            });
            Monitor.Pulse(_gate);
        }

        return done.Task;
    }

    /// <summary>Finishes what was begun.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }

        _threads.ForEach(thread => thread.Join());
    }

    private void Loop()
    {
        while (Take() is { } work) work();
    }

    /// <returns>Null when the threads shall end and all is done.</returns>
    private Action? Take()
    {
        lock (_gate)
        {
            while (_work.Count == 0 && !_closed) Monitor.Wait(_gate);
            return _work.TryDequeue(out var work) ? work : null;
        }
    }
}
