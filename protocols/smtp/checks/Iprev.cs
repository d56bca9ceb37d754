using System.Net;
using CompatBot.Protocols.Net.Dns;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>RFC 8601 section 2.7.3.</summary>
public enum IprevResult { Pass, Fail, TempError, PermError }

/// <summary>Whether a client's address has a name that leads back to it (RFC 8601 section 3).</summary>
internal static class Iprev
{
    /// <summary>Names of one address that are looked at: RFC 7208 section 4.6.4 has the same bound.</summary>
    private const int NamesMax = 10;

    /// <returns>The name that leads back; empty: none.</returns>
    public static async ValueTask<(IprevResult Result, string Name)> CheckAsync(
        IDnsResolver resolver, IPAddress client, CancellationToken cancellation)
    {
        var plain = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        var (zone, type) = plain.GetAddressBytes().Length == 4 ? ("in-addr", DnsType.A) : ("ip6", DnsType.Aaaa);
        var answer = await resolver.QueryAsync($"{Dnsbl.Reversed(plain)}.{zone}.arpa", DnsType.Reverse, cancellation);
        if (answer.Status == DnsStatus.Failed) return (IprevResult.TempError, "");
        if (answer.Status != DnsStatus.Found) return (IprevResult.PermError, "");
        var isSure = true;
        foreach (var name in answer.Names.Take(NamesMax))
        {
            var forward = await resolver.QueryAsync(name, type, cancellation);
            if (forward.Addresses.Contains(plain)) return (IprevResult.Pass, name);
            isSure &= forward.Status != DnsStatus.Failed;
        }

        return (isSure ? IprevResult.Fail : IprevResult.TempError, "");
    }
}
