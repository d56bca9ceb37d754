using CompatBot.Core.Identity;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Sasl;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Imap;

/// <summary>What all IMAP connections of a process share.</summary>
/// <param name="Hostname">This server's name, as URLs have it.</param>
public sealed record ImapServices(
    LineServer Lines,
    Logins Logins,
    Accounts Accounts,
    Quotas Quotas,
    ImapLimits Limits,
    string Hostname,
    TimeProvider Time,
    ILogger<ImapHandler> Log)
{
    /// <summary>Capabilities that nobody is told of, for a client that goes wrong with one; in any case of letters.</summary>
    public IReadOnlySet<string> Without { get; init; } = new HashSet<string>();
}
