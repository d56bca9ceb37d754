using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Protocols.Imap.Appending;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <param name="Number">The message that goes, by its number or UID.</param>
public sealed record Replaced(SequenceSet Number, bool ByUid);

/// <summary>
/// APPEND: messages that stream from the connection into the store (RFC 3501 section 6.3.11), all or none of them (RFC 3502), and their
/// UIDs (RFC 4315). And REPLACE, an append that takes another message away in the same step (RFC 8508).
/// </summary>
/// <param name="First">Of the first message; heads of further ones follow each message.</param>
/// <param name="Replaced">Null: APPEND.</param>
public sealed record Append(string Mailbox, AppendHead First, Replaced? Replaced = null) : IImapCommand
{
    /// <summary>append = "APPEND" SP mailbox 1*append-message, up to the first message</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Mailbox(out var mailbox) && AppendHead.Parse(ref lexer) is { } head ? new Append(mailbox, head) : null;

    /// <summary>replace = "REPLACE" SP seq-number SP mailbox append-message (RFC 8508 section 7)</summary>
    public static IImapCommand? ParseReplace(ref ImapLexer lexer) => ParseReplace(ref lexer, byUid: false);

    public static IImapCommand? ParseUidReplace(ref ImapLexer lexer) => ParseReplace(ref lexer, byUid: true);

    /// <summary>Whether a command's text so far is an APPEND that may run, of which only the message is missing.</summary>
    public static bool Announces(ImapSession session, ReadOnlySpan<byte> text)
    {
        var lexer = session.Lexer(text);
        if ((session.State & ImapState.AfterLogin) == 0 || !lexer.Tag(out _) || !lexer.Space()) return false;
        if (lexer.TakeWord("APPEND"u8)) return Parse(ref lexer) is not null;
        if (session.State != ImapState.Selected) return false;
        if (lexer.TakeWord("REPLACE"u8)) return ParseReplace(ref lexer) is not null;
        return lexer.TakeText("UID REPLACE"u8) && ParseUidReplace(ref lexer) is not null;
    }

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var writers = new List<MessageWriter>();
        try
        {
            return await TakeAsync(session, writers, cancellation);
        }
        finally
        {
            writers.ForEach(writer => writer.Dispose());
        }
    }

    private async ValueTask<ImapReply> TakeAsync(ImapSession session, List<MessageWriter> writers, CancellationToken cancellation)
    {
        var messages = new List<MailAppend>();
        var (refusal, octets) = (Refusal.None, 0L);
        for (AppendHead? head = First; head is not null;)
        {
            var message = session.Mail.NewMessage();
            writers.Add(message);
            var room = messages.Count == 0 ? session.Limits.AppendBytesMax : session.Limits.MultiAppendBytesMax - octets;
            var reader = new MessageReader(session, message, room);
            if (Refused(session, head, room, messages.Count) is { } refused) return await reader.AbandonAsync(head.Pieces, refused);
            if (await reader.ReadAsync(head.Pieces, cancellation) is { } failed) return failed;
            if (message.Length == 0) return await reader.AbandonAsync(reader.Rest, ImapReply.Bad("Expected a message that is not empty"));
            octets += message.Length;
            if (refusal == Refusal.None) refusal = reader.Refusal;
            if (refusal == Refusal.None) refusal = await CompleteAsync(message, head, messages, cancellation);
            var text = reader.Rest;
            if (head.IsInBrackets)
            {
                if (text.Span is not [(byte)')', ..]) return await reader.AbandonAsync(text, MessageReader.EndsBadly);
                text = text[1..];
            }

            if (text.Length == 0) break;
            head = Replaced is null ? Next(session, text.Span) : null;
            if (head is null) return await reader.AbandonAsync(text, MessageReader.EndsBadly);
        }

        if (refusal != Refusal.None) return ImapReply.No(refusal);
        return Replaced is null
            ? await StoreAsync(session, messages, cancellation)
            : await ReplaceAsync(session, Replaced, messages[0], cancellation);
    }

    private async ValueTask<ImapReply> ReplaceAsync(
        ImapSession session, Replaced replaced, MailAppend message, CancellationToken cancellation)
    {
        var (view, uid) = (session.View!, Target(session, replaced)!.Value);
        var appended = await session.Mail.ReplaceAsync(view.State.Id, uid, Mailbox, message, cancellation);
        if (appended.Declined) return ImapReply.NoTarget(appended.Refusal);

        // Section 3.4: APPENDUID comes untagged, before the EXPUNGE response.
        var writer = new WireWriter(session.Output);
        writer.Text($"* OK [APPENDUID {appended.Value.UidValidity} {appended.Value.Uid}] Replacement is there\r\n");
        writer.Commit();
        return Expunge.Done(session, "REPLACE completed"); // RFC 8508 section 4.5
    }

    /// <returns>The UID of the message that goes; null: there is none, or more than one.</returns>
    private static uint? Target(ImapSession session, Replaced replaced) =>
        session.View!.Resolve(replaced.Number, replaced.ByUid) is [var row] ? session.View.Messages.UidAt(row) : null;

    private async ValueTask<ImapReply> StoreAsync(ImapSession session, List<MailAppend> messages, CancellationToken cancellation)
    {
        var appended = messages is [var only]
            ? await session.Mail.Sent.AppendAsync(Mailbox, only, cancellation)
            : await session.Mail.AppendAllAsync(Mailbox, messages, cancellation);
        if (appended.Declined) return ImapReply.NoTarget(appended.Refusal);
        var first = appended.Value.Uid;
        var uids = messages.Count == 1 ? $"{first}" : $"{first}:{first + (uint)messages.Count - 1}";
        return ImapReply.Ok($"APPENDUID {appended.Value.UidValidity} {uids}", "APPEND completed");
    }

    /// <summary>Why a message is not wanted; null: it is.</summary>
    /// <param name="room">Octets that it may have.</param>
    /// <param name="before">Messages of the command that came before it.</param>
    private ImapReply? Refused(ImapSession session, AppendHead head, long room, int before)
    {
        if (Replaced is not null && session.View!.IsReadOnly) return ImapReply.ReadOnly;
        if (Replaced is not null && Target(session, Replaced) is null) return ImapReply.Bad("Expected one message that exists");
        if (head.Pieces is { IsCatenated: false, Bytes: 0 }) return ImapReply.Bad("Expected a message that is not empty");
        if (head.Pieces.Bytes > Math.Min(room, session.Limits.AppendBytesMax)) return ImapReply.No(Refusal.TooLarge);
        if (before >= session.Limits.CommandMessagesMax) return MessageLimit.Refused(session);
        if (before >= session.Limits.MultiAppendMessagesMax) return ImapReply.No(Refusal.TooMany);
        if (session.Mail.ReadOnly) return ImapReply.No(Refusal.NotPermitted);
        return session.Mail.State.Find(MailboxNames.Fold(Mailbox)) is null ? ImapReply.NoTarget(Refusal.NotFound) : null;
    }

    private static async ValueTask<Refusal> CompleteAsync(
        MessageWriter message, AppendHead head, List<MailAppend> messages, CancellationToken cancellation)
    {
        var written = await message.CompleteAsync(cancellation);
        if (written.Declined) return written.Refusal;
        messages.Add(new MailAppend(written.Value, (MessageFlags)head.Flags.System, head.Flags.Keywords, head.InternalDate));
        return Refusal.None;
    }

    private static AppendHead? Next(ImapSession session, ReadOnlySpan<byte> text)
    {
        var lexer = session.Lexer(text);
        return AppendHead.Parse(ref lexer);
    }

    private static Append? ParseReplace(ref ImapLexer lexer, bool byUid) =>
        lexer.Space() && lexer.Sequence(out var number, byUid) && lexer.Space() && lexer.Mailbox(out var mailbox)
            && AppendHead.Parse(ref lexer) is { } head ? new Append(mailbox, head, new Replaced(number, byUid)) : null;
}
