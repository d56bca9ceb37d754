using CompatBot.Core.Store;

namespace CompatBot.Storage.Memory;

/// <summary>What all parts of a memory store share: the lock, and one shelf for each account that owns anything.</summary>
internal sealed class MemoryShelves(TimeProvider time)
{
    private readonly Dictionary<AccountId, MemoryShelf> _shelves = [];
    private readonly Lock _lock = new();
    private bool _closed;

    /// <summary>Whole hours since 1970: when blobs that are put now were put.</summary>
    public long Hour => StoreArguments.HourOf(time.GetUtcNow());

    /// <summary>Runs a write alone; Unavailable once closed.</summary>
    public ValueTask<Refusal> WriteAsync(Func<MemoryShelves, Refusal> write, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<Refusal>(cancellation);
        }

        lock (_lock)
        {
            return ValueTask.FromResult(_closed ? Refusal.Unavailable : write(this));
        }
    }

    /// <summary>Runs a read alone; <paramref name="read"/> gets null for an account that owns nothing.</summary>
    public T Read<T>(AccountId account, Func<MemoryShelf?, T> read)
    {
        lock (_lock)
        {
            return read(_shelves.GetValueOrDefault(account));
        }
    }

    public ValueTask<T> ReadAsync<T>(AccountId account, Func<MemoryShelf?, T> read, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested
            ? ValueTask.FromCanceled<T>(cancellation)
            : ValueTask.FromResult(Read(account, read));

    /// <summary>Only within a write.</summary>
    public MemoryShelf Of(AccountId account)
    {
        if (!_shelves.TryGetValue(account, out var shelf))
        {
            _shelves.Add(account, shelf = new MemoryShelf());
        }

        return shelf;
    }

    /// <summary>Only within a write.</summary>
    public void Remove(AccountId account) => _shelves.Remove(account);

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }
    }
}
