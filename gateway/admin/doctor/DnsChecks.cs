using System.Net;
using System.Net.Sockets;
using CompatBot.Protocols.Net.Dns;

namespace CompatBot.Gateway.Admin.Doctor;

/// <summary>What the world's name servers say of the domains whose mail is taken here.</summary>
/// <param name="exchanges">MX hosts of a domain; empty: none; null: nobody answers.</param>
/// <param name="addresses">Addresses of a host; empty when it has none.</param>
internal sealed class DnsChecks(
    Func<string, CancellationToken, Task<IReadOnlyList<string>?>> exchanges,
    Func<string, CancellationToken, Task<IReadOnlyList<IPAddress>>> addresses)
{
    /// <summary>Domains asked about.</summary>
    public const int DomainsMax = 20;

    private const string Check = "dns";

    /// <summary>Names that no public name server knows (RFC 2606, RFC 6761).</summary>
    private static readonly string[] Reserved = ["test", "localhost", "invalid", "example", "local", "internal"];

    public static DnsChecks Real(TimeProvider time) => new(
        (domain, cancellation) => ExchangesAsync(domain, time, cancellation),
        async (host, cancellation) =>
        {
            try
            {
                return await Dns.GetHostAddressesAsync(host, cancellation);
            }
            catch (SocketException)
            {
                return [];
            }
        });

    /// <param name="domains">Of the store.</param>
    /// <param name="hostname">The server's own name.</param>
    public async Task<IReadOnlyList<Finding>> LookAsync(
        IReadOnlyList<string> domains, string hostname, CancellationToken cancellation)
    {
        if (domains.Count == 0) return [Finding.Ok(Check, "no domain to ask about")];
        var findings = new List<Finding>();
        foreach (var domain in domains.Take(DomainsMax)) findings.Add(await DomainAsync(domain, hostname, cancellation));
        if (domains.Count > DomainsMax) findings.Add(Finding.Ok(Check, $"{domains.Count - DomainsMax} more domains were not asked about"));
        return findings;
    }

    /// <returns>"." alone: the domain takes no mail.</returns>
    private static async Task<IReadOnlyList<string>?> ExchangesAsync(string domain, TimeProvider time, CancellationToken cancellation)
    {
        using var resolver = new UnboundResolver([], null, time);
        var answer = await resolver.QueryAsync(domain, DnsType.Mx, cancellation);
        return answer.Status == DnsStatus.Failed ? null : [.. answer.Exchanges.Select(one => one.Host.Length == 0 ? "." : one.Host)];
    }

    private async Task<Finding> DomainAsync(string domain, string hostname, CancellationToken cancellation)
    {
        var top = domain[(domain.LastIndexOf('.') + 1)..];
        if (Reserved.Contains(top)) return Finding.Ok(Check, $"{domain} is a reserved name: not asked about");
        if (await exchanges(domain, cancellation) is not { } hosts)
        {
            return Finding.Warning(Check, $"{domain}: no name server answers", "is the machine offline? --offline skips this check");
        }

        var us = hostname == "localhost" ? "this server" : hostname;
        var publish = $"publish an MX record that names {us}, if its mail shall come here";
        if (hosts is ["."]) return Finding.Warning(Check, $"{domain} says that it takes no mail (null MX)", publish);
        if (hosts.Count == 0)
        {
            return (await addresses(domain, cancellation)).Count == 0
                ? Finding.Warning(Check, $"{domain} has neither MX nor address: mail for it comes nowhere", publish)
                : Finding.Warning(Check, $"{domain} has no MX: mail goes to its address", publish);
        }

        foreach (var host in hosts)
        {
            if ((await addresses(host, cancellation)).Count == 0)
            {
                return Finding.Warning(Check, $"{domain}: its MX {host} has no address", $"publish an A or AAAA record for {host}");
            }
        }

        return hostname == "localhost" || hosts.Contains(hostname, StringComparer.OrdinalIgnoreCase)
            ? Finding.Ok(Check, $"{domain}: MX {string.Join(", ", hosts)}")
            : Finding.Warning(Check, $"{domain}: MX {string.Join(", ", hosts)} does not name {hostname}", publish);
    }
}
