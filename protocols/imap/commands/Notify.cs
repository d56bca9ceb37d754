using CompatBot.Protocols.Imap.Notifying;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>NOTIFY: what the client wants to hear of unasked (RFC 5465).</summary>
/// <param name="Rules">Empty: NOTIFY NONE.</param>
/// <param name="WithStatus">Begins with how all of it stands.</param>
/// <param name="IsKnown">Every event in it is one that is told here.</param>
public sealed record Notify(IReadOnlyList<NotifyRule> Rules, bool WithStatus, bool IsKnown) : IImapCommand
{
    private const string Events =
        "MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange";

    /// <summary>notify = "NOTIFY" SP ("SET" [SP "STATUS"] SP event-groups / "NONE")</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space()) return null;
        if (lexer.TakeWord("NONE"u8)) return lexer.End() ? new Notify([], WithStatus: false, IsKnown: true) : null;
        if (!lexer.TakeWord("SET"u8))
        {
            lexer.Expected("SET or NONE");
            return null;
        }

        if (!lexer.Space()) return null;
        var withStatus = lexer.TakeWord("STATUS"u8);
        if (withStatus && !lexer.Space()) return null;
        return NotifyGrammar.Rules(ref lexer, out var isKnown) is { } rules && lexer.End() ? new Notify(rules, withStatus, isKnown) : null;
    }

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (!IsKnown) return ImapReply.No($"BADEVENT ({Events})", "There is an event that is not told here");
        session.Notify(Rules.Count == 0 ? null : new Notifier(session, Rules));
        if (WithStatus && session.Notifier is { } notifier) await notifier.TellAllAsync(cancellation);
        return ImapReply.Ok("NOTIFY completed");
    }
}
