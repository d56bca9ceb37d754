using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace CompatBot.Gateway.Watch;

/// <summary>Sends the same metrics to an OpenTelemetry collector, by OTLP over HTTP, when one was named.</summary>
public static class Otlp
{
    /// <summary>The variable that OpenTelemetry names for the collector's base URL.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Where a collector takes metrics, behind its base URL (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP request").</summary>
    public const string MetricsPath = "v1/metrics";

    /// <summary>How often metrics are sent.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>Time for one sending.</summary>
    public static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(10);

    public static Uri? FromEnvironment() =>
        Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 } url ? new Uri(url, UriKind.RelativeOrAbsolute) : null;

    /// <summary>The URL that metrics go to: as given when it says so, else below the base URL that was given.</summary>
    public static Uri MetricsUrl(Uri endpoint)
    {
        if (endpoint.AbsolutePath.EndsWith("/" + MetricsPath, StringComparison.Ordinal)) return endpoint;
        var url = new UriBuilder(endpoint);
        url.Path = $"{url.Path.TrimEnd('/')}/{MetricsPath}";
        return url.Uri;
    }

    /// <returns>Sends what is left when it is disposed.</returns>
    public static IDisposable Start(Uri endpoint) => Sdk.CreateMeterProviderBuilder()
        .ConfigureResource(resource => resource.AddService("compatbot", serviceVersion: HostMetrics.Version))
        .AddMeter(MetricCollector.MeterPrefix + "*")
        .AddOtlpExporter((exporter, reader) =>
        {
            exporter.Endpoint = MetricsUrl(endpoint);
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
            exporter.TimeoutMilliseconds = (int)SendTimeout.TotalMilliseconds;
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)Interval.TotalMilliseconds;
        })
        .Build();
}
