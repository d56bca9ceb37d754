using CompatBot.Protocols.Net;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>STARTTLS: the rest of the connection is under TLS, and begins anew (RFC 3207).</summary>
public sealed record StartTls : ISmtpCommand
{
    /// <summary>starttls = "STARTTLS"</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer) => lexer.End() ? new StartTls() : null;

    public async ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation)
    {
        var connection = session.Connection;
        if (connection.IsTls) return SmtpReply.BadSequence("Already under TLS");
        if (!connection.CanStartTls) return new SmtpReply(502, "5.5.1", "TLS is not available");

        // Whoever sat in the middle may have sent what lies behind the line in clear (CVE-2011-0411).
        if (connection.HasPipelinedInput())
        {
            session.Services.Log.InjectionRefused(connection.Protocol);
            return new SmtpReply(554, "5.5.1", "Nothing may follow STARTTLS", Closes: true);
        }

        new SmtpReply(220, "2.0.0", "Ready to start TLS").WriteTo(connection.Output);
        if (!await connection.StartTlsAsync()) return SmtpHandler.GoodbyeFor(Net.Lines.LineStatus.Closed);

        // RFC 3207 section 4.2: forget everything that was said in clear.
        (session.HeloName, session.IsExtended) = (null, false);
        return default;
    }
}
