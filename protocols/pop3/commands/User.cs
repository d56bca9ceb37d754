using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>USER: the address (RFC 1939 section 7). Says nothing about whether there is such an account.</summary>
public sealed record User(string Address) : IPop3Command
{
    /// <summary>"USER" SP name</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => words.Rest(out var address) ? new User(address.Trim()) : null;

    public ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation)
    {
        if (!session.Connection.IsPrivate) return new(Pop3Reply.Error("[AUTH] Not without TLS: STLS first"));
        session.User = Address;
        return new(Pop3Reply.Ok("Send PASS"));
    }
}
