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
        var only = Uids is null ? null : view.Resolve(Uids, byUid: true)!.ConvertAll(view.Messages.UidAt);
        var expunged = await session.Mail.ExpungeAsync(view.State.Id, only, cancellation);
        if (expunged.Declined) return ImapReply.No(expunged.Refusal);

        // RFC 7162 section 3.2.7: what the client may remember once it has heard what vanished.
        return session.IsQresync
            ? ImapReply.Ok($"HIGHESTMODSEQ {expunged.Value.HighestModSeq}", "EXPUNGE completed")
            : ImapReply.Ok("EXPUNGE completed");
    }
}
