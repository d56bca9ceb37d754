namespace CompatBot.MailLoad;

/// <summary>The server, or the command line, did something that makes the measurement worthless.</summary>
public sealed class LoadException(string message) : Exception(message);
