namespace CompatBot.DialogueTests;

/// <summary>A clock that moves only when a test moves it; safe to use while servers run.</summary>
public sealed class DialogueTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_gate) _timers.Add(timer);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        Timer[] due;
        lock (_gate)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.TakeDue(_now))];
        }

        foreach (var timer in due) timer.Fire();
    }

    /// <summary>Waits until something is planned for between two moments from now on: what is on its way has come to an end then.</summary>
    /// <returns>How far ahead it is.</returns>
    public async Task<TimeSpan> PlannedAsync(TimeSpan from, TimeSpan to, CancellationToken cancellation)
    {
        for (var i = 0; i < 1000; i++)
        {
            lock (_gate)
            {
                var ahead = _timers.Select(timer => timer.Due - _now).Where(due => due >= from && due <= to).Min();
                if (ahead is { } found) return found;
            }

            await Task.Delay(10, cancellation);
        }

        throw new TimeoutException($"Nothing is planned in {from} to {to}");
    }

    private sealed class Timer(DialogueTime time, TimerCallback callback, object? state) : ITimer
    {
        private DateTimeOffset? _due;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate) (_due, _period) = (dueTime == Timeout.InfiniteTimeSpan ? null : time._now + dueTime, period);
            return true;
        }

        public DateTimeOffset? Due => _due;

        public bool TakeDue(DateTimeOffset now)
        {
            if (_due is null || _due > now) return false;
            _due = _period > TimeSpan.Zero ? now + _period : null;
            return true;
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (time._gate)
            {
                _due = null;
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
