using System.Text;
using CompatBot.Core.Metrics;
using CompatBot.Protocols.Net;
using CompatBot.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace CompatBot.Gateway.Watch;

/// <summary>
/// The admin port's three pages: /metrics, /healthz, /readyz, by GET and HEAD. Everything else is 404. Straight on Kestrel's
/// features: there is nothing to route, to authenticate or to configure.
/// </summary>
public sealed class WatchPages : IHttpApplication<IFeatureCollection>
{
    private const string PlainText = "text/plain; charset=utf-8";

    private readonly Health _health;
    private readonly MetricCollector _metrics;
    private readonly Func<CancellationToken, ValueTask> _refresh;

    /// <param name="health">For /readyz.</param>
    /// <param name="metrics">For /metrics.</param>
    /// <param name="refresh">Called before metrics are collected.</param>
    public WatchPages(Health health, MetricCollector metrics, Func<CancellationToken, ValueTask> refresh)
    {
        (_health, _metrics, _refresh) = (health, metrics, refresh);
        CoreMetrics.Touch();
        StorageMetrics.Touch();
        LineMetrics.Touch();
    }

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception) => _ = context;

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        var request = context.GetRequiredFeature<IHttpRequestFeature>();
        var aborted = context.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;
        var (status, type, text) = await AnswerAsync(context, request, aborted);
        var bytes = Encoding.UTF8.GetBytes(text);
        var response = context.GetRequiredFeature<IHttpResponseFeature>();
        response.StatusCode = status;
        response.Headers.ContentType = type;
        response.Headers.ContentLength = bytes.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (request.Method != "HEAD") await context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(bytes, aborted);
    }

    private async ValueTask<(int Status, string Type, string Text)> AnswerAsync(
        IFeatureCollection context, IHttpRequestFeature request, CancellationToken cancellation)
    {
        var hasBody = context.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? false;
        if (request.Method is not ("GET" or "HEAD") || hasBody) return NotFound();
        switch (request.Path)
        {
            case "/healthz":
                return (200, PlainText, "ok\n");
            case "/readyz":
                var report = await _health.ReadyAsync(cancellation);
                return (report.IsReady ? 200 : 503, PlainText, report.ToString());
            case "/metrics":
                await _refresh(cancellation);
                return (200, PrometheusText.ContentType, PrometheusText.Write(_metrics.Collect()));
            default:
                return NotFound();
        }
    }

    private static (int Status, string Type, string Text) NotFound() => (404, PlainText, "not found\n");
}
