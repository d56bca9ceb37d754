using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>SELECT, and EXAMINE, which is SELECT for reading only (RFC 3501 sections 6.3.1 and 6.3.2).</summary>
public sealed record Select(string Mailbox, bool IsReadOnly) : IImapCommand
{
    public static IImapCommand? ParseSelect(ref ImapLexer lexer) => Parse(ref lexer, isReadOnly: false);

    public static IImapCommand? ParseExamine(ref ImapLexer lexer) => Parse(ref lexer, isReadOnly: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        // "The SELECT command automatically deselects any currently selected mailbox before attempting the new selection."
        session.Deselect();
        var opened = await session.Mail.OpenAsync(Mailbox, cancellation);
        if (opened.Declined) return ImapReply.No(opened.Refusal);

        var view = new MailboxView(opened.Value, IsReadOnly || session.Mail.ReadOnly);
        view.Start(await view.ClaimRecentAsync(session.Mail, opened.Value, cancellation));
        view.WriteFlagLists(session, view.State);
        view.WriteCounts(session);
        WriteState(session, view.State);
        session.Select(view);
        return ImapReply.Ok(view.IsReadOnly ? "READ-ONLY" : "READ-WRITE", IsReadOnly ? "EXAMINE completed" : "SELECT completed");
    }

    private static void WriteState(ImapSession session, MailboxState state)
    {
        var writer = new WireWriter(session.Output);
        var unseen = state.Unseen > 0 ? state.Messages.FirstWithout(MessageFlags.Seen) : -1;
        if (unseen >= 0)
        {
            writer.Raw("* OK [UNSEEN "u8);
            writer.Number(unseen + 1);
            writer.Raw("] First unseen message\r\n"u8);
        }

        writer.Raw("* OK [UIDVALIDITY "u8);
        writer.Number(state.UidValidity);
        writer.Raw("] UIDs valid\r\n* OK [UIDNEXT "u8);
        writer.Number(state.UidNext);
        writer.Raw("] Predicted next UID\r\n"u8);
        writer.Commit();
    }

    private static Select? Parse(ref ImapLexer lexer, bool isReadOnly) =>
        lexer.Space() && lexer.Mailbox(out var mailbox) && lexer.End() ? new Select(mailbox, isReadOnly) : null;
}
