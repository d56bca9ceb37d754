using CompatBot.Core.Identity;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Sasl;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Imap;

/// <summary>What all IMAP connections of a process share.</summary>
public sealed record ImapServices(
    LineServer Lines, Logins Logins, Quotas Quotas, ImapLimits Limits, TimeProvider Time, ILogger<ImapHandler> Log)
{
    /// <summary>Capabilities that are not told, for a client that goes wrong with one.</summary>
    public IReadOnlySet<string> Without { get; init; } = new HashSet<string>();
}
