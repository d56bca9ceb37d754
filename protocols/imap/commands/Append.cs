using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Protocols.Imap.Wire;
using CompatBot.Protocols.Net.Lines;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>APPEND: a message that streams from the connection into the store (RFC 3501 section 6.3.11), and its UID (RFC 4315).</summary>
/// <param name="Bytes">Announced size of the message.</param>
/// <param name="IsSynchronizing">The client waits for "+" before it sends the message.</param>
public sealed record Append(string Mailbox, FlagList Flags, DateTimeOffset? InternalDate, long Bytes, bool IsSynchronizing) : IImapCommand
{
    /// <summary>append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space() || !lexer.Mailbox(out var mailbox) || !lexer.Space()) return null;
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

        return lexer.AnnouncedLiteral(out var bytes, out var isSynchronizing)
            ? new Append(mailbox, flags, internalDate, bytes, isSynchronizing)
            : null;
    }

    /// <summary>Whether a command's text so far is an APPEND of which only the message is missing.</summary>
    public static bool Announces(ReadOnlySpan<byte> text, ImapLimits limits)
    {
        var lexer = new ImapLexer(text, limits);
        return lexer.Tag(out _) && lexer.Space() && lexer.TakeWord("APPEND"u8) && Parse(ref lexer) is not null;
    }

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Bytes == 0) return await RefuseAsync(session, ImapReply.Bad("Expected a message that is not empty"));
        if (Bytes > session.Limits.AppendBytesMax) return await RefuseAsync(session, ImapReply.No(Refusal.TooLarge));
        if (session.Mail.ReadOnly) return await RefuseAsync(session, ImapReply.No(Refusal.NotPermitted));
        var target = session.Mail.State.Find(MailboxNames.Fold(Mailbox));
        if (target is null) return await RefuseAsync(session, ImapReply.NoTarget(Refusal.NotFound));

        if (IsSynchronizing) Continue(session);
        using var message = session.Mail.NewMessage();
        var refusal = Refusal.None;
        for (var left = Bytes; left > 0;)
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
        if (!end.Bytes.IsEmpty) return await EndsBadlyAsync(session, end);
        if (refusal != Refusal.None) return ImapReply.No(refusal);

        var written = await message.CompleteAsync(cancellation);
        if (written.Declined) return ImapReply.No(written.Refusal);
        var appended = await session.Mail.AppendAsync(
            Mailbox, written.Value, (MessageFlags)Flags.System, Flags.Keywords, InternalDate, cancellation);
        return appended.Declined
            ? ImapReply.NoTarget(appended.Refusal)
            : ImapReply.Ok($"APPENDUID {appended.Value.UidValidity} {appended.Value.Uid}", "APPEND completed");
    }

    private static void Continue(ImapSession session)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("+ Ready for the message\r\n"u8);
        writer.Commit();
    }

    private ValueTask<ImapReply> RefuseAsync(ImapSession session, ImapReply reply) =>
        DiscardAsync(session, new LiteralHeader(Bytes, IsSynchronizing, 0), reply);

    /// <summary>Something stands behind the message, such as a second one (MULTIAPPEND is not spoken).</summary>
    private static ValueTask<ImapReply> EndsBadlyAsync(ImapSession session, ReceivedLine end)
    {
        var text = System.Buffers.BuffersExtensions.ToArray(end.Bytes);
        var bad = ImapReply.Bad("Expected end of line after the message");
        return LiteralHeader.TryParseEnd(text, out var literal) ? DiscardAsync(session, literal, bad) : new(bad);
    }

    private static async ValueTask<ImapReply> DiscardAsync(ImapSession session, LiteralHeader literal, ImapReply reply) =>
        await session.Reader.DiscardAsync(literal) switch
        {
            CommandStatus.Lost => ImapReply.Bye("That was too long to be read"),
            CommandStatus.Ended => ImapReply.Goodbye(session.Reader.Ended),
            _ => reply,
        };
}
