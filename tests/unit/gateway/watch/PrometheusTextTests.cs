using System.Diagnostics.Metrics;
using CompatBot.Gateway.Watch;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Watch;

public sealed class PrometheusTextTests
{
    [Fact]
    public void A_family_has_help_type_and_a_line_for_each_sample()
    {
        var family = new MetricFamily("x_total", "Xes.", MetricKind.Counter,
        [
            new MetricSample("", [new("protocol", "imap"), new("kind", "ok")], 3),
            new MetricSample("", [], 1.5),
        ]);
        Assert.Equal(
            "# HELP x_total Xes.\n# TYPE x_total counter\nx_total{protocol=\"imap\",kind=\"ok\"} 3\nx_total 1.5\n",
            PrometheusText.Write([family]));
    }

    [Fact]
    public void Backslash_quote_and_line_end_are_escaped()
    {
        var family = new MetricFamily("x", "a\\b\n\"c\"", MetricKind.Gauge, [new MetricSample("", [new("l", "a\\b\n\"c\"")], 0)]);
        Assert.Equal(
            """
            # HELP x a\\b\n"c"
            # TYPE x gauge
            x{l="a\\b\n\"c\""} 0

            """,
            PrometheusText.Write([family]));
    }

    [Theory]
    [InlineData(0.1, "0.1")]
    [InlineData(1e21, "1E+21")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void Numbers_are_those_of_Go(double value, string wanted) => Assert.Equal(wanted, PrometheusText.Number(value));

    [Fact]
    public void Histogram_buckets_are_cumulative_and_end_with_infinity()
    {
        var cells = new HistogramCells([1, 2.5]);
        foreach (var value in (double[])[0.5, 1, 1.5, 2.5, 99]) cells.Record(value);
        var text = PrometheusText.Write([new MetricFamily("h", "H.", MetricKind.Histogram, cells.Samples())]);
        Assert.Equal(
            """
            # HELP h H.
            # TYPE h histogram
            h_bucket{le="1"} 2
            h_bucket{le="2.5"} 4
            h_bucket{le="+Inf"} 5
            h_sum 104.5
            h_count 5

            """,
            text);
    }

    [Fact]
    public void A_histogram_loses_nothing_when_many_record()
    {
        var cells = new HistogramCells([1]);
        Parallel.For(0, 10_000, _ => cells.Record(2));
        Assert.Equal([0, 10_000, 20_000, 10_000], from sample in cells.Samples() select sample.Value);
    }

    [Fact]
    public void The_collector_hears_counters_gauges_and_histograms()
    {
        using var meter = new Meter("test");
        var heard = meter;
        using var collector = new MetricCollector(one => one == heard);
        meter.CreateObservableCounter("b_total", () => new Measurement<long>(7, new KeyValuePair<string, object?>("l", "v")), null, "B.");
        meter.CreateObservableGauge("a", () => 0.5, null, "A.");
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [1] };
        meter.CreateHistogram("c", null, "C.", null, advice).Record(1);
        for (var twice = 0; twice < 2; twice++)
        {
            Assert.Equal(
                """
                # HELP a A.
                # TYPE a gauge
                a 0.5
                # HELP b_total B.
                # TYPE b_total counter
                b_total{l="v"} 7
                # HELP c C.
                # TYPE c histogram
                c_bucket{le="1"} 1
                c_bucket{le="+Inf"} 1
                c_sum 1
                c_count 1

                """,
                PrometheusText.Write(collector.Collect()));
        }
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        using var meter = new Meter("test");
        var heard = meter;
        using var collector = new MetricCollector(one => one == heard);
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2, 3] };
        var histogram = meter.CreateHistogram("c", null, "C.", null, advice);
        var tally = new Core.Metrics.Tally();
        histogram.Record(0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            histogram.Record(i);
            tally.Add();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("http://c:4318", "http://c:4318/v1/metrics")]
    [InlineData("http://c:4318/", "http://c:4318/v1/metrics")]
    [InlineData("https://c/otlp/", "https://c/otlp/v1/metrics")]
    [InlineData("https://c/otlp/v1/metrics", "https://c/otlp/v1/metrics")]
    public void Metrics_go_below_the_collectors_base(string given, string wanted) =>
        Assert.Equal(wanted, Otlp.MetricsUrl(new Uri(given)).ToString());
}
