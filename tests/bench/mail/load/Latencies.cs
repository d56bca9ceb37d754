using System.Diagnostics;
using System.Globalization;

namespace CompatBot.MailLoad;

/// <summary>Durations of many operations, told as percentiles.</summary>
public sealed class Latencies
{
    private readonly List<double> _milliseconds = [];

    public int Count => _milliseconds.Count;

    public void Add(long startTimestamp) => _milliseconds.Add(Stopwatch.GetElapsedTime(startTimestamp).TotalMilliseconds);

    public void Add(long startTimestamp, long endTimestamp) =>
        _milliseconds.Add(Stopwatch.GetElapsedTime(startTimestamp, endTimestamp).TotalMilliseconds);

    public void Add(Latencies other) => _milliseconds.AddRange(other._milliseconds);

    public double Percentile(double share)
    {
        _milliseconds.Sort();
        return _milliseconds[Math.Min(_milliseconds.Count - 1, (int)(_milliseconds.Count * share))];
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"p50_ms={Percentile(0.5):F3} p99_ms={Percentile(0.99):F3}");
}
