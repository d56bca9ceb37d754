using System.Net;
using CompatBot.Protocols.Net.Dns;

namespace CompatBot.Protocols.Smtp.Relay.Security;

/// <summary>Gets a policy's file from its domain's web server (RFC 8461 section 3.3): HTTPS, a good certificate, no redirects.</summary>
public interface IStsFetcher
{
    /// <returns>The file; null when there is none.</returns>
    /// <exception cref="HttpRequestException">The server cannot be reached, or its certificate is not good.</exception>
    Task<string?> FetchAsync(string domain, CancellationToken cancellation);
}

/// <param name="port">443, except where tests play the Internet.</param>
internal sealed class StsFetcher(IDnsResolver resolver, int port) : IStsFetcher, IDisposable
{
    /// <summary>Section 3.3 asks for a timeout of a minute; nothing of the mail waits longer for it.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectCallback = (context, cancellation) => RelayRace.OpenAsync(resolver, context.DnsEndPoint, _ => true, cancellation),
        PooledConnectionLifetime = TimeSpan.FromSeconds(1),
    })
    {
        Timeout = Timeout,
        MaxResponseContentBufferSize = StsPolicy.BytesMax,
    };

    public async Task<string?> FetchAsync(string domain, CancellationToken cancellation)
    {
        using var answer = await _client.GetAsync(new Uri($"https://mta-sts.{domain}:{port}/.well-known/mta-sts.txt"), cancellation);
        var isText = answer.Content.Headers.ContentType?.MediaType == "text/plain";
        return answer.StatusCode == HttpStatusCode.OK && isText ? await answer.Content.ReadAsStringAsync(cancellation) : null;
    }

    public void Dispose() => _client.Dispose();
}
