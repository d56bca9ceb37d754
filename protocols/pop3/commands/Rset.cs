using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>RSET: takes all marks of deletion off (RFC 1939 section 5).</summary>
public sealed record Rset : IPop3Command
{
    /// <summary>"RSET"</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => words.IsAtEnd ? new Rset() : null;

    public ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation)
    {
        session.Maildrop.Reset();
        return new(Pop3Reply.Ok($"{session.Maildrop.Count} messages ({session.Maildrop.Octets} octets)"));
    }
}
