using System.Net;
using System.Threading.Channels;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace CompatBot.DialogueTests.Dav.Push;

/// <summary>A push service on loopback: keeps what it is sent, or makes trouble.</summary>
internal sealed class PushReceiver : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly Channel<PushedMessage> _messages = Channel.CreateUnbounded<PushedMessage>();

    private PushReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _web = builder.Build();
        _web.Run(AnswerAsync);
    }

    /// <summary>Reaches it, with the operator's permission.</summary>
    public PublicHttp Http { get; } = new(allowPrivate: true, TimeSpan.FromSeconds(20));

    /// <summary>What it answers from now on; 0: nothing, it lets wait.</summary>
    public int Status { get; set; } = 201;

    public string RetryAfter { get; set; } = "";

    public string Origin => _web.Urls.First();

    public static async Task<PushReceiver> OpenAsync()
    {
        var made = new PushReceiver();
        await made._web.StartAsync(TestContext.Current.CancellationToken);
        return made;
    }

    /// <summary>The next message, which must come, at the latest after some seconds of the house's clock.</summary>
    public async Task<PushedMessage> NextAsync(DavHouse house)
    {
        for (var i = 0; i < 50; i++)
        {
            if (_messages.Reader.TryRead(out var message)) return message;
            await Task.Delay(20, TestContext.Current.CancellationToken);
            if (i % 10 == 9) house.Time.Advance(TimeSpan.FromSeconds(1)); // The server was not ready with what came before.
        }

        throw new TimeoutException("No message came");
    }

    /// <summary>Nothing has come that was not read.</summary>
    public void HasNothing() => Assert.Equal(0, _messages.Reader.Count);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _web.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var status = Status;
        http.Response.StatusCode = status == 0 ? 500 : status;
        if (RetryAfter.Length > 0) http.Response.Headers.RetryAfter = RetryAfter;
        var headers = http.Request.Headers.ToDictionary(one => one.Key, one => one.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        _messages.Writer.TryWrite(new PushedMessage(http.Request.Method, http.Request.Path, headers, body.ToArray()));
        if (status != 0) return;
        var over = new TaskCompletionSource();
        await using var gone = http.RequestAborted.Register(over.SetResult);
        await over.Task;
    }
}

/// <summary>As it came to the push service.</summary>
internal sealed record PushedMessage(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string this[string header] => Headers.GetValueOrDefault(header, "");
}
