using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>CLOSE: removes what is \Deleted without a word, and leaves the mailbox (RFC 3501 section 6.4.2).</summary>
public sealed record Close : IImapCommand
{
    public static IImapCommand? Parse(ref ImapLexer lexer) => lexer.End() ? new Close() : null;

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var view = session.View!;
        if (!view.IsReadOnly)
        {
            var expunged = await session.Mail.ExpungeAsync(view.State.Id, only: null, cancellation);
            if (expunged.Declined) return ImapReply.No(expunged.Refusal);
        }

        session.Deselect();
        return ImapReply.Ok("CLOSE completed");
    }
}
