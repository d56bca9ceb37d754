using System.Net;
using System.Net.Sockets;
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
        ConnectCallback = (context, cancellation) => ConnectAsync(resolver, context.DnsEndPoint, cancellation),
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

    /// <summary>By the names that the rest of the relay knows.</summary>
    private static async ValueTask<Stream> ConnectAsync(IDnsResolver resolver, DnsEndPoint end, CancellationToken cancellation)
    {
        var four = await resolver.QueryAsync(end.Host, DnsType.A, cancellation);
        var six = await resolver.QueryAsync(end.Host, DnsType.Aaaa, cancellation);
        List<IPEndPoint> ends = [.. four.Addresses.Concat(six.Addresses).Select(address => new IPEndPoint(address, end.Port))];
        if (ends.Count == 0) throw new SocketException((int)SocketError.HostNotFound);
        return new NetworkStream((await RelayRace.ConnectAsync(ends, cancellation)).Socket, ownsSocket: true);
    }
}
