namespace CompatBot.Gateway.Watch;

/// <summary>The buckets of one histogram. Recording takes no lock and allocates nothing.</summary>
/// <param name="bounds">Upper bounds, ascending, each inclusive; what is above the last goes to the bucket without a bound.</param>
public sealed class HistogramCells(IReadOnlyList<double> bounds)
{
    private readonly double[] _bounds = [.. bounds];
    private readonly long[] _counts = new long[bounds.Count + 1];
    private double _sum;

    public void Record(double value)
    {
        var index = Array.BinarySearch(_bounds, value);
        Interlocked.Increment(ref _counts[index < 0 ? ~index : index]);
        for (var seen = _sum; ;)
        {
            var before = Interlocked.CompareExchange(ref _sum, seen + value, seen);
            if (before.Equals(seen)) return;
            seen = before;
        }
    }

    /// <summary>Cumulative buckets, sum and count, as Prometheus wants them.</summary>
    public IReadOnlyList<MetricSample> Samples()
    {
        var samples = new List<MetricSample>();
        var count = 0L;
        for (var index = 0; index < _counts.Length; index++)
        {
            count += Interlocked.Read(ref _counts[index]);
            var bound = index < _bounds.Length ? _bounds[index] : double.PositiveInfinity;
            samples.Add(new MetricSample("_bucket", [new("le", PrometheusText.Number(bound))], count));
        }

        // The count is the last bucket's, so that the two agree while others record.
        samples.Add(new MetricSample("_sum", [], Volatile.Read(ref _sum)));
        samples.Add(new MetricSample("_count", [], count));
        return samples;
    }
}
