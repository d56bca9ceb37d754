using System.Net;
using System.Net.Sockets;

namespace CompatBot.Protocols.Net.Http;

/// <summary>
/// Reaches web servers that users name (RFC 9110 over HTTP/1.1): never an address that is not public, unless the operator lets it. It is
/// looked at when it is connected to, so that a name can not change its mind; redirects are the caller's, each a new connection.
/// </summary>
public sealed class PublicHttp : IDisposable
{
    private readonly HttpClient _client;

    /// <param name="allowPrivate">Any address may be reached.</param>
    /// <param name="time">For all of a request.</param>
    public PublicHttp(bool allowPrivate, TimeSpan time)
    {
        (AllowsPrivate, Timeout) = (allowPrivate, time);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = time,
            MaxResponseHeadersLength = 32,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            ConnectCallback = async (context, cancellation) =>
                await ConnectAsync(context.DnsEndPoint, allowPrivate ? _ => true : PublicAddresses.Has, cancellation),
        })
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan, // Callers bound it, with the reading of the body.
        };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("CompatBot");
    }

    /// <summary>The operator lets any address be reached.</summary>
    public bool AllowsPrivate { get; }

    public TimeSpan Timeout { get; }

    /// <summary>The answer, whose body is not read yet.</summary>
    /// <exception cref="HttpRequestException">It can not be reached, or may not be.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);

    /// <summary>Whether it was refused for where it led.</summary>
    public static bool IsNotPublic(HttpRequestException error) => error.InnerException is NotPublicException;

    public void Dispose() => _client.Dispose();

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint end, Func<IPAddress, bool> may, CancellationToken cancellation)
    {
        var addresses = IPAddress.TryParse(end.Host, out var literal)
            ? [literal]
            : await System.Net.Dns.GetHostAddressesAsync(end.Host, cancellation);
        IPAddress[] allowed = [.. addresses.Where(may)];
        if (allowed.Length == 0 && addresses.Length > 0) throw new NotPublicException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, end.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The name has addresses, and none that is everybody's.</summary>
    private sealed class NotPublicException : IOException;
}
