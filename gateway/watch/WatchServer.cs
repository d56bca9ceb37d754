using CompatBot.Gateway.Config;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CompatBot.Gateway.Watch;

/// <summary>
/// The admin port: HTTP/1.1 by a Kestrel of its own, so that its limits are not those of the line protocols, over the same transport.
/// It has no login: it shows numbers, and answers on loopback unless told otherwise.
/// </summary>
internal sealed class WatchServer : IDisposable
{
    private readonly ServeOptions _options;
    private readonly HostMetrics _host;
    private readonly MetricCollector _collector = new();
    private readonly ITimer? _refresh;

    public WatchServer(ServeOptions options, Composition composition, Func<DateTimeOffset> certificateEnds)
    {
        _options = options;
        var disk = new DriveInfo(composition.DataFolder);
        long FreeBytes() => disk.AvailableFreeSpace;
        Health = new Health(composition.StoreHealth, FreeBytes, composition.Time);
        _host = new HostMetrics(
            composition.StoreHealth, () => composition.OpenVaults, () => composition.OpenVaultBytes, () => composition.QueuedMessages,
            certificateEnds, FreeBytes, composition.Time);
        Pages = new WatchPages(Health, _collector, _host.RefreshAsync);
        if (options.OtlpEndpoint is null) return;

        // Nobody asks for a page when metrics are sent: totals are then read by the clock.
        _refresh = composition.Time.CreateTimer(
            state => _ = ((HostMetrics)state!).RefreshAsync(CancellationToken.None).AsTask(), _host, TimeSpan.Zero, Otlp.Interval / 2);
    }

    public Health Health { get; }

    public WatchPages Pages { get; }

    /// <summary>A server that is not started yet; the place it takes is added to <paramref name="opened"/> when it is.</summary>
    public KestrelServer Build(IConnectionListenerFactory transport, List<(Port Port, ListenOptions Listen)> opened, ILoggerFactory logs)
    {
        var server = new KestrelServer(Microsoft.Extensions.Options.Options.Create(WatchLimits.Apply()), transport, logs);
        var number = _options.FreePorts ? 0 : Ports.Admin.StandardPort + _options.PortOffset;
        server.Options.Listen(_options.AdminBind, number, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            opened.Add((Ports.Admin, listen));
        });
        return server;
    }

    public void Dispose()
    {
        _refresh?.Dispose();
        _host.Dispose();
        _collector.Dispose();
        Health.Dispose();
    }
}
