using System.CommandLine;
using CompatBot.Gateway.Config;

namespace CompatBot.Gateway.Admin;

/// <summary>The options of `compatbot serve` about mail between servers, read into <see cref="MailOptions"/>.</summary>
internal sealed class ServeMail
{
    private readonly Option<string?> _postmaster = new("--postmaster")
    {
        Description = "Account that gets mail to postmaster where a domain has none, and sends reports (default: that of --first-account)",
        HelpName = "address",
    };

    private readonly Option<string?> _smarthost = new("--smarthost")
    {
        Description = "Server that takes all mail to others (default: the mail exchangers of each domain)",
        HelpName = "host[:port]",
    };

    private readonly Option<string?> _smarthostLogin = new("--smarthost-login")
    {
        Description = "File with user:password for the smarthost",
        HelpName = "file",
    };

    private readonly Option<string> _dmarc = new("--dmarc")
    {
        Description = "What becomes of mail that its author's domain wants refused: reject; mark (it gets Authentication-Results); off",
        DefaultValueFactory = _ => MailOptions.StandardDmarc,
        HelpName = "word",
    };

    private readonly Option<string[]> _trusted = new("--trusted")
    {
        Description = "Address or network whose mail is not looked at, such as a relay in front; none for not even loopback",
        HelpName = "network",
    };

    private readonly Option<string[]> _xclient = new("--xclient-from")
    {
        Description = "Address or network of a filter in front (Postfix, nginx), which says by XCLIENT for whom it speaks",
        HelpName = "network",
    };

    private readonly Option<int> _recipientsPerHour = new("--recipients-per-hour")
    {
        Description = "Recipients to whom one device may write in an hour; 0: any number",
        DefaultValueFactory = _ => MailOptions.StandardRecipientsPerHour,
    };

    private readonly Option<int> _relayPort = new("--relay-port")
    {
        Description = "Port of other mail servers",
        DefaultValueFactory = _ => MailOptions.StandardRelayPort,
    };

    private readonly Option<int> _policyPort = new("--policy-port")
    {
        Description = "Port of web servers that have MTA-STS policies",
        DefaultValueFactory = _ => MailOptions.StandardPolicyPort,
    };

    private readonly Option<string[]> _dns = new("--dns")
    {
        Description = "Name server to ask, more than one by more options (default: those of /etc/resolv.conf)",
        HelpName = "address[@port]",
    };

    private readonly Option<string?> _anchor = new("--dns-anchor")
    {
        Description = $"File with keys that DNSSEC begins at; none: nothing is validated (default: {MailOptions.StandardTrustAnchor})",
        HelpName = "file",
    };

    private readonly Option<string[]> _sealers = new("--arc-trust")
    {
        Description = "Domain of a forwarder or mailing list whose ARC seal counts where DMARC fails; more by more options",
        HelpName = "domain",
    };

    private readonly Option<string> _mtaSts = new("--mta-sts")
    {
        Description = "What https://mta-sts.DOMAIN tells senders to demand of TLS here: enforce, testing, or none",
        DefaultValueFactory = _ => MailOptions.StandardMtaSts,
        HelpName = "mode",
    };

    private readonly Option<bool> _lmtp = new("--lmtp")
    {
        Description = "Listen for LMTP on port 24 + offset, for a mail server of your own in front; only trusted networks may use it",
    };

    private readonly Option<string[]> _lists = new("--dnsbl")
    {
        Description = "List in the DNS of clients from whom nothing is taken, such as zen.spamhaus.org; more by more options",
        HelpName = "domain",
    };

    private readonly Option<bool> _greylist = new("--greylist") { Description = "Ask clients that were never here before to come again" };

    private readonly Option<string?> _rspamd = new("--rspamd")
    {
        Description = "rspamd's worker, http://127.0.0.1:11333: its spam goes to Junk or is refused",
        HelpName = "URL",
    };

    private readonly Option<string?> _clamd = new("--clamd")
    {
        Description = "ClamAV's daemon, HOST:PORT or the path of its socket: what it finds is refused",
        HelpName = "end",
    };

    private readonly Option<bool> _strict = new("--filters-strict")
    {
        Description = "Put mail off while a filter gives no answer (default: take it)",
    };

    public IEnumerable<Option> Options =>
    [
        _postmaster, _smarthost, _smarthostLogin, _recipientsPerHour, _relayPort, _policyPort, _dmarc, _trusted, _xclient, _dns, _anchor,
        _sealers, _mtaSts, _lmtp, _lists, _greylist, _rspamd, _clamd, _strict,
    ];

    /// <param name="firstAccount">Of --first-account: the postmaster where nothing is said.</param>
    public MailOptions Read(ParseResult parse, string? firstAccount)
    {
        return new MailOptions
        {
            Postmaster = parse.GetValue(_postmaster) ?? firstAccount,
            Smarthost = parse.GetValue(_smarthost),
            SmarthostLoginFile = parse.GetValue(_smarthostLogin),
            RecipientsPerHour = parse.GetValue(_recipientsPerHour),
            RelayPort = PortOf(_relayPort, MailOptions.StandardRelayPort),
            PolicyPort = PortOf(_policyPort, MailOptions.StandardPolicyPort),
            Dmarc = parse.GetValue(_dmarc) ?? MailOptions.StandardDmarc,
            Trusted = parse.GetValue(_trusted) is { Length: > 0 } trusted ? trusted : MailOptions.StandardTrusted,
            XclientFrom = parse.GetValue(_xclient) ?? [],
            DnsServers = parse.GetValue(_dns) ?? [],
            TrustAnchor = parse.GetValue(_anchor),
            TrustedSealers = parse.GetValue(_sealers) ?? [],
            MtaSts = parse.GetValue(_mtaSts) ?? MailOptions.StandardMtaSts,
            Lmtp = parse.GetValue(_lmtp),
            Lists = parse.GetValue(_lists) ?? [],
            Greylists = parse.GetValue(_greylist),
            Rspamd = parse.GetValue(_rspamd),
            Clamd = parse.GetValue(_clamd),
            FiltersAreStrict = parse.GetValue(_strict),
        };

        // Without the option, as in `doctor`, there is no default either.
        int PortOf(Option<int> option, int standard) => parse.GetValue(option) is var port and not 0 ? port : standard;
    }
}
