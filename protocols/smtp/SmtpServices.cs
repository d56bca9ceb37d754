using System.Net;
using CompatBot.Core.Identity;
using CompatBot.Core.Mail;
using CompatBot.Core.Queue;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Sasl;
using CompatBot.Protocols.Smtp.Checks;
using CompatBot.Protocols.Smtp.Dkim;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Smtp;

/// <summary>What every SMTP connection needs from the house.</summary>
/// <param name="Queue">Takes what goes to other servers.</param>
/// <param name="HostName">Said in the greeting, EHLO and Received.</param>
/// <param name="Postmaster">
/// Gets &lt;postmaster> and the postmaster of local domains that have none (RFC 5321 section 4.5.1); null: nobody.
/// </param>
public sealed record SmtpServices(
    LineServer Server,
    Logins Logins,
    Accounts Accounts,
    Deliveries Deliveries,
    MailQueue Queue,
    SmtpLimits Limits,
    string HostName,
    string? Postmaster,
    TimeProvider Time,
    ILogger<SmtpHandler> Log)
{
    /// <summary>How fast devices may send, and strangers.</summary>
    public SmtpPaces Paces { get; } = new(Limits, Time);

    /// <summary>Who may say, by XCLIENT, for whom it speaks.</summary>
    public IReadOnlyList<IPNetwork> SpeakersForOthers { get; init; } = [];

    /// <summary>Signs what goes to other servers; null: nothing does.</summary>
    public DkimKeys? Dkim { get; init; }

    /// <summary>Looks at what comes from strangers; null: nothing does.</summary>
    public MailChecks? Checks { get; init; }
}
