using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>STAT: how many messages and octets there are (RFC 1939 section 5).</summary>
public sealed record Stat : IPop3Command
{
    /// <summary>"STAT"</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => words.IsAtEnd ? new Stat() : null;

    public ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation) =>
        new(Pop3Reply.Ok($"{session.Maildrop.Count} {session.Maildrop.Octets}"));
}
