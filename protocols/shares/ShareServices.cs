using CompatBot.Core.Drops;
using CompatBot.Core.Identity;
using CompatBot.Core.Shares;
using CompatBot.Protocols.Net;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Shares;

/// <summary>What all visitors of links share.</summary>
/// <param name="Guard">Slows down who guesses at the passwords of links.</param>
public sealed record ShareServices(
    ShareLinks Links, FileDrops Drops, Accounts Accounts, LoginGuard Guard, ShareLimits Limits, ILogger<ShareHandler> Log);
