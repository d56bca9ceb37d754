using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Protocols.Imap.Wire;
using CompatBot.Protocols.Net.Lines;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>What is said of a message before it comes.</summary>
/// <param name="Bytes">Announced size of the message.</param>
/// <param name="IsSynchronizing">The client waits for "+" before it sends the message.</param>
/// <param name="IsInBrackets">UTF8 (...): a bracket follows the message (RFC 6855 section 4).</param>
public sealed record AppendHead(
    FlagList Flags, DateTimeOffset? InternalDate, long Bytes, bool IsSynchronizing, bool IsInBrackets);

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
        lexer.Space() && lexer.Mailbox(out var mailbox) && ParseHead(ref lexer) is { } head ? new Append(mailbox, head) : null;

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
        if (Replaced is not null && session.View!.IsReadOnly) return await DiscardAsync(session, First, ImapReply.ReadOnly);
        if (Replaced is not null && Target(session, Replaced) is null)
        {
            return await DiscardAsync(session, First, ImapReply.Bad("Expected one message that exists"));
        }

        var messages = new List<MailAppend>();
        var (refusal, octets) = (Refusal.None, 0L);
        for (AppendHead? head = First; head is not null;)
        {
            octets += head.Bytes;
            if (Refused(session, head, octets, messages.Count) is { } refused) return await DiscardAsync(session, head, refused);
            if (head.IsSynchronizing) Continue(session);
            var message = session.Mail.NewMessage();
            writers.Add(message);
            for (var left = head.Bytes; left > 0;)
            {
                var body = await session.Connection.ReadBodyAsync(left);
                if (body.Status != LineStatus.Line) return ImapReply.Goodbye(body.Status); // Half a message is nobody's message.
                left -= body.Bytes.Length;
                foreach (var part in body.Bytes)
                {
                    // After a refusal the rest is read all the same: the client has announced it.
                    if (refusal == Refusal.None) refusal = await message.WriteAsync(part, cancellation);
                }
            }

            var end = await session.Reader.NextLineAsync(session.Limits.CommandLineBytesMax);
            if (end.Status is LineStatus.TooLong or LineStatus.BareLineFeed) return ImapReply.Bad("Expected CRLF after the message");
            if (end.Status != LineStatus.Line) return ImapReply.Goodbye(end.Status);
            if (refusal == Refusal.None) refusal = await CompleteAsync(message, head, messages, cancellation);
            var text = System.Buffers.BuffersExtensions.ToArray(end.Bytes);
            if (head.IsInBrackets)
            {
                if (text is not [(byte)')', ..]) return await EndsBadlyAsync(session, text);
                text = text[1..];
            }

            if (text.Length == 0) break;
            head = Replaced is null ? Next(session, text) : null;
            if (head is null) return await EndsBadlyAsync(session, text);
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
        return ImapReply.Ok("REPLACE completed");
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
    /// <param name="octets">Of all messages of the command.</param>
    /// <param name="before">Messages that came before it.</param>
    private ImapReply? Refused(ImapSession session, AppendHead head, long octets, int before)
    {
        if (head.Bytes == 0) return ImapReply.Bad("Expected a message that is not empty");
        if (head.Bytes > session.Limits.AppendBytesMax) return ImapReply.No(Refusal.TooLarge);
        if (before > 0 && octets > session.Limits.MultiAppendBytesMax) return ImapReply.No(Refusal.TooLarge);
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
        return ParseHead(ref lexer);
    }

    private static Append? ParseReplace(ref ImapLexer lexer, bool byUid) =>
        lexer.Space() && lexer.Sequence(out var number, byUid) && lexer.Space() && lexer.Mailbox(out var mailbox)
            && ParseHead(ref lexer) is { } head ? new Append(mailbox, head, new Replaced(number, byUid)) : null;

    /// <summary>append-message = append-opts SP (literal / literal8 / "UTF8" SP "(" literal8 ")")</summary>
    private static AppendHead? ParseHead(ref ImapLexer lexer)
    {
        if (!lexer.Space()) return null;
        var flags = FlagList.Empty;
        if (lexer.IsAt((byte)'('))
        {
            if (!lexer.Flags(out var given) || !lexer.Space()) return null;
            flags = given;
        }

        DateTimeOffset? internalDate = null;
        if (lexer.IsAt((byte)'"'))
        {
            if (!lexer.DateTime(out var given) || !lexer.Space()) return null;
            internalDate = given;
        }

        var isInBrackets = lexer.TakeText("UTF8 ("u8);
        lexer.Take((byte)'~');
        return lexer.AnnouncedLiteral(out var bytes, out var isSynchronizing)
            ? new AppendHead(flags, internalDate, bytes, isSynchronizing, isInBrackets)
            : null;
    }

    private static void Continue(ImapSession session)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("+ Ready for the message\r\n"u8);
        writer.Commit();
    }

    /// <summary>Something stands behind the message that is neither the end nor another message.</summary>
    private static ValueTask<ImapReply> EndsBadlyAsync(ImapSession session, byte[] text)
    {
        var bad = ImapReply.Bad("Expected end of line after the message");
        return LiteralHeader.TryParseEnd(text, out var literal) ? DiscardAsync(session, literal, bad) : new(bad);
    }

    private static ValueTask<ImapReply> DiscardAsync(ImapSession session, AppendHead head, ImapReply reply) =>
        DiscardAsync(session, new LiteralHeader(head.Bytes, head.IsSynchronizing, 0), reply);

    private static async ValueTask<ImapReply> DiscardAsync(ImapSession session, LiteralHeader literal, ImapReply reply) =>
        await session.Reader.DiscardAsync(literal) switch
        {
            CommandStatus.Lost => ImapReply.Bye("That was too long to be read"),
            CommandStatus.Ended => ImapReply.Goodbye(session.Reader.Ended),
            _ => reply,
        };
}
