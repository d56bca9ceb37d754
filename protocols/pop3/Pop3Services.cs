using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Sasl;
using Microsoft.Extensions.Logging;

namespace CompatBot.Protocols.Pop3;

/// <summary>What every POP3 connection needs from the house.</summary>
public sealed record Pop3Services(LineServer Server, Logins Logins, Pop3Limits Limits, ILogger<Pop3Handler> Log);
