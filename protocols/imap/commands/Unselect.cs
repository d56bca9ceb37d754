using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>UNSELECT: leaves the mailbox and removes nothing (RFC 3691).</summary>
public sealed record Unselect : IImapCommand
{
    public static IImapCommand? Parse(ref ImapLexer lexer) => lexer.End() ? new Unselect() : null;

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        session.Deselect();
        return new(ImapReply.Ok("UNSELECT completed"));
    }
}
