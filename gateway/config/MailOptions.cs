using System.Net;
using System.Net.Sockets;
using CompatBot.Core.Identity;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp;
using CompatBot.Protocols.Smtp.Checks;
using CompatBot.Protocols.Smtp.Filters;
using CompatBot.Protocols.Smtp.Relay;

namespace CompatBot.Gateway.Config;

/// <summary>What `compatbot serve` can be told about mail between servers.</summary>
public sealed record MailOptions
{
    /// <summary>Where mail servers listen for each other.</summary>
    public const int StandardRelayPort = 25;

    /// <summary>Where web servers have MTA-STS policies.</summary>
    public const int StandardPolicyPort = 443;

    /// <summary>Mail that its author's domain wants refused is refused.</summary>
    public const string StandardDmarc = "reject";

    /// <summary>Senders tell what would fail, and send all the same.</summary>
    public const string StandardMtaSts = "testing";

    /// <summary>The root's keys (Debian: dns-root-data).</summary>
    public const string StandardTrustAnchor = "/usr/share/dns/root.key";

    /// <summary>Stands for no file, no network.</summary>
    public const string None = "none";

    /// <summary>How long a filter may take for one message, from its first octet on.</summary>
    private static readonly TimeSpan FilterTimeout = TimeSpan.FromMinutes(5);

    public static readonly int StandardRecipientsPerHour = new SmtpLimits().RecipientsPerHourMax;

    /// <summary>Programs of this machine.</summary>
    public static readonly string[] StandardTrusted = ["127.0.0.0/8", "::1"];

    /// <summary>Address that gets mail to the bare postmaster, and to the postmasters of domains that have none.</summary>
    public string? Postmaster { get; init; }

    /// <summary>"HOST" or "HOST:PORT" that takes all mail to other servers; null: each domain's own exchanges do.</summary>
    public string? Smarthost { get; init; }

    /// <summary>File with "user:password" for the smarthost; null: no login.</summary>
    public string? SmarthostLoginFile { get; init; }

    /// <summary>What becomes of mail that fails DMARC: off, mark or reject.</summary>
    public string Dmarc { get; init; } = StandardDmarc;

    /// <summary>Networks whose mail is not looked at, "192.0.2.0/24" or "192.0.2.1"; "none" for no network at all.</summary>
    public IReadOnlyList<string> Trusted { get; init; } = StandardTrusted;

    /// <summary>Recipients to whom one device may write in an hour; 0: any number.</summary>
    public int RecipientsPerHour { get; init; } = StandardRecipientsPerHour;

    /// <summary>Port of other mail servers.</summary>
    public int RelayPort { get; init; } = StandardRelayPort;

    /// <summary>Port of the web servers that have MTA-STS policies.</summary>
    public int PolicyPort { get; init; } = StandardPolicyPort;

    /// <summary>Name servers, "192.0.2.1" or "192.0.2.1@5353"; none: those of the system.</summary>
    public IReadOnlyList<string> DnsServers { get; init; } = [];

    /// <summary>Filters and proxies in front that say, by XCLIENT, for whom they speak.</summary>
    public IReadOnlyList<string> XclientFrom { get; init; } = [];

    /// <summary>The same, once <see cref="Mistakes"/> has nothing to say.</summary>
    public IReadOnlyList<IPNetwork> SpeakersForOthers => [.. Networks(XclientFrom)];

    /// <summary>File with the keys that DNSSEC begins at; "none": nothing is validated; null: the root's, where they are there.</summary>
    public string? TrustAnchor { get; init; }

    /// <summary>Domains, such as those of mailing lists and forwarders, whose ARC seals count.</summary>
    public IReadOnlyList<string> TrustedSealers { get; init; } = [];

    /// <summary>What senders shall demand of this server's TLS (MTA-STS): enforce, testing, or none.</summary>
    public string MtaSts { get; init; } = StandardMtaSts;

    /// <summary>A port for LMTP, for a mail server of one's own in front.</summary>
    public bool Lmtp { get; init; }

    /// <summary>Lists in the DNS of clients from whom nothing is taken.</summary>
    public IReadOnlyList<string> Lists { get; init; } = [];

    /// <summary>Clients that were never here before are asked to come again.</summary>
    public bool Greylists { get; init; }

    /// <summary>URL of rspamd's worker; null: none.</summary>
    public string? Rspamd { get; init; }

    /// <summary>"HOST:PORT" or the path of the socket of ClamAV's daemon; null: none.</summary>
    public string? Clamd { get; init; }

    /// <summary>Where a filter gives no answer, mail is put off.</summary>
    public bool FiltersAreStrict { get; init; }

    /// <summary>The file that counts; null: nothing is validated.</summary>
    public string? AnchorFile => TrustAnchor is not null ? TrustAnchor == None ? null : TrustAnchor
        : File.Exists(StandardTrustAnchor) ? StandardTrustAnchor : null;

    /// <summary>How mail of strangers is looked at. Once <see cref="Mistakes"/> has nothing to say.</summary>
    public MailChecks Checks(IDnsResolver resolver) => new(resolver, Dmarc == "reject", [.. Networks(Trusted)])
    {
        Verifies = Dmarc != "off",
        TrustedSealers = TrustedSealers.Select(domain => domain.ToLowerInvariant()).ToHashSet(StringComparer.Ordinal),
        Lists = Lists.Count > 0 ? new Dnsbl(resolver, Lists) : null,
    };

    /// <summary>Programs that look at mail of strangers. Once <see cref="Mistakes"/> has nothing to say.</summary>
    public ContentFilters? Filters(ILogger<ContentFilters> log)
    {
        List<IContentFilter> filters = [];
        if (Clamd is not null) filters.Add(new ClamdFilter(ClamdEnd(Clamd)!, FilterTimeout));
        if (Rspamd is not null) filters.Add(new RspamdFilter(new Uri(Rspamd), FilterTimeout));
        return filters.Count > 0 ? new ContentFilters(filters, FiltersAreStrict, log) : null;
    }

    /// <summary>How mail goes to other servers. Once <see cref="Mistakes"/> has nothing to say.</summary>
    /// <exception cref="IOException">The login's file does not read.</exception>
    public RelayOptions Relay()
    {
        var options = new RelayOptions { Port = RelayPort, PolicyPort = PolicyPort };
        if (Smarthost is null) return options;
        var (host, port) = RelayOptions.HostAndPort(Smarthost, RelayPort)!.Value;
        (string, string)? login = SmarthostLoginFile is { } file && File.ReadAllText(file).Trim().Split(':', 2) is [var user, var password]
            ? (user, password)
            : null;
        return options with { Smarthost = new Smarthost(host, port, login) };
    }

    /// <summary>What is wrong with these options, in words that say what to do; empty when they can be served.</summary>
    public IEnumerable<string> Mistakes()
    {
        if (Smarthost is { } smarthost && RelayOptions.HostAndPort(smarthost, RelayPort) is null)
        {
            yield return $"--smarthost {smarthost} is no HOST or HOST:PORT";
        }

        if (SmarthostLoginFile is { } login)
        {
            if (Smarthost is null) yield return "--smarthost-login is for --smarthost";
            if (!File.Exists(login)) yield return $"--smarthost-login: there is no file {login}";
            else if (!File.ReadAllText(login).Contains(
                ':', StringComparison.Ordinal)) yield return $"--smarthost-login: {login} is not user:password";
        }

        if (Dmarc is not ("off" or "mark" or "reject")) yield return $"--dmarc {Dmarc} is none of off, mark and reject";
        foreach (var network in Trusted.Where(text => text != None && Network(text) is null))
        {
            yield return $"--trusted {network} is no address and no network";
        }

        foreach (var network in XclientFrom.Where(text => Network(text) is null))
        {
            yield return $"--xclient-from {network} is no address and no network";
        }

        if (MtaSts is not ("enforce" or "testing" or None)) yield return $"--mta-sts {MtaSts} is none of enforce, testing and none";
        if (RecipientsPerHour < 0) yield return $"--recipients-per-hour {RecipientsPerHour} is less than none";
        if (RelayPort is < 1 or > IPEndPoint.MaxPort) yield return $"--relay-port {RelayPort}: ports end at {IPEndPoint.MaxPort}";
        if (PolicyPort is < 1 or > IPEndPoint.MaxPort) yield return $"--policy-port {PolicyPort}: ports end at {IPEndPoint.MaxPort}";
        foreach (var server in DnsServers.Where(server => !IsNameServer(server)))
        {
            yield return $"--dns {server} is no address, and no ADDRESS@PORT";
        }

        foreach (var list in Lists.Where(list => Address.DomainName(list) is null)) yield return $"--dnsbl {list} is no domain name";
        if (Rspamd is not null && !(Uri.TryCreate(Rspamd, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
        {
            yield return $"--rspamd {Rspamd} is no http or https URL";
        }

        if (Clamd is not null && ClamdEnd(Clamd) is null) yield return $"--clamd {Clamd} is no HOST:PORT and no path";
        if (TrustAnchor is not (null or None) && !File.Exists(TrustAnchor)) yield return $"--dns-anchor: there is no file {TrustAnchor}";
    }

    private static IEnumerable<IPNetwork> Networks(IEnumerable<string> texts) =>
        texts.Where(text => text != None).Select(text => Network(text)!.Value);

    internal static bool IsNameServer(string text) =>
        text.Split('@') is [var address, .. var port] && IPAddress.TryParse(address, out _)
            && port is [] or [_] && port.All(one => ushort.TryParse(one, out _));

    private static EndPoint? ClamdEnd(string text) =>
        text.StartsWith('/') ? new UnixDomainSocketEndPoint(text)
        : RelayOptions.HostAndPort(text, 0) is not var (host, port) ? null
        : IPAddress.TryParse(host, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);

    internal static IPNetwork? Network(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;
}
