using CompatBot.Core.Identity;
using CompatBot.Core.Queue;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Sieve;

/// <summary>What scripts need from the house.</summary>
/// <param name="HostName">Of this server.</param>
public sealed record SieveServices(Accounts Accounts, IMailPost Post, string HostName, TimeProvider Time, ILogger<SieveFilter> Log);
