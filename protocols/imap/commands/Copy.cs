using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>COPY: all of the messages, or none (RFC 3501 section 6.4.7), and where they went (RFC 4315).</summary>
public sealed record Copy(SequenceSet Messages, string Mailbox, bool ByUid) : IImapCommand
{
    /// <summary>copy = "COPY" SP sequence-set SP mailbox</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) => Parse(ref lexer, byUid: false);

    public static IImapCommand? ParseUid(ref ImapLexer lexer) => Parse(ref lexer, byUid: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var view = session.View!;
        if (view.Resolve(Messages, ByUid) is not { } rows) return ImapReply.Bad("Expected numbers of messages that exist");
        if (rows.Count > session.Limits.CommandMessagesMax) return MessageLimit.Refused(session);
        var uids = rows.ConvertAll(view.Messages.UidAt);
        if (uids.Count == 0) return ImapReply.Ok("COPY completed, nothing to copy");
        var copied = await session.Mail.CopyAsync(view.State.Id, uids, Mailbox, cancellation);
        if (copied.Declined) return ImapReply.NoTarget(copied.Refusal);
        return copied.Value.SourceUids.Count == 0
            ? ImapReply.Ok("COPY completed, nothing to copy")
            : ImapReply.Ok(CopyUid(copied.Value), "COPY completed");
    }

    /// <summary>resp-code-copy = "COPYUID" SP nz-number SP uid-set SP uid-set (RFC 4315 section 4)</summary>
    internal static string CopyUid(CopyResult copied)
    {
        return WireWriter.Compose((ref writer) =>
        {
            writer.Raw("COPYUID "u8);
            writer.Number(copied.UidValidity);
            writer.Byte((byte)' ');
            writer.UidSet(copied.SourceUids);
            writer.Byte((byte)' ');
            writer.UidSet(copied.TargetUids);
        });
    }

    private static Copy? Parse(ref ImapLexer lexer, bool byUid) =>
        lexer.Space() && lexer.Sequence(out var messages, byUid) && lexer.Space() && lexer.Mailbox(out var mailbox) && lexer.End()
            ? new Copy(messages, mailbox, byUid)
            : null;
}
