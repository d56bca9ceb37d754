namespace CompatBot.Gateway.Config;

/// <summary>How a listener comes to TLS.</summary>
public enum PortSecurity
{
    /// <summary>Plain at first; the client upgrades with STARTTLS.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,
}

/// <param name="Name">The service's IANA name.</param>
/// <param name="StandardPort">The IANA port; the one listened on has the offset added.</param>
public sealed record Port(string Name, int StandardPort, PortSecurity Security);

/// <summary>Every port that the gateway listens on.</summary>
public static class Ports
{
    public static Port Imap { get; } = new("imap", 143, PortSecurity.StartTls);

    public static Port Imaps { get; } = new("imaps", 993, PortSecurity.Tls);

    public static Port Smtp { get; } = new("smtp", 25, PortSecurity.StartTls);

    public static Port Submission { get; } = new("submission", 587, PortSecurity.StartTls);

    public static Port Submissions { get; } = new("submissions", 465, PortSecurity.Tls);

    public static IReadOnlyList<Port> All { get; } = [Imap, Imaps, Smtp, Submission, Submissions];
}
