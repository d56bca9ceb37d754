using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>EXPUNGE (RFC 3501 section 6.4.3) and UID EXPUNGE (RFC 4315 section 2.1): removes what is \Deleted for ever.</summary>
/// <param name="Uids">Null: all of it.</param>
public sealed record Expunge(SequenceSet? Uids) : IImapCommand
{
    public static IImapCommand? Parse(ref ImapLexer lexer) => lexer.End() ? new Expunge(Uids: null) : null;

    /// <summary>uid-expunge = "UID" SP "EXPUNGE" SP sequence-set</summary>
    public static IImapCommand? ParseUid(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Sequence(out var uids) && lexer.End() ? new Expunge(uids) : null;

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var view = session.View!;
        if (view.IsReadOnly) return ImapReply.ReadOnly;
        var only = Uids is null ? null : view.Resolve(Uids, byUid: true)!;
        string? left = null;
        if (only?.Count > session.Limits.CommandMessagesMax)
        {
            only.RemoveAll(row => (view.FlagsAt(row) & MessageFlags.Deleted) == 0);
            left = MessageLimit.Cut(session, view, only);
        }

        var expunged = await session.Mail.ExpungeAsync(view.State.Id, only?.ConvertAll(view.Messages.UidAt), cancellation);
        if (expunged.Declined) return ImapReply.No(expunged.Refusal);
        return MessageLimit.Tell(session, Done(session, "EXPUNGE completed"), left);
    }

    /// <summary>With what the client may remember once it has heard what vanished (RFC 7162 sections 3.2.7 and 3.2.9).</summary>
    internal static ImapReply Done(ImapSession session, string text) =>
        session.IsQresync && session.Mail.State.Find(session.View!.State.Id) is { } now
            ? ImapReply.Ok($"HIGHESTMODSEQ {now.HighestModSeq}", text)
            : ImapReply.Ok(text);
}
