using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>RENAME: with all that lies below; of INBOX it moves the messages and INBOX stays (RFC 3501 section 6.3.5).</summary>
public sealed record Rename(string From, string To) : IImapCommand
{
    /// <summary>rename = "RENAME" SP mailbox SP mailbox</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Mailbox(out var from) && lexer.Space() && lexer.Mailbox(out var to) && lexer.End()
            ? new Rename(from, to)
            : null;

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var renamed = await session.Mail.RenameAsync(From, To, cancellation);
        return renamed.Declined ? ImapReply.No(renamed.Refusal) : ImapReply.Ok("RENAME completed");
    }
}
