using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>LOGOUT: says BYE, then OK, then closes (RFC 3501 section 6.1.3).</summary>
public sealed record Logout : IImapCommand
{
    public static IImapCommand? Parse(ref ImapLexer lexer) => lexer.End() ? new Logout() : null;

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("* BYE See you\r\n"u8);
        writer.Commit();
        session.Deselect();
        session.State = ImapState.Logout;
        return new(ImapReply.Ok("LOGOUT completed"));
    }
}
