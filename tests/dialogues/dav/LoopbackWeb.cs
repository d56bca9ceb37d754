using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>A web server on loopback that answers as a test wants it to.</summary>
internal sealed class LoopbackWeb : IAsyncDisposable
{
    private readonly WebApplication _web;

    private LoopbackWeb(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _web = builder.Build();
        _web.Run(answer);
    }

    public string Origin => _web.Urls.First();

    public static async Task<LoopbackWeb> OpenAsync(RequestDelegate answer)
    {
        var made = new LoopbackWeb(answer);
        await made._web.StartAsync(TestContext.Current.CancellationToken);
        return made;
    }

    /// <summary>Leaves a request without an answer until the client gives it up.</summary>
    public static async Task StallAsync(HttpContext http)
    {
        var over = new TaskCompletionSource();
        await using var gone = http.RequestAborted.Register(over.SetResult);
        await over.Task;
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();
}
