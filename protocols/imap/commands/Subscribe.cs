using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>SUBSCRIBE and UNSUBSCRIBE: the names that LSUB shows (RFC 3501 sections 6.3.6 and 6.3.7).</summary>
public sealed record Subscribe(string Mailbox, bool IsOn) : IImapCommand
{
    public static IImapCommand? ParseSubscribe(ref ImapLexer lexer) => Parse(ref lexer, isOn: true);

    public static IImapCommand? ParseUnsubscribe(ref ImapLexer lexer) => Parse(ref lexer, isOn: false);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var subscribed = await session.Mail.SubscribeAsync(Mailbox, IsOn, cancellation);
        if (subscribed.Declined) return ImapReply.No(subscribed.Refusal);
        return ImapReply.Ok(IsOn ? "SUBSCRIBE completed" : "UNSUBSCRIBE completed");
    }

    private static Subscribe? Parse(ref ImapLexer lexer, bool isOn) =>
        lexer.Space() && lexer.Mailbox(out var mailbox) && lexer.End() ? new Subscribe(mailbox, isOn) : null;
}
