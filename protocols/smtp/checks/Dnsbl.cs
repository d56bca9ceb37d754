using System.Net;
using System.Net.Sockets;
using CompatBot.Protocols.Net.Dns;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>Lists of clients that send junk, as the DNS has them (RFC 5782).</summary>
/// <param name="zones">Lists, in the order in which they are asked.</param>
public sealed class Dnsbl(IDnsResolver resolver, IReadOnlyList<string> zones)
{
    /// <returns>The first list that has the client; null: none, or none that answers.</returns>
    public async ValueTask<string?> ListedByAsync(IPAddress client, CancellationToken cancellation)
    {
        var reversed = Reversed(client);
        foreach (var zone in zones)
        {
            var answer = await resolver.QueryAsync($"{reversed}.{zone}", DnsType.A, cancellation);
            if (answer.Addresses.Any(IsListing)) return zone;
        }

        return null;
    }

    /// <summary>The address's octets (IPv4) or digits (IPv6), the last first: RFC 5782 sections 2.1 and 2.4.</summary>
    public static string Reversed(IPAddress client)
    {
        var plain = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        var octets = plain.GetAddressBytes();
        return plain.AddressFamily == AddressFamily.InterNetwork
            ? string.Join('.', octets.Reverse())
            : string.Join('.', Convert.ToHexStringLower(octets).Reverse());
    }

    /// <summary>127.0.0.0/8; but 127.255.255.0/24 is how lists say that a question was refused.</summary>
    private static bool IsListing(IPAddress answer) =>
        answer.GetAddressBytes() is [127, var second, var third, _] && (second, third) != (255, 255);
}
