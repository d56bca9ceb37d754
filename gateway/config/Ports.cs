namespace CompatBot.Gateway.Config;

/// <summary>How a listener comes to TLS.</summary>
public enum PortSecurity
{
    /// <summary>Plain at first; the client upgrades with STARTTLS.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,

    /// <summary>No TLS at all: for this machine, or a network of one's own.</summary>
    None,
}

/// <param name="Name">The service's IANA name.</param>
/// <param name="StandardPort">The IANA port, if there is one; the one listened on has the offset added.</param>
public sealed record Port(string Name, int StandardPort, PortSecurity Security);

/// <summary>Every port that the gateway listens on.</summary>
public static class Ports
{
    public static Port Imap { get; } = new("imap", 143, PortSecurity.StartTls);

    public static Port Imaps { get; } = new("imaps", 993, PortSecurity.Tls);

    public static Port Pop3 { get; } = new("pop3", 110, PortSecurity.StartTls);

    public static Port Pop3s { get; } = new("pop3s", 995, PortSecurity.Tls);

    public static Port Smtp { get; } = new("smtp", 25, PortSecurity.StartTls);

    public static Port Submission { get; } = new("submission", 587, PortSecurity.StartTls);

    public static Port Submissions { get; } = new("submissions", 465, PortSecurity.Tls);

    /// <summary>Only with --lmtp.</summary>
    public static Port Lmtp { get; } = new("lmtp", 24, PortSecurity.StartTls);

    /// <summary>The control connections of FTP; data connections have ports of their own (--ftp-ports).</summary>
    public static Port Ftp { get; } = new("ftp", 21, PortSecurity.StartTls);

    public static Port Ftps { get; } = new("ftps", 990, PortSecurity.Tls);

    public static Port Sieve { get; } = new("sieve", 4190, PortSecurity.StartTls);

    /// <summary>WebDAV, CalDAV, CardDAV. Passwords only from this machine.</summary>
    public static Port Http { get; } = new("http", 80, PortSecurity.None);

    public static Port Https { get; } = new("https", 443, PortSecurity.Tls);

    /// <summary>/metrics, /healthz, /readyz over HTTP; it has an address of its own (--admin-bind). No IANA port.</summary>
    public static Port Admin { get; } = new("admin", 9080, PortSecurity.None);

    /// <summary>Those that a server always has.</summary>
    public static IReadOnlyList<Port> All { get; } =
        [Imap, Imaps, Pop3, Pop3s, Smtp, Submission, Submissions, Http, Https, Ftp, Ftps, Sieve, Admin];
}
