using CompatBot.Core.Identity;
using CompatBot.Protocols.Net.Sasl;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Dav;

/// <summary>What all requests of a process share.</summary>
public sealed record DavServices(
    Logins Logins, Accounts Accounts, Quotas Quotas, DavLimits Limits, TimeProvider Time, ILogger<DavHandler> Log);
