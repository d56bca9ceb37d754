using System.Globalization;

namespace CompatBot.Gateway.Moving;

/// <summary>Counts and tells, a few times a second, how far something long has come.</summary>
/// <param name="tell">Shows a line in place of the one before; throws IOException when nobody listens any more.</param>
internal sealed class MoveProgress(Func<string, CancellationToken, ValueTask> tell, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private const int BarLetters = 30;

    private long _started = time.GetTimestamp();
    private long _told;
    private long _done;

    /// <summary>What is counted: "messages".</summary>
    public string Unit { get; set; } = "messages";

    /// <summary>How many there are in all; 0: not known.</summary>
    public long Total { get; set; }

    /// <summary>Something else is counted from now on, and how many there are is not known.</summary>
    public void Begin(string unit) => (Unit, Total, _done, _started) = (unit, 0, 0, time.GetTimestamp());

    public ValueTask AddAsync(long done, CancellationToken cancellation)
    {
        _done += done;
        if (_told != 0 && time.GetElapsedTime(_told) < Pause) return ValueTask.CompletedTask;
        _told = time.GetTimestamp();
        return tell(Text(), cancellation);
    }

    private string Text()
    {
        var seconds = time.GetElapsedTime(_started).TotalSeconds;
        var speed = seconds > 0 ? (long)(_done / seconds) : 0;
        var plain = CultureInfo.InvariantCulture;
        if (Total <= 0) return string.Create(plain, $"{_done:N0} {Unit}, {speed:N0}/s");
        var share = Math.Min(1, (double)_done / Total);
        var filled = (int)(share * BarLetters);
        var bar = new string('#', filled) + new string('.', BarLetters - filled);
        return string.Create(plain, $"[{bar}] {share * 100,3:N0} %  {_done:N0} of {Total:N0} {Unit}, {speed:N0}/s");
    }
}
