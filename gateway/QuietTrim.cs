namespace CompatBot.Gateway;

/// <summary>
/// Hands memory back when a busy time is over. The collector runs when something is allocated; a server that went quiet would
/// keep the garbage of its last burst for hours, and for a thousand idle connections that is more than they hold themselves.
/// </summary>
public sealed class QuietTrim : IDisposable
{
    /// <summary>How often it looks whether it is quiet.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Bytes allocated between two looks that still count as quiet.</summary>
    public const long QuietBytesMax = 256 << 10;

    /// <summary>Bytes allocated since the last trim that are worth another.</summary>
    public const long WorthBytesMin = 4 << 20;

    /// <summary>The pause of a trim, times this, passes before the next: at most a twentieth of the time is spent on it.</summary>
    public const int PauseShare = 20;

    /// <summary>
    /// Silence after a vault closed before a second trim: the runtime's shared arrays, which TLS reads into, are let go of by a
    /// collection that finds them unused for a minute.
    /// </summary>
    public static readonly TimeSpan SharedArraysAge = TimeSpan.FromSeconds(65);

    private readonly TimeProvider _time;
    private readonly Func<long> _allocatedBytes;
    private readonly Action _collect;
    private readonly ITimer _timer;
    private long _seen, _trimmed, _notBefore;
    private long _asked = long.MaxValue, _askedAgain = long.MaxValue;

    /// <param name="time">For the looks, and to measure the pause.</param>
    /// <param name="allocatedBytes">Bytes allocated since the process began.</param>
    /// <param name="collect">Collects everything and gives memory back to the system.</param>
    public QuietTrim(TimeProvider time, Func<long> allocatedBytes, Action collect)
    {
        (_time, _allocatedBytes, _collect) = (time, allocatedBytes, collect);
        _timer = time.CreateTimer(static trim => ((QuietTrim)trim!).Look(), this, LookEvery, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Watches this process.</summary>
    public static QuietTrim Start(TimeProvider time) => new(
        time,
        () => GC.GetTotalAllocatedBytes(),
        () =>
        {
            StackSweep.Run();
            HeapSweep.Run();
        });

    /// <summary>
    /// Asks for a trim as soon as it is quiet, whatever was allocated: a vault closed, and what it showed should not outlive it by
    /// the time that a server without work may have before its next collection.
    /// </summary>
    public void Ask()
    {
        var now = _time.GetTimestamp();
        Volatile.Write(ref _asked, now);
        Volatile.Write(ref _askedAgain, now + (long)(SharedArraysAge.TotalSeconds * _time.TimestampFrequency));
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var allocated = _allocatedBytes();
        var quiet = allocated - _seen <= QuietBytesMax;
        _seen = allocated;
        var started = _time.GetTimestamp();
        var worth = allocated - _trimmed >= WorthBytesMin || IsDue(ref _asked, started) || IsDue(ref _askedAgain, started);
        if (quiet && worth && started >= _notBefore)
        {
            if (IsDue(ref _asked, started)) _asked = long.MaxValue;
            if (IsDue(ref _askedAgain, started)) (_asked, _askedAgain) = (started, long.MaxValue); // What is let go of here goes then.
            _collect();
            var ended = _time.GetTimestamp();
            _notBefore = ended + (PauseShare * (ended - started));
            _trimmed = allocated;
        }

        _timer.Change(LookEvery, Timeout.InfiniteTimeSpan);
    }

    private static bool IsDue(ref long at, long now) => Volatile.Read(ref at) <= now;
}
