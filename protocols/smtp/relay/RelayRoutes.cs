using System.Net;
using System.Net.Sockets;
using CompatBot.Protocols.Net.Dns;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>Servers of a domain, or why there are none.</summary>
/// <param name="IsSecure">DNSSEC vouches for them.</param>
internal readonly record struct RelayHosts(IReadOnlyList<string> Hosts, RelayReply? Failure = null, bool IsSecure = false);

/// <summary>Addresses of a server, or why there are none.</summary>
/// <param name="IsSecure">DNSSEC vouches for them.</param>
internal readonly record struct RelayEnds(List<IPEndPoint> Ends, RelayReply? Failure = null, bool IsSecure = false);

/// <summary>Finds where mail for a domain goes (RFC 5321 section 5.1).</summary>
internal sealed class RelayRoutes(RelayOptions options, IDnsResolver resolver)
{
    /// <summary>The servers to try, the best first.</summary>
    /// <returns>Their names or addresses; or why there are none.</returns>
    public async ValueTask<RelayHosts> HostsAsync(string domain, CancellationToken cancellation)
    {
        if (options.Smarthost is { } smarthost) return new([smarthost.Host]);
        if (Literal(domain) is { } literal) return new([literal.ToString()]);
        var answer = await resolver.QueryAsync(domain, DnsType.Mx, cancellation);
        switch (answer.Status)
        {
            case DnsStatus.NoName:
                return new([], RelayReply.Never("5.1.2", $"There is no domain {domain}"));
            case DnsStatus.Failed:
                return new([], RelayReply.Later("4.4.3", $"The DNS gives no answer for {domain}"));
            case DnsStatus.NoData:
                return new([domain], IsSecure: answer.IsSecure);
        }

        // Those of equal preference in any order, so that their load is equal.
        var exchanges = answer.Exchanges.OrderBy(one => one.Preference).ThenBy(_ => Random.Shared.Next()).Select(one => one.Host).ToList();
        if (exchanges is [""]) return new([], RelayReply.Never("5.1.10", $"{domain} takes no mail")); // RFC 7505
        IReadOnlyList<string> hosts = [.. exchanges.Where(host => host.Length > 0).Take(options.ExchangesMax)];
        return hosts.Count > 0
            ? new(hosts, IsSecure: answer.IsSecure)
            : new([], RelayReply.Later("4.4.4", $"The MX records of {domain} name no host"));
    }

    /// <summary>Addresses of one server, IPv6 and IPv4 in turn.</summary>
    /// <returns>Or why there are none.</returns>
    public async ValueTask<RelayEnds> EndsAsync(string host, CancellationToken cancellation)
    {
        var port = options.Smarthost?.Port ?? options.Port;
        if (IPAddress.TryParse(host, out var address)) return new([new IPEndPoint(address, port)]);
        var six = resolver.QueryAsync(host, DnsType.Aaaa, cancellation).AsTask();
        var four = await resolver.QueryAsync(host, DnsType.A, cancellation);
        List<IPAddress> sixes = Socket.OSSupportsIPv6 ? [.. (await six).Addresses] : [], fours = [.. four.Addresses];
        List<IPEndPoint> ends =
            [.. Enumerable.Range(0, Math.Max(sixes.Count, fours.Count))
                .SelectMany(at => sixes.Skip(at).Take(1).Concat(fours.Skip(at).Take(1)))
                .Take(options.ExchangesMax)
                .Select(one => new IPEndPoint(one, port))];
        if (ends.Count > 0) return new(ends, IsSecure: four.IsSecure && (await six).IsSecure);
        var isKnown = four.Status != DnsStatus.Failed && (await six).Status != DnsStatus.Failed;
        return new([], isKnown
            ? RelayReply.Never("5.1.2", $"{host} has no address")
            : RelayReply.Later("4.4.3", $"The DNS gives no answer for {host}"));
    }

    private static IPAddress? Literal(string domain)
    {
        if (domain is not ['[', .. var inner, ']']) return null;
        if (inner.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)) inner = inner[5..];
        return IPAddress.TryParse(inner, out var address) ? address : null;
    }
}
