using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>STLS: the rest of the connection is under TLS (RFC 2595 section 4).</summary>
public sealed record Stls : IPop3Command
{
    /// <summary>"STLS"</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => words.IsAtEnd ? new Stls() : null;

    public async ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation)
    {
        var connection = session.Connection;
        if (connection.IsTls) return Pop3Reply.Mistake("Already under TLS");
        if (!connection.CanStartTls) return Pop3Reply.Error("TLS is not available");

        // Whoever sat in the middle may have sent what lies behind the line in clear (CVE-2011-0411).
        if (connection.HasPipelinedInput())
        {
            session.Services.Log.InjectionRefused(connection.Protocol);
            return Pop3Reply.Goodbye("Nothing may follow STLS");
        }

        Pop3Reply.Ok("Begin TLS").WriteTo(connection.Output);
        if (!await connection.StartTlsAsync()) return Pop3Handler.GoodbyeFor(LineStatus.Closed);
        session.User = null;
        return Pop3Reply.Written;
    }
}
