using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using CompatBot.Gateway.Config;
using CompatBot.Gateway.Watch;

namespace CompatBot.Gateway.Admin;

/// <summary>The options of `compatbot serve`, read into <see cref="ServeOptions"/>.</summary>
internal sealed class Serve : Command
{
    private readonly Option<int> _portOffset = new("--port-offset")
    {
        Description = "Added to every standard port (0 needs root)",
        DefaultValueFactory = _ => 10000,
    };

    private readonly Option<bool> _freePorts = new("--free-ports")
    {
        Description = "Let the system pick every port; the banner says which",
    };

    private readonly Option<IPAddress> _bind = new("--bind")
    {
        Description = "Address to listen on; 0.0.0.0 for every IPv4 interface, :: for all",
        DefaultValueFactory = _ => IPAddress.Loopback,
        CustomParser = Address("--bind"),
    };

    private readonly Option<IPAddress> _adminBind = new("--admin-bind")
    {
        Description = "Address for /metrics, /healthz and /readyz (port 9080 + offset, HTTP, no login)",
        DefaultValueFactory = _ => IPAddress.Loopback,
        CustomParser = Address("--admin-bind"),
    };

    private readonly Option<Uri?> _otlp = new("--otlp")
    {
        Description = $"Send metrics to this OTLP/HTTP collector (default: ${Otlp.EndpointVariable})",
        HelpName = "URL",
        CustomParser = argument => new Uri(argument.Tokens[^1].Value, UriKind.RelativeOrAbsolute),
    };

    private readonly Option<string> _hostname = new("--hostname")
    {
        Description = "The server's public name: greetings, trace headers, self-made certificate",
        DefaultValueFactory = _ => "localhost",
    };

    private readonly ServeMail _mail = new();

    private readonly Option<string[]> _proxies = new("--proxy-from")
    {
        Description = "Address or network of a proxy in front (HAProxy), which says by the PROXY protocol for whom it speaks",
        HelpName = "network",
    };

    private readonly Option<string[]> _imapWithout = new("--imap-without")
    {
        Description = "Capability of IMAP that is not told, for a client that goes wrong with it; more by more options",
        HelpName = "name",
    };

    private readonly Option<int?> _imapMessages = new("--imap-messages-max")
    {
        Description = "Messages that one command of IMAP works on, told as MESSAGELIMIT (default: any number)",
        HelpName = "count",
    };

    private readonly Option<bool> _privateSources = new("--private-sources")
    {
        Description = "Fetch calendars from, and push to, this network's own addresses too: accounts then reach what this server reaches",
    };

    private readonly Option<string?> _certificate = new("--tls-cert") { Description = "PEM certificate chain (default: a self-made one)" };
    private readonly Option<string?> _key = new("--tls-key") { Description = "PEM private key" };

    private readonly Option<string?> _heads = new("--heads")
    {
        Description = "Folder, best on another disk, that keeps signed heads of journals: an older copy is then refused",
        HelpName = "folder",
    };

    private readonly Option<string?> _hostKey = new("--host-key")
    {
        Description = "File with the host key, 64 hex digits (default: systemd credential compatbot-host-key, or a file of the store)",
        HelpName = "file",
    };

    private readonly Option<int> _vaultGrace = new("--vault-grace")
    {
        Description = "Seconds that an account's keys stay in memory after its last session",
        DefaultValueFactory = _ => 60,
        HelpName = "seconds",
    };

    private readonly Option<int?> _historyDays = new("--history-days")
    {
        Description = "How long deleted mail can be brought back where an account says nothing (default: as said last, at first 30)",
        HelpName = "days",
    };

    private readonly Option<string?> _ftpPorts = new("--ftp-ports")
    {
        Description = "Ports of FTP's passive data connections, as in 50000-50100 (default: any that is free)",
    };

    private readonly Option<string?> _quota = new("--quota")
    {
        Description = "How much an account may have that has no quota of its own: octets, or with K, M, G or T (default: no limit)",
        HelpName = "size",
    };

    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "How much memory open accounts may take before those that nobody uses are closed early (default: a quarter of all)",
        HelpName = "size",
    };

    private readonly Option<LogLevel> _logLevel = new("--log-level")
    {
        Description = "What goes to standard error: Debug, Information, Warning, Error or None",
        DefaultValueFactory = _ => LogLevel.Warning,
        HelpName = "level",
    };

    private readonly Option<string?> _firstAccount = new("--first-account")
    {
        Description = "Make this account when the store has none, and print it once",
        HelpName = "address",
    };

    public Serve() : base("serve", "Run the server in the foreground; Ctrl-C or SIGTERM stops it")
    {
        Option[] options =
        [
            _portOffset, _freePorts, _bind, _adminBind, _otlp, _hostname, .. _mail.Options, _proxies, _imapWithout, _imapMessages,
            _privateSources,
            _certificate, _key, _heads, _hostKey, _vaultGrace, _historyDays, _ftpPorts, _quota, _memory, _logLevel, _firstAccount,
        ];
        foreach (var option in options) Options.Add(option);
    }

    /// <summary>The options that say where a server would be; `doctor` takes them too.</summary>
    public IReadOnlyList<Option> PlaceOptions => [_portOffset, _bind, _adminBind, _hostname, _certificate, _key];

    public ServeOptions Read(ParseResult parse) => new()
    {
        DataDirectory = Path.GetFullPath(parse.GetValue(CommonOptions.Data)!),
        PortOffset = parse.GetValue(_portOffset),
        FreePorts = parse.GetValue(_freePorts),
        Bind = parse.GetValue(_bind)!,
        AdminBind = parse.GetValue(_adminBind)!,
        OtlpEndpoint = parse.GetValue(_otlp) ?? Otlp.FromEnvironment(),
        Hostname = parse.GetValue(_hostname)!,
        ProxiesFrom = parse.GetValue(_proxies) ?? [],
        ImapWithout = parse.GetValue(_imapWithout) ?? [],
        ImapMessagesMax = parse.GetValue(_imapMessages),
        PrivateSources = parse.GetValue(_privateSources),
        Mail = _mail.Read(parse, parse.GetValue(_firstAccount)),
        TlsCertificateFile = parse.GetValue(_certificate),
        TlsKeyFile = parse.GetValue(_key),
        HeadsFolder = parse.GetValue(_heads) is { } heads ? Path.GetFullPath(heads) : null,
        HostKeyFile = parse.GetValue(_hostKey),
        VaultGrace = TimeSpan.FromSeconds(parse.GetValue(_vaultGrace)),
        HistoryDays = parse.GetValue(_historyDays),
        FtpPorts = parse.GetValue(_ftpPorts),
        Quota = parse.GetValue(_quota),
        Memory = parse.GetValue(_memory),
        LogLevel = parse.GetValue(_logLevel),
        FirstAccount = parse.GetValue(_firstAccount),
        Json = parse.GetValue(CommonOptions.Json),
    };

    private static Func<ArgumentResult, IPAddress?> Address(string option) => argument =>
    {
        if (IPAddress.TryParse(argument.Tokens[^1].Value, out var address)) return address;
        argument.AddError($"{option} {argument.Tokens[^1].Value} is no IP address");
        return null;
    };
}
