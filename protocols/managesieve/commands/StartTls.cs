using CompatBot.Protocols.ManageSieve.Wire;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Net.Lines;

namespace CompatBot.Protocols.ManageSieve.Commands;

/// <summary>STARTTLS: the rest of the connection is under TLS, and the capabilities follow (RFC 5804 section 2.2).</summary>
internal sealed record StartTls : IManageSieveCommand
{
    public static IManageSieveCommand? Parse(IReadOnlyList<SieveValue> values) => values.Count == 0 ? new StartTls() : null;

    public async ValueTask<ManageSieveReply> RunAsync(ManageSieveSession session, CancellationToken cancellation)
    {
        var connection = session.Connection;
        if (connection.IsTls) return ManageSieveReply.Mistake("Already under TLS");
        if (!connection.CanStartTls) return ManageSieveReply.No("TLS is not available");

        // Whoever sat in the middle may have sent what lies behind the line in clear (CVE-2011-0411).
        if (connection.HasPipelinedInput())
        {
            session.Services.Log.InjectionRefused(connection.Protocol);
            return ManageSieveReply.Bye("Nothing may follow STARTTLS");
        }

        ManageSieveReply.Ok("Begin TLS").WriteTo(connection.Output);
        if (!await connection.StartTlsAsync()) return ManageSieveHandler.GoodbyeFor(LineStatus.Closed);
        return await new Capability().RunAsync(session, cancellation);
    }
}
