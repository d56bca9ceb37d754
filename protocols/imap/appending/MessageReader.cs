using CompatBot.Core.Content;
using CompatBot.Core.Mail;
using CompatBot.Core.Store;
using CompatBot.Protocols.Imap.Fetching;
using CompatBot.Protocols.Imap.Wire;
using CompatBot.Protocols.Net.Lines;

namespace CompatBot.Protocols.Imap.Appending;

/// <summary>Streams one message of an APPEND into the store: octets from the connection, and parts of other messages (RFC 4469).</summary>
/// <param name="bytesMax">Of the message.</param>
public sealed class MessageReader(ImapSession session, MessageWriter message, long bytesMax)
{
    /// <summary>Something stands behind the message that is neither the end nor another message.</summary>
    public static readonly ImapReply EndsBadly = ImapReply.Bad("Expected end of line after the message");

    /// <summary>What the store said; octets go on to be read after a refusal, for the client has announced them.</summary>
    public Refusal Refusal { get; private set; }

    /// <summary>The command's text behind the message.</summary>
    public ReadOnlyMemory<byte> Rest { get; private set; }

    /// <returns>Null: the message came to its end; else the reply, with everything read that the client sends regardless.</returns>
    public async ValueTask<ImapReply?> ReadAsync(AppendPieces pieces, CancellationToken cancellation)
    {
        while (true)
        {
            foreach (var url in pieces.Urls)
            {
                if (await CopyAsync(url, cancellation) is { } failed) return await AbandonAsync(pieces, failed);
            }

            Rest = pieces.Rest;
            if (pieces.Literal is not { } literal) return null;
            if (message.Length + literal.Bytes > bytesMax) return await AbandonAsync(pieces, ImapReply.No(Refusal.TooLarge));
            if (literal.IsSynchronizing) Continue();
            for (var left = literal.Bytes; left > 0;)
            {
                var body = await session.Connection.ReadBodyAsync(left);
                if (body.Status != LineStatus.Line) return ImapReply.Goodbye(body.Status); // Half a message is nobody's message.
                left -= body.Bytes.Length;
                foreach (var part in body.Bytes)
                {
                    if (Refusal == Refusal.None) Refusal = await message.WriteAsync(part, cancellation);
                }
            }

            var end = await session.Reader.NextLineAsync(session.Limits.CommandLineBytesMax);
            if (end.Status is LineStatus.TooLong or LineStatus.BareLineFeed) return ImapReply.Bad("Expected CRLF after the message");
            if (end.Status != LineStatus.Line) return ImapReply.Goodbye(end.Status);
            var text = System.Buffers.BuffersExtensions.ToArray(end.Bytes);
            Rest = text;
            if (!pieces.IsCatenated) return null;
            if (Next(text) is not { } next) return await AbandonAsync(text, EndsBadly);
            pieces = next;
        }
    }

    /// <summary>Gives up before pieces: reads away what the client sends of the command without waiting.</summary>
    public ValueTask<ImapReply> AbandonAsync(AppendPieces pieces, ImapReply reply) =>
        pieces.Literal is { } literal ? DiscardAsync(literal, reply) : AbandonAsync(pieces.Rest, reply);

    /// <summary>The same, before the command's text behind a message.</summary>
    public ValueTask<ImapReply> AbandonAsync(ReadOnlyMemory<byte> rest, ImapReply reply) =>
        LiteralHeader.TryParseEnd(rest.Span, out var literal) ? DiscardAsync(literal, reply) : new(reply);

    private async ValueTask<ImapReply> DiscardAsync(LiteralHeader literal, ImapReply reply) =>
        await session.Reader.DiscardAsync(literal) switch
        {
            CommandStatus.Lost => ImapReply.Bye("That was too long to be read"),
            CommandStatus.Ended => ImapReply.Goodbye(session.Reader.Ended),
            _ => reply,
        };

    private AppendPieces? Next(ReadOnlySpan<byte> text)
    {
        var lexer = session.Lexer(text);
        return AppendPieces.ParseMore(ref lexer);
    }

    /// <returns>Null: the part is in the message.</returns>
    private async ValueTask<ImapReply?> CopyAsync(string text, CancellationToken cancellation)
    {
        var bad = ImapReply.No($"BADURL {Quoted(text)}", "That names no message here");
        if (MessageUrl.Parse(text, session.Limits) is not { } url) return bad;
        if (url.Server is { } server && !await IsHereAsync(server, cancellation)) return bad;
        if ((url.Mailbox ?? session.View?.State.Name) is not { } name) return bad;
        var opened = await session.Mail.OpenAsync(name, cancellation);
        if (opened.Declined || (url.UidValidity is { } validity && validity != opened.Value.UidValidity)) return bad;
        var index = opened.Value.Messages.IndexOf(url.Uid);
        if (index < 0) return bad;
        try
        {
            var row = opened.Value.Messages[index];
            var summary = SectionFinder.NeedsSummary(url.Section)
                ? await session.Mail.SummaryAsync(opened.Value.Id, row, cancellation)
                : null;
            var content = session.Mail.Read(row);
            var found = await SectionFinder.FindAsync(url.Section, summary, content, session.Limits, cancellation);
            if (found.IsNil) return bad;
            if (url.Partial is { } partial) found = found.Part(partial.Offset, partial.Bytes);
            if (message.Length + found.Length > bytesMax) return ImapReply.No(Refusal.TooLarge);
            Refusal = await CopyAsync(content, found, cancellation);
            return Refusal == Refusal.None ? null : ImapReply.No(Refusal);
        }
        catch (ContentException)
        {
            return ImapReply.No(Refusal.Damaged);
        }
    }

    /// <summary>The own account's mailboxes, by their full address: this server fetches nothing from others.</summary>
    private async ValueTask<bool> IsHereAsync(MessageUrlServer server, CancellationToken cancellation) =>
        server.Host.Equals(session.Services.Hostname, StringComparison.OrdinalIgnoreCase)
        && await session.IsOwnAsync(server.User, cancellation);

    private async ValueTask<Refusal> CopyAsync(ContentReader content, SectionBytes section, CancellationToken cancellation)
    {
        await foreach (var chunk in section.ReadAsync(content, cancellation))
        {
            var refusal = await message.WriteAsync(chunk, cancellation);
            if (refusal != Refusal.None) return refusal;
        }

        return Refusal.None;
    }

    /// <summary>As an astring of a response line; what no line can hold is left out.</summary>
    private static string Quoted(string url)
    {
        var printable = string.Concat(url.Where(c => c is >= ' ' and <= '~'));
        return $"\"{printable.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    private void Continue()
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("+ Ready for the message\r\n"u8);
        writer.Commit();
    }
}
