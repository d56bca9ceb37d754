using CompatBot.Core.Drops;
using CompatBot.Core.Identity;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Sasl;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Ftp;

/// <summary>What every FTP connection needs from the house.</summary>
public sealed record FtpServices(
    LineServer Server, Logins Logins, Accounts Accounts, Quotas Quotas, FtpLimits Limits, TimeProvider Time, ILogger<FtpHandler> Log)
{
    /// <summary>Takes what devices that may only upload send; null: they are not let in.</summary>
    public FileDrops? Drops { get; init; }
}
