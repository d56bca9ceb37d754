namespace CompatBot.Protocols.Sieve.Language;

/// <summary>A script that is not well-formed. The message is for its author and begins with the line.</summary>
public sealed class SieveScriptException(int line, string message) : Exception($"line {line}: {message}")
{
    /// <summary>From 1.</summary>
    public int Line => line;
}
