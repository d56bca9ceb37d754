namespace CompatBot.Protocols.Sieve.Language;

/// <summary>A script that went wrong while it ran: the message is kept, and nothing else happens (RFC 5228 section 2.10.6).</summary>
public sealed class SieveRunException(string message) : Exception(message);
