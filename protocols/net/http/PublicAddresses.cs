using System.Net;
using System.Net.Sockets;

namespace CompatBot.Protocols.Net.Http;

/// <summary>Which addresses are everybody's: what a user names may be reached there, and not what is near this server.</summary>
public static class PublicAddresses
{
    /// <summary>Special-purpose addresses (RFC 6890 and the registries after it), multicast and what is reserved.</summary>
    private static readonly IPNetwork[] Special =
    [
        .. ((string[])[
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        ]).Select(IPNetwork.Parse),
    ];

    /// <summary>Global unicast: all else of IPv6 is local, reserved, or has an IPv4 address inside.</summary>
    private static readonly IPNetwork Global = IPNetwork.Parse("2000::/3");

    public static bool Has(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !Global.Contains(address)) return false;
        return !Array.Exists(Special, network => network.Contains(address));
    }
}
