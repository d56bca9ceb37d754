using CompatBot.Protocols.Net.Sasl;
using CompatBot.Protocols.Pop3.Wire;

namespace CompatBot.Protocols.Pop3.Commands;

/// <summary>CAPA: what is spoken here, at this moment (RFC 2449 section 5).</summary>
public sealed record Capa : IPop3Command
{
    /// <summary>"CAPA"</summary>
    public static IPop3Command? Parse(ref Pop3Words words) => words.IsAtEnd ? new Capa() : null;

    public ValueTask<Pop3Reply> RunAsync(Pop3Session session, CancellationToken cancellation)
    {
        var connection = session.Connection;
        Pop3Reply.Ok("Capability list follows").WriteTo(connection.Output);
        var writer = new DotWriter(connection.Output);
        writer.Line("TOP");
        writer.Line("UIDL");
        writer.Line("RESP-CODES");
        writer.Line("AUTH-RESP-CODE");
        writer.Line("PIPELINING");
        writer.Line("EXPIRE NEVER");
        writer.Line("UTF8 USER");
        if (session.State == Pop3State.Authorization)
        {
            if (connection.IsPrivate)
            {
                writer.Line("USER");
                writer.Line("SASL " + string.Join(' ', Logins.Mechanisms));
            }

            if (connection.CanStartTls) writer.Line("STLS");
        }

        writer.Line("IMPLEMENTATION CompatBot");
        writer.End();
        return new(Pop3Reply.Written);
    }
}
