using CompatBot.Core.Identity;
using CompatBot.Core.Mail.Filters;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Sasl;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.ManageSieve;

/// <summary>What every ManageSieve connection needs from the house.</summary>
/// <param name="Language">Knows whether a script is one.</param>
public sealed record ManageSieveServices(
    LineServer Server, Logins Logins, Accounts Accounts, IMailFilter Language, ManageSieveLimits Limits, ILogger<ManageSieveHandler> Log);
