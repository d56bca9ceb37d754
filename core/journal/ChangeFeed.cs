namespace CompatBot.Core.Journal;

/// <summary>Wakes whoever watches an account when an entry has become durable. Thousands may watch: each costs one small object.</summary>
public sealed class ChangeFeed
{
    private readonly Lock _lock = new();
    private readonly HashSet<ChangeWatch> _watches = [];

    /// <param name="changed">
    /// Called after each durable change, by whoever made it: it must only pass the news on, and not throw. A call may still come
    /// while the watch is being disposed.
    /// </param>
    public ChangeWatch Watch(Action changed)
    {
        var watch = new ChangeWatch(this, changed);
        lock (_lock) _watches.Add(watch);
        return watch;
    }

    internal void Publish()
    {
        ChangeWatch[] watches;
        lock (_lock) watches = [.. _watches];
        foreach (var watch in watches) watch.Wake();
    }

    internal void Remove(ChangeWatch watch)
    {
        lock (_lock) _watches.Remove(watch);
    }
}

/// <summary>One watcher; ends when it is disposed.</summary>
public sealed class ChangeWatch : IDisposable
{
    private readonly ChangeFeed _feed;
    private readonly Action _changed;

    internal ChangeWatch(ChangeFeed feed, Action changed) => (_feed, _changed) = (feed, changed);

    public void Dispose() => _feed.Remove(this);

    internal void Wake() => _changed();
}
