using System.Collections.Concurrent;

namespace CompatBot.Storage.Sqlite.Files;

/// <summary>
/// A few threads that wait for the disk, so that the thread pool, which everything else runs on, does not: a flush blocks its thread.
/// </summary>
internal sealed class FileThreads : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly List<Thread> _threads = [];

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
        try
        {
            _work.Add(() =>
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
        }
        catch (InvalidOperationException) when (_work.IsAddingCompleted)
        {
            throw new ObjectDisposedException(nameof(SqliteStore));
        }

        return done.Task;
    }

    /// <summary>Finishes what was begun.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _threads.ForEach(thread => thread.Join());
    }

    private void Loop()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }
}
