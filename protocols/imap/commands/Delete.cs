using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>DELETE: removes a mailbox and its messages (RFC 3501 section 6.3.4).</summary>
public sealed record Delete(string Mailbox) : IImapCommand
{
    /// <summary>delete = "DELETE" SP mailbox</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Mailbox(out var mailbox) && lexer.End() ? new Delete(mailbox) : null;

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Mailbox == "INBOX") return ImapReply.No("CANNOT", "INBOX stays");

        var selected = session.View?.State.Id;
        var id = session.Mail.State.Find(Mailbox)?.Id;
        var deleted = await session.Mail.DeleteAsync(Mailbox, cancellation);
        if (deleted.Declined) return ImapReply.No(deleted.Refusal);
        if (selected is not null && selected == id) session.Deselect();
        return ImapReply.Ok("DELETE completed");
    }
}
