using CompatBot.Core.Identity;
using CompatBot.Protocols.Net;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Imap;

/// <summary>What all IMAP connections of a process share.</summary>
public sealed record ImapServices(LineServer Lines, Sessions Sessions, ImapLimits Limits, ILogger<ImapHandler> Log);
