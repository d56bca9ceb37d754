using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace CompatBot.CrashTests;

/// <summary>Just enough HTTP for files and calendars; a hang-up is an <see cref="IOException"/>, whichever way it shows.</summary>
internal sealed class DavClient : IDisposable
{
    private readonly HttpClient _http;

    public DavClient(int port, string address, string password)
    {
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/dav/") };
        var login = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{address}:{password}"));
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", login);
    }

    public async Task<(HttpStatusCode Status, string? ETag, byte[] Body)> SendAsync(
        string method, string path, byte[]? body = null, string? destination = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new ByteArrayContent(body);
        if (path.EndsWith(".ics", StringComparison.Ordinal) && request.Content is { } content)
        {
            content.Headers.ContentType = new MediaTypeHeaderValue("text/calendar");
        }

        if (destination is not null) request.Headers.Add("Destination", new Uri(_http.BaseAddress!, destination).AbsoluteUri);
        try
        {
            using var response = await _http.SendAsync(request);
            return (response.StatusCode, response.Headers.ETag?.ToString(), await response.Content.ReadAsByteArrayAsync());
        }
        catch (HttpRequestException error)
        {
            throw new IOException("no answer", error);
        }
    }

    public void Dispose() => _http.Dispose();
}
