using System.Net;
using CompatBot.Gateway.Sockets;
using CompatBot.Protocols.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace CompatBot.UnitTests.Gateway.Sockets;

/// <summary>Kestrel's HTTP over our connections, on a port of this machine.</summary>
internal static class WebOverSockets
{
    public static async Task<WebApplication> OpenAsync(RequestDelegate answer, Action<ListenOptions> listen)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen));
        var limits = new SocketLimits(ClearingMemoryPool.Sockets, 256 << 10, 256 << 10, TimeSpan.FromMinutes(1));
        builder.Services.AddSingleton<IConnectionListenerFactory>(_ => new SocketTransport(limits, TimeProvider.System));
        var web = builder.Build();
        web.Run(answer);
        await web.StartAsync(TestContext.Current.CancellationToken);
        return web;
    }
}
