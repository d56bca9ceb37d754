namespace CompatBot.Gateway.Watch;

/// <summary>The kinds of Prometheus that we have, in its own words.</summary>
public enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>One line: labels in the order in which they are printed, and a value.</summary>
/// <param name="Suffix">Behind the family's name: "_bucket", "_sum", "_count" of a histogram; else empty.</param>
public readonly record struct MetricSample(string Suffix, IReadOnlyList<KeyValuePair<string, string>> Labels, double Value);

/// <summary>All lines of one name.</summary>
public sealed record MetricFamily(string Name, string Help, MetricKind Kind, IReadOnlyList<MetricSample> Samples);
