using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>MOVE: COPY and EXPUNGE in one step that nobody sees half done (RFC 6851).</summary>
public sealed record Move(SequenceSet Messages, string Mailbox, bool ByUid) : IImapCommand
{
    /// <summary>move = "MOVE" SP sequence-set SP mailbox</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) => Parse(ref lexer, byUid: false);

    public static IImapCommand? ParseUid(ref ImapLexer lexer) => Parse(ref lexer, byUid: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var view = session.View!;
        if (view.IsReadOnly) return ImapReply.ReadOnly;
        if (view.Resolve(Messages, ByUid) is not { } rows) return ImapReply.Bad("Expected numbers of messages that exist");
        var left = MessageLimit.Cut(session, view, rows);
        var uids = rows.ConvertAll(view.Messages.UidAt);
        if (uids.Count == 0) return ImapReply.Ok("MOVE completed, nothing to move");
        var moved = await session.Mail.MoveAsync(view.State.Id, uids, Mailbox, cancellation);
        if (moved.Declined) return ImapReply.NoTarget(moved.Refusal);
        if (moved.Value.SourceUids.Count == 0) return ImapReply.Ok("MOVE completed, nothing to move");

        // RFC 6851 section 4.3: COPYUID comes untagged, before the EXPUNGE responses.
        var writer = new WireWriter(session.Output);
        writer.Text($"* OK [{Copy.CopyUid(moved.Value)}] Moved\r\n");
        writer.Commit();
        return MessageLimit.Tell(session, Expunge.Done(session, "MOVE completed"), left);
    }

    private static Move? Parse(ref ImapLexer lexer, bool byUid) =>
        lexer.Space() && lexer.Sequence(out var messages, byUid) && lexer.Space() && lexer.Mailbox(out var mailbox) && lexer.End()
            ? new Move(messages, mailbox, byUid)
            : null;
}
