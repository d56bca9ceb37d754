using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>NOOP: nothing (RFC 1939 section 5).</summary>
public sealed record Noop : IPop3Command
{
    /// <summary>"NOOP"</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => words.IsAtEnd ? new Noop() : null;

    public ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation) => new(Pop3Reply.Ok("Nothing done"));
}
