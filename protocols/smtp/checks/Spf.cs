using System.Net;
using System.Net.Sockets;
using CompatBot.Protocols.Net.Dns;

namespace CompatBot.Protocols.Smtp.Checks;

/// <summary>Whether a domain lets a client send for it (RFC 7208): check_host(), with the bounds of section 4.6.4.</summary>
internal sealed class Spf(IDnsResolver resolver, SpfMacros macros, CancellationToken cancellation)
{
    /// <summary>Terms that ask the DNS, in one check.</summary>
    public const int LookupsMax = 10;

    /// <summary>Questions with no answer, in one check.</summary>
    public const int VoidLookupsMax = 2;

    /// <summary>Names of one mx or ptr that are looked up.</summary>
    public const int NamesMax = 10;

    private int _lookups, _voids;

    /// <summary>Checks the sender of a message, or for the null path the name that the client gave itself (section 2.4).</summary>
    public static async ValueTask<(SpfResult Result, string Domain)> CheckAsync(
        IDnsResolver resolver, IPAddress client, string helo, string local, string domain, CancellationToken cancellation)
    {
        if (client.IsIPv4MappedToIPv6) client = client.MapToIPv4();
        if (domain.Length == 0) (local, domain) = ("postmaster", helo);
        if (local.Length == 0) local = "postmaster";
        var macros = new SpfMacros(client, local, domain, helo);
        return (await new Spf(resolver, macros, cancellation).HostAsync(domain, isFirst: true), domain);
    }

    private async ValueTask<SpfResult> HostAsync(string domain, bool isFirst)
    {
        if (!IsName(domain)) return isFirst ? SpfResult.None : SpfResult.PermError;
        var answer = await resolver.QueryAsync(domain, DnsType.Txt, cancellation);
        if (answer.Status == DnsStatus.Failed) return SpfResult.TempError;
        List<string> records = [.. answer.Texts.Where(SpfRecord.IsSpf)];
        if (records.Count == 0) return SpfResult.None;
        if (records.Count > 1 || SpfRecord.Parse(records[0]) is not { } record) return SpfResult.PermError;
        foreach (var term in record.Terms)
        {
            // Null: it does not match. A result: it does, or something is wrong.
            if (await TermAsync(term, domain) is { } result) return result;
        }

        if (record.Redirect is null) return SpfResult.Neutral;
        if (++_lookups > LookupsMax) return SpfResult.PermError;
        var redirected = await HostAsync(macros.Expand(record.Redirect, domain), isFirst: false);
        return redirected == SpfResult.None ? SpfResult.PermError : redirected;
    }

    private async ValueTask<SpfResult?> TermAsync(SpfTerm term, string domain)
    {
        if (term.Name is "all") return term.Result;
        if (term.Name is "ip4" or "ip6") return IsIn(term.Network!, term.Bits4) ? term.Result : null;
        if (++_lookups > LookupsMax) return SpfResult.PermError;
        var target = term.Domain is null ? domain : macros.Expand(term.Domain, domain);
        switch (term.Name)
        {
            case "include":
                return await HostAsync(target, isFirst: false) switch
                {
                    SpfResult.Pass => term.Result,
                    SpfResult.TempError => SpfResult.TempError,
                    SpfResult.PermError or SpfResult.None => SpfResult.PermError,
                    _ => null,
                };
            case "exists":
                var exists = await AskAsync(target, DnsType.A);
                return exists.Error ?? (exists.Answer.Status == DnsStatus.Found ? term.Result : null);
            case "a":
                return await HasAddressAsync(target, term);
            case "mx":
                var exchanges = await AskAsync(target, DnsType.Mx);
                if (exchanges.Error is not null) return exchanges.Error;
                var hosts = exchanges.Answer.Exchanges.Select(one => one.Host).Where(host => host.Length > 0).ToList();
                if (hosts.Count > NamesMax) return SpfResult.PermError;
                foreach (var host in hosts)
                {
                    if (await HasAddressAsync(host, term) is { } result) return result;
                }

                return null;
            default:
                return await HasNameAsync(target, term);
        }
    }

    private async ValueTask<SpfResult?> HasAddressAsync(string host, SpfTerm term)
    {
        var isSix = macros.Client.AddressFamily == AddressFamily.InterNetworkV6;
        var found = await AskAsync(host, isSix ? DnsType.Aaaa : DnsType.A);
        return found.Error ?? (found.Answer.Addresses.Any(one => IsIn(one, isSix ? term.Bits6 : term.Bits4)) ? term.Result : null);
    }

    /// <summary>ptr (section 5.5): the client's names that lead back to it.</summary>
    private async ValueTask<SpfResult?> HasNameAsync(string target, SpfTerm term)
    {
        var isSix = macros.Client.AddressFamily == AddressFamily.InterNetworkV6;
        var reverse = isSix
            ? string.Join('.', Convert.ToHexStringLower(macros.Client.GetAddressBytes()).Reverse()) + ".ip6.arpa"
            : string.Join('.', macros.Client.ToString().Split('.').Reverse()) + ".in-addr.arpa";
        var names = await resolver.QueryAsync(reverse, DnsType.Reverse, cancellation);
        foreach (var name in names.Names.Take(NamesMax))
        {
            var isBelow = name.Equals(target, StringComparison.OrdinalIgnoreCase)
                || name.EndsWith($".{target}", StringComparison.OrdinalIgnoreCase);
            if (!isBelow) continue;
            var back = await resolver.QueryAsync(name, isSix ? DnsType.Aaaa : DnsType.A, cancellation);
            if (back.Addresses.Contains(macros.Client)) return term.Result;
        }

        return null;
    }

    private async ValueTask<(DnsAnswer Answer, SpfResult? Error)> AskAsync(string name, DnsType type)
    {
        var answer = IsName(name) ? await resolver.QueryAsync(name, type, cancellation) : new DnsAnswer(DnsStatus.NoName, []);
        SpfResult? error = answer.Status switch
        {
            DnsStatus.Failed => SpfResult.TempError,
            DnsStatus.NoName or DnsStatus.NoData when ++_voids > VoidLookupsMax => SpfResult.PermError,
            _ => null,
        };
        return (answer, error);
    }

    private bool IsIn(IPAddress network, int bits) =>
        network.AddressFamily == macros.Client.AddressFamily && new IPNetwork(Masked(network, bits), bits).Contains(macros.Client);

    /// <summary>Records name addresses with bits beyond their prefix; IPNetwork takes none.</summary>
    private static IPAddress Masked(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        for (var at = 0; at < bytes.Length; at++)
        {
            var kept = Math.Clamp(bits - (at * 8), 0, 8);
            bytes[at] &= (byte)(0xFF << (8 - kept));
        }

        return new IPAddress(bytes);
    }

    /// <summary>A name that can be asked about: two labels or more, none empty or too long (section 4.3).</summary>
    private static bool IsName(string name) =>
        name.Length is > 0 and <= 253 && name.Contains('.', StringComparison.Ordinal)
        && name.Split('.').All(label => label.Length is > 0 and <= 63) && System.Text.Ascii.IsValid(name);
}
