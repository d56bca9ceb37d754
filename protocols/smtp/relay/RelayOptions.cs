using System.Net;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>A server that takes all mail to others.</summary>
/// <param name="Login">User and password for AUTH; null: none. Only spoken under TLS whose certificate verifies, or on loopback.</param>
public sealed record Smarthost(string Host, int Port, (string User, string Password)? Login = null)
{
    public override string ToString() => "(smarthost)";
}

/// <summary>How mail goes to other servers, with every bound.</summary>
public sealed record RelayOptions
{
    /// <summary>Where all mail goes; null: to the exchanges of each domain.</summary>
    public Smarthost? Smarthost { get; init; }

    /// <summary>Port of other servers. 25, except where tests play the Internet.</summary>
    public int Port { get; init; } = 25;

    /// <summary>Port of the web servers that have MTA-STS policies. 443, except where tests play the Internet.</summary>
    public int PolicyPort { get; init; } = 443;

    /// <summary>Connections at once, to all.</summary>
    public int ConnectionsMax { get; init; } = 200;

    /// <summary>Connections at once to one destination: as many as Postfix takes for polite.</summary>
    public int ConnectionsPerDestinationMax { get; init; } = 20;

    /// <summary>Messages over one connection, then a fresh one.</summary>
    public int MessagesPerConnectionMax { get; init; } = 100;

    /// <summary>Recipients of one transaction; more go in a further one. RFC 5321 section 4.5.3.1.8: everyone takes 100.</summary>
    public int RecipientsPerTransactionMax { get; init; } = 100;

    /// <summary>Exchanges of one domain that are tried, and addresses of each.</summary>
    public int ExchangesMax { get; init; } = 10;

    /// <summary>When mail that does not get through goes back. RFC 5321 section 4.5.4.1: at least 4 to 5 days.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(5);

    /// <summary>When a sender is told that it takes long.</summary>
    public TimeSpan WarnAfter { get; init; } = TimeSpan.FromHours(4);

    /// <summary>Before the second attempt, and then doubled up to <see cref="RetryMax"/>; a tenth of it is left to chance.</summary>
    public TimeSpan RetryFirst { get; init; } = TimeSpan.FromMinutes(1);

    public TimeSpan RetryMax { get; init; } = TimeSpan.FromHours(2);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Silence of the other side after a command: RFC 5321 section 4.5.3.2.</summary>
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The same for the reply to a message's end: RFC 5321 section 4.5.3.2.6.</summary>
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a stop waits for messages that are just being sent: one that is cut may arrive twice.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Reads "HOST", "HOST:PORT" or "[IPV6]:PORT"; null when it is none.</summary>
    public static (string Host, int Port)? HostAndPort(string text, int defaultPort)
    {
        if (IPEndPoint.TryParse(text, out var end)) return (end.Address.ToString(), end.Port == 0 ? defaultPort : end.Port);
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? text : text[..colon];
        var port = defaultPort;
        if (colon >= 0 && !int.TryParse(text.AsSpan(colon + 1), out port)) return null;
        return port is >= 1 and <= IPEndPoint.MaxPort && Uri.CheckHostName(host) != UriHostNameType.Unknown ? (host, port) : null;
    }
}
