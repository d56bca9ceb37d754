using System.Diagnostics.Metrics;

namespace CompatBot.Gateway.Watch;

/// <summary>
/// Listens to the program's own meters: asks the observable ones when asked itself, and keeps the buckets of histograms meanwhile.
/// Instruments are named as Prometheus names them, so nothing is translated.
/// </summary>
public sealed class MetricCollector : IDisposable
{
    /// <summary>Meters listened to: those whose names begin so.</summary>
    public const string MeterPrefix = "CompatBot.";

    private readonly MeterListener _listener = new();
    private readonly Dictionary<Instrument, HistogramCells?> _instruments = [];
    private readonly List<(Instrument Instrument, MetricSample Sample)> _observed = [];
    private readonly Lock _gate = new(); // One collection at a time; instruments may be published during it.
    private readonly Func<Meter, bool> _wanted;

    /// <param name="wanted">Which meters; null: all of the program's own.</param>
    public MetricCollector(Func<Meter, bool>? wanted = null)
    {
        _wanted = wanted ?? (meter => meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal));
        _listener.InstrumentPublished = Enable;
        _listener.MeasurementsCompleted = (instrument, _) => Forget(instrument);
        _listener.SetMeasurementEventCallback<double>(OnDouble);
        _listener.SetMeasurementEventCallback<long>(OnLong);
        _listener.Start();
    }

    /// <summary>Every family there is, by name.</summary>
    public IReadOnlyList<MetricFamily> Collect()
    {
        lock (_gate)
        {
            _observed.Clear();
            _listener.RecordObservableInstruments();
            return [.. from one in _instruments
                       orderby one.Key.Name
                       let samples = one.Value?.Samples() ?? [.. from seen in _observed where seen.Instrument == one.Key select seen.Sample]
                       select new MetricFamily(one.Key.Name, one.Key.Description ?? "", KindOf(one.Key), samples)];
        }
    }

    public void Dispose() => _listener.Dispose();

    private static MetricKind KindOf(Instrument instrument) => instrument switch
    {
        Histogram<double> => MetricKind.Histogram,
        ObservableCounter<long> or ObservableCounter<double> => MetricKind.Counter,
        _ => MetricKind.Gauge,
    };

    private static void OnDouble(
        Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels, object? state)
    {
        if (state is HistogramCells cells) cells.Record(value);
        else ((MetricCollector)state!).Observe(instrument, value, labels);
    }

    private static void OnLong(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> labels, object? state) =>
        ((MetricCollector)state!).Observe(instrument, value, labels);

    private void Enable(Instrument instrument, MeterListener listener)
    {
        if (!_wanted(instrument.Meter)) return;
        var cells = instrument is Histogram<double> histogram
            ? new HistogramCells(histogram.Advice?.HistogramBucketBoundaries ?? [])
            : null;
        lock (_gate) _instruments.Add(instrument, cells);
        listener.EnableMeasurementEvents(instrument, cells ?? (object)this);
    }

    private void Forget(Instrument instrument)
    {
        lock (_gate) _instruments.Remove(instrument);
    }

    // Only observable instruments come here: on the thread that collects, which holds the gate.
    private void Observe(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var words = new KeyValuePair<string, string>[labels.Length];
        for (var index = 0; index < labels.Length; index++)
        {
            words[index] = new KeyValuePair<string, string>(labels[index].Key, labels[index].Value?.ToString() ?? "");
        }

        _observed.Add((instrument, new MetricSample("", words, value)));
    }
}
