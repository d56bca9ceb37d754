using System.Net;

namespace CompatBot.Protocols.Smtp.Relay.Security;

/// <summary>RFC 8460 section 4.4: what a domain has that tells how its mail is to be sent.</summary>
public enum TlsPolicyType
{
    Sts,
    Tlsa,
}

/// <summary>How TLS went with one server.</summary>
/// <param name="Domain">Whose mail.</param>
/// <param name="Exchanges">The patterns of an MTA-STS policy.</param>
/// <param name="Failure">A word of RFC 8460 section 4.3; null: it went well.</param>
/// <param name="Host">The server; empty: it came to none.</param>
public sealed record TlsOutcome(
    string Domain, TlsPolicyType Type, IReadOnlyList<string> Exchanges, string? Failure, string Host = "", IPAddress? Address = null)
{
    public override string ToString() => "(TLS outcome)";
}

/// <summary>Collects what the daily reports tell (RFC 8460).</summary>
public interface ITlsReports
{
    void Add(TlsOutcome outcome);
}
