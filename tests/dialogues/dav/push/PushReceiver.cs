using System.Threading.Channels;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace CompatBot.DialogueTests.Dav.Push;

/// <summary>A push service on loopback: keeps what it is sent, or makes trouble.</summary>
internal sealed class PushReceiver : IAsyncDisposable
{
    private readonly TaskCompletionSource _givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LoopbackWeb _web = null!;
    private readonly Channel<PushedMessage> _messages = Channel.CreateUnbounded<PushedMessage>();

    private PushReceiver()
    {
    }

    /// <summary>Reaches it, with the operator's permission.</summary>
    public PublicHttp Http { get; } = new(allowPrivate: true, TimeSpan.FromSeconds(20));

    /// <summary>What it answers from now on; 0: nothing, it lets wait.</summary>
    public int Status { get; set; } = 201;

    public string RetryAfter { get; set; } = "";

    /// <summary>Done when a client no longer waits for an answer.</summary>
    public Task GivenUp => _givenUp.Task.WaitAsync(TestContext.Current.CancellationToken);

    public string Origin => _web.Origin;

    public static async Task<PushReceiver> OpenAsync()
    {
        var made = new PushReceiver();
        made._web = await LoopbackWeb.OpenAsync(made.AnswerAsync);
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
        await LoopbackWeb.StallAsync(http);
        _givenUp.TrySetResult();
    }
}

/// <summary>As it came to the push service.</summary>
internal sealed record PushedMessage(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string this[string header] => Headers.GetValueOrDefault(header, "");
}
