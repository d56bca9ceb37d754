using CompatBot.Protocols.Imap.Wire;
using CompatBot.Protocols.Net;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>STARTTLS: the handshake follows the reply (RFC 3501 section 6.2.1).</summary>
public sealed record StartTls : IImapCommand
{
    public static IImapCommand? Parse(ref ImapLexer lexer) => lexer.End() ? new StartTls() : null;

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var connection = session.Connection;
        if (connection.IsTls) return new(ImapReply.Bad("TLS is on already"));
        if (!connection.CanStartTls) return new(ImapReply.No("UNAVAILABLE", "There is no TLS here"));
        if (connection.HasPipelinedInput())
        {
            session.Services.Log.InjectionRefused("imap");
            return new(ImapReply.Bye("Nothing may follow STARTTLS before its reply"));
        }

        session.Change = connection.StartTlsAsync;
        return new(ImapReply.Ok("Begin TLS negotiation now"));
    }
}
