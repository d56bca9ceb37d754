namespace CompatBot.Core.Content.Garbage;

/// <summary>Lets work in the background take only a share of the time, so that whoever waits for an answer does not notice.</summary>
public sealed class Pace
{
    private readonly TimeProvider _time;
    private readonly double _rest;
    private long _since;

    /// <param name="time">The clock.</param>
    /// <param name="share">Of the time in which it may work: above 0, at most 1 (no pauses).</param>
    public Pace(TimeProvider time, double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        (_time, _rest, _since) = (time, (1 / share) - 1, time.GetTimestamp());
    }

    /// <summary>Called after each piece of work: pauses in proportion to how long it took.</summary>
    public async ValueTask RestAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_rest > 0)
        {
            var pause = _time.GetElapsedTime(_since) * _rest;
            if (pause >= TimeSpan.FromMilliseconds(1)) await Task.Delay(pause, _time, cancellation);
        }

        _since = _time.GetTimestamp();
    }
}
