using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>DELE: marks a message as deleted; QUIT removes it (RFC 1939 section 5).</summary>
public sealed record Dele(int Number) : IPop3Command
{
    /// <summary>"DELE" SP msg</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => words.Number(out var number) && words.IsAtEnd ? new Dele(number) : null;

    public ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation)
    {
        if (session.Maildrop.ReadOnly) return new(Pop3Reply.Error("[SYS/PERM] This device may only read"));
        if (!session.Maildrop.Has(Number)) return new(Pop3Reply.Error("No such message"));
        session.Maildrop.Delete(Number);
        return new(Pop3Reply.Ok($"Message {Number} deleted"));
    }
}
