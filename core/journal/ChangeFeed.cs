using System.Threading.Channels;

namespace CompatBot.Core.Journal;

/// <summary>Wakes whoever watches an account when an entry has become durable. Only the newest sequence counts.</summary>
public sealed class ChangeFeed
{
    private readonly Lock _lock = new();
    private ChangeWatch[] _watches = [];

    public ChangeWatch Watch()
    {
        var watch = new ChangeWatch(this);
        lock (_lock) _watches = [.. _watches, watch];
        return watch;
    }

    internal void Publish(ulong sequence)
    {
        foreach (var watch in Volatile.Read(ref _watches)) watch.Wake(sequence);
    }

    internal void Remove(ChangeWatch watch)
    {
        lock (_lock) _watches = [.. _watches.Where(other => other != watch)];
    }
}

/// <summary>One watcher. Wakes may be merged: read the state after each.</summary>
public sealed class ChangeWatch : IDisposable
{
    private readonly ChangeFeed _feed;
    private readonly Channel<ulong> _newest =
        Channel.CreateBounded<ulong>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    internal ChangeWatch(ChangeFeed feed) => _feed = feed;

    /// <summary>Completes with the newest sequence since the last call.</summary>
    public ValueTask<ulong> NextAsync(CancellationToken cancellation) => _newest.Reader.ReadAsync(cancellation);

    public void Dispose() => _feed.Remove(this);

    internal void Wake(ulong sequence) => _newest.Writer.TryWrite(sequence);
}
