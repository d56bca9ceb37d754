using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CompatBot.Gateway.Watch;

/// <summary>What a stranger can grow on the admin port, with its bound: a scraper needs little.</summary>
public static class WatchLimits
{
    /// <summary>Open connections: a few scrapers and probes, each keeping one.</summary>
    public const int ConnectionsMax = 32;

    /// <summary>Longest request line, in bytes.</summary>
    public const int RequestLineBytesMax = 1024;

    /// <summary>All header fields together, in bytes.</summary>
    public const int HeaderBytesMax = 8 * 1024;

    public const int HeaderFieldsMax = 32;

    /// <summary>Time in which all header fields must have come.</summary>
    public static readonly TimeSpan HeaderTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Silence between two requests: longer than the usual scrape interval of a minute.</summary>
    public static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(90);

    internal static KestrelServerOptions Apply() => new()
    {
        AddServerHeader = false,
        Limits =
        {
            MaxConcurrentConnections = ConnectionsMax,
            MaxConcurrentUpgradedConnections = 0,
            MaxRequestLineSize = RequestLineBytesMax,
            MaxRequestHeadersTotalSize = HeaderBytesMax,
            MaxRequestHeaderCount = HeaderFieldsMax,
            MaxRequestBufferSize = RequestLineBytesMax + HeaderBytesMax,
            MaxRequestBodySize = 0,
            RequestHeadersTimeout = HeaderTimeout,
            KeepAliveTimeout = KeepAliveTimeout,
        },
    };
}
