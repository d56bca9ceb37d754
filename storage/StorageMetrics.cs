using System.Diagnostics.Metrics;
using CompatBot.Core.Metrics;

namespace CompatBot.Storage;

/// <summary>What engines measure, for the whole process: gateway/watch/METRICS.md has the list.</summary>
public static class StorageMetrics
{
    public const string MeterName = "CompatBot.Storage";

    private static readonly Meter Meter = new(MeterName);

    static StorageMetrics()
    {
        Meter.CreateObservableCounter(
            "compatbot_store_fsyncs_total", () => Fsyncs.Value, null, "Flushes to the disk: commits, checkpoints, blob files, folders.");
        Meter.CreateObservableCounter(
            "compatbot_store_refusals_total", Refusals, null, "Writes refused: the disk was full, or the store failed or was stopping.");
        Meter.CreateObservableCounter(
            "compatbot_store_page_lookups_total", Pages, null, "Pages of the database asked for: were they in its cache?");
    }

    public static Tally Fsyncs { get; } = new();

    /// <summary>From the call to the answer of one write, with the wait for its turn and for the disk.</summary>
    public static Histogram<double> CommitSeconds { get; } = Meter.CreateHistogram(
        "compatbot_store_commit_duration_seconds",
        "s",
        "From the request to write until the answer: wait, transaction and flush.",
        null,
        new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        });

    /// <summary>How many writes shared one transaction, and so one flush.</summary>
    public static Histogram<double> BatchRequests { get; } = Meter.CreateHistogram(
        "compatbot_store_batch_requests",
        null,
        "Writes that shared one transaction and its flush.",
        null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] });

    internal static Tally PageHits { get; } = new();

    internal static Tally PageMisses { get; } = new();

    internal static Tally RefusedFull { get; } = new();

    internal static Tally RefusedUnavailable { get; } = new();

    /// <summary>Makes the instruments known to whoever listens, before anything was measured.</summary>
    public static void Touch() => _ = Fsyncs;

    private static IEnumerable<Measurement<long>> Refusals() =>
        [Labelled(RefusedFull, "reason", "full"), Labelled(RefusedUnavailable, "reason", "unavailable")];

    private static IEnumerable<Measurement<long>> Pages() =>
        [Labelled(PageHits, "result", "hit"), Labelled(PageMisses, "result", "miss")];

    private static Measurement<long> Labelled(Tally tally, string label, string value) =>
        new(tally.Value, new KeyValuePair<string, object?>(label, value));
}
