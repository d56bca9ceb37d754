using System.Text;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;

namespace CompatBot.DialogueTests.Dav;

/// <summary>A web server on loopback that publishes one calendar, or makes trouble.</summary>
internal sealed class CalendarPublisher : IAsyncDisposable
{
    public const string Date = "Thu, 01 Jan 2026 00:00:00 GMT";

    private LoopbackWeb _web = null!;

    private CalendarPublisher()
    {
    }

    /// <summary>Reaches it, with the operator's permission.</summary>
    public PublicHttp Http { get; } = new(allowPrivate: true, TimeSpan.FromMilliseconds(1500));

    public string Body { get; set; } = "";

    public string ETag { get; set; } = "";

    public string Trouble { get; set; } = "";

    /// <summary>If-None-Match and If-Modified-Since of each request but redirects.</summary>
    public List<(string ETag, string Date)> Asked { get; } = [];

    /// <summary>The last status.</summary>
    public int Answered { get; private set; }

    public string Authority => new Uri(_web.Origin).Authority;

    public static async Task<CalendarPublisher> OpenAsync()
    {
        var made = new CalendarPublisher();
        made._web = await LoopbackWeb.OpenAsync(made.AnswerAsync);
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _web.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var (request, response) = (http.Request, http.Response);
        if (request.Path == "/redirect" || Trouble is "loop" or "file")
        {
            response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            response.Headers.Location = Trouble == "loop" ? "/redirect" : Trouble == "file" ? "file:///etc/passwd" : "feed";
            return;
        }

        Asked.Add((request.Headers.IfNoneMatch.ToString(), request.Headers.IfModifiedSince.ToString()));
        if (Trouble == "stall")
        {
            await LoopbackWeb.StallAsync(http);
            return;
        }

        var isSame = ETag.Length > 0 && request.Headers.IfNoneMatch == ETag;
        Answered = response.StatusCode = Trouble == "404" ? 404 : isSame ? 304 : 200;
        if (Answered != StatusCodes.Status200OK) return;
        if (ETag.Length > 0) response.Headers.ETag = ETag;
        response.Headers.LastModified = Date;
        var octets = Encoding.UTF8.GetBytes(Body);
        if (Trouble == "cut") response.ContentLength = octets.Length + 1;
        await response.Body.WriteAsync(octets, http.RequestAborted);
        await response.Body.FlushAsync(http.RequestAborted);
        if (Trouble == "cut") http.Abort();
    }
}
