using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.Storage.Sqlite.Reading;

/// <summary>Connections that read in parallel with each other and with the writer; each sees only what is committed and flushed.</summary>
internal sealed class SqliteReaders(string path, SqliteOptions options) : IDisposable
{
    private readonly Stack<SqliteConnection> _idle = new();
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _slots = new(options.ReadersMax);
    private bool _closed;

    /// <summary>Runs a short read; nothing of the connection may be used afterwards.</summary>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public async ValueTask<T> ReadAsync<TState, T>(Func<SqliteConnection, TState, T> read, TState state, CancellationToken cancellation)
    {
        await _slots.WaitAsync(cancellation);
        try
        {
            var connection = Take();
            T result;
            try
            {
                result = read(connection, state);
            }
            catch
            {
                connection.Dispose(); // A statement may be in the middle of its rows.
                throw;
            }

            GiveBack(connection);
            return result;
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            while (_idle.TryPop(out var connection))
            {
                connection.Dispose();
            }
        }
    }

    /// <summary>Looks at the connections that nobody uses at this moment.</summary>
    public void VisitIdle(Action<SqliteConnection> visit)
    {
        lock (_lock)
        {
            foreach (var connection in _idle) visit(connection);
        }
    }

    private SqliteConnection Take()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(SqliteStore));
            if (_idle.TryPop(out var connection))
            {
                return connection;
            }
        }

        return SqliteSchema.OpenReader(path, options);
    }

    private void GiveBack(SqliteConnection connection)
    {
        lock (_lock)
        {
            if (!_closed)
            {
                _idle.Push(connection);
                return;
            }
        }

        connection.Dispose();
    }
}
