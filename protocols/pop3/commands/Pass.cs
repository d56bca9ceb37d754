using CompatBot.Core.Identity;
using CompatBot.Protocols.Net.Sasl;
using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>PASS: the app password (RFC 1939 section 7).</summary>
public sealed record Pass(Password Password) : IPop3Command
{
    /// <summary>"PASS" SP string; blanks are part of the string</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => words.Rest(out var text) ? new Pass(new Password(text)) : null;

    public async ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation)
    {
        if (session.User is not { } user) return Pop3Reply.Mistake("USER first");
        if (!session.Connection.IsPrivate) return Pop3Reply.Error("[AUTH] Not without TLS: STLS first");
        var outcome = await session.Services.Logins.LoginAsync(session.Connection, "PASS", user, Password, cancellation);
        return await session.EnterAsync(SaslStep.From(outcome), cancellation);
    }
}
