using CompatBot.Protocols.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CompatBot.Gateway.Http;

/// <summary>What a stranger can grow on the HTTP ports, with its bound. Bodies have limits of their own in each protocol.</summary>
public static class HttpLimits
{
    public const int ConnectionsMax = 10_000;

    /// <summary>Longest request line, in bytes: a deep path, each byte escaped.</summary>
    public const int RequestLineBytesMax = 32 * 1024;

    /// <summary>All header fields together, in bytes: an If header may name many locks.</summary>
    public const int HeaderBytesMax = 64 * 1024;

    public const int HeaderFieldsMax = 100;

    /// <summary>Longest body, in bytes, where a protocol says nothing else.</summary>
    public const int BodyBytesMax = 32 << 20;

    /// <summary>Requests at once on one HTTP/2 connection.</summary>
    public const int StreamsMax = 100;

    /// <summary>Time in which a handshake of TLS must be over, as in the other protocols.</summary>
    public static readonly TimeSpan HandshakeTimeout = new LineLimits().HandshakeTimeout;

    /// <summary>Time in which all header fields must have come.</summary>
    public static readonly TimeSpan HeaderTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Silence between two requests.</summary>
    public static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromMinutes(2);

    internal static KestrelServerOptions Apply(IServiceProvider services) => new()
    {
        ApplicationServices = services,
        AddServerHeader = false,
        DisableStringReuse = true, // A kept string would be a path or a password.
        Limits =
        {
            MaxConcurrentConnections = ConnectionsMax,
            MaxConcurrentUpgradedConnections = 0,
            MaxRequestLineSize = RequestLineBytesMax,
            MaxRequestHeadersTotalSize = HeaderBytesMax,
            MaxRequestHeaderCount = HeaderFieldsMax,
            MaxRequestBodySize = BodyBytesMax,
            RequestHeadersTimeout = HeaderTimeout,
            KeepAliveTimeout = KeepAliveTimeout,
            Http2 = { MaxStreamsPerConnection = StreamsMax },
        },
    };
}
