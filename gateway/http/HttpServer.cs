using CompatBot.Gateway.Config;
using CompatBot.Gateway.Tls;
using CompatBot.Protocols.Dav;
using CompatBot.Protocols.Net.Tls;
using CompatBot.Protocols.Shares;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CompatBot.Gateway.Http;

/// <summary>The HTTP ports: HTTP/1.1, and under TLS HTTP/2 too, by a Kestrel of their own over the same transport as all others.</summary>
internal sealed class HttpServer(
    ServeOptions options,
    DavHandler dav,
    ShareHandler shares,
    MtaStsPolicy? mtaSts,
    Autoconfig autoconfig,
    TlsSettings tls,
    TimeProvider time)
    : IHttpApplication<HttpContext>
{
    /// <summary>A server that is not started yet; the places it takes are added to <paramref name="opened"/> when it is.</summary>
    public KestrelServer Build(IServiceProvider services, List<(Port Port, ListenOptions Listen)> opened, ILoggerFactory logs)
    {
        var transport = services.GetRequiredService<IConnectionListenerFactory>();
        var server = new KestrelServer(Microsoft.Extensions.Options.Options.Create(HttpLimits.Apply(services)), transport, logs);
        foreach (var port in (Port[])[Ports.Http, Ports.Https])
        {
            var number = options.FreePorts ? 0 : port.StandardPort + options.PortOffset;
            server.Options.Listen(options.Bind, number, listen =>
            {
                opened.Add((port, listen));
                ProxyConnections.Expect(listen, options, time);
                if (port.Security == PortSecurity.Tls) TlsConnections.Expect(listen, tls, time);
                else listen.Protocols = HttpProtocols.Http1; // Otherwise both, as the handshake agrees.
            });
        }

        return server;
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public async Task ProcessRequestAsync(HttpContext context)
    {
        if (mtaSts is not null && await mtaSts.TryAnswerAsync(context)) return;
        if (ShareHandler.Takes(context)) await shares.HandleAsync(context);
        else if (!await autoconfig.TryAnswerAsync(context)) await dav.HandleAsync(context);
    }

    public void DisposeContext(HttpContext context, Exception? exception) => _ = context;
}
