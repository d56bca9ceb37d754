using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>UNAUTHENTICATE: the login ends, and with it all that it enabled; the connection stays (RFC 8437).</summary>
public sealed record Unauthenticate : IImapCommand
{
    public static IImapCommand? Parse(ref ImapLexer lexer) => lexer.End() ? new Unauthenticate() : null;

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        await session.LogOutAsync();
        return ImapReply.Ok("UNAUTHENTICATE completed");
    }
}
