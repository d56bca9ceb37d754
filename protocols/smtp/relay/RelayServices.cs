using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Notes;
using CompatBot.Core.Queue;
using CompatBot.Protocols.Net.Dns;
using CompatBot.Protocols.Smtp.Relay.Security;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>What sending to other servers needs from the house.</summary>
/// <param name="Post">Brings to accounts here what waited for its time.</param>
/// <param name="HostName">Said in EHLO and in notices.</param>
public sealed record RelayServices(
    MailQueue Queue,
    Accounts Accounts,
    Deliveries Deliveries,
    IMailPost Post,
    IDnsResolver Resolver,
    RelayOptions Options,
    string HostName,
    TimeProvider Time,
    ILogger<RelayRunner> Log)
{
    /// <summary>Keeps MTA-STS policies over a restart; null: they are fetched anew.</summary>
    public HostNotes? Notes { get; init; }

    /// <summary>Hears how TLS went with servers that publish what they want; null: nobody does.</summary>
    public ITlsReports? Reports { get; init; }

    /// <summary>Gets MTA-STS policies; null: from the domains' web servers.</summary>
    public IStsFetcher? Fetcher { get; init; }
}
