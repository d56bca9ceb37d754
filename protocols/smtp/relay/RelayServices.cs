using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Queue;
using CompatBot.Protocols.Net.Dns;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Smtp.Relay;

/// <summary>What sending to other servers needs from the house.</summary>
/// <param name="HostName">Said in EHLO and in notices.</param>
public sealed record RelayServices(
    MailQueue Queue,
    Accounts Accounts,
    Deliveries Deliveries,
    IDnsResolver Resolver,
    RelayOptions Options,
    string HostName,
    TimeProvider Time,
    ILogger<RelayRunner> Log);
