using CompatBot.Protocols.Net.Lines;
using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>BDAT: a chunk of the message, of a stated length (RFC 3030 section 2). Its octets are read whatever the reply is.</summary>
public sealed record Bdat(long Bytes, bool IsLast) : ISmtpCommand
{
    /// <summary>bdat-cmd = "BDAT" SP chunk-size [ SP "LAST" ]</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer)
    {
        if (lexer.Space() && lexer.Number(out var bytes))
        {
            if (lexer.IsAtEnd) return new Bdat(bytes, IsLast: false);
            if (lexer.Space() && lexer.Literal("LAST"u8) && lexer.End()) return new Bdat(bytes, IsLast: true);
        }

        // Nobody knows how many octets follow: were they read as commands, mail could be smuggled in a chunk.
        return new Unframed();
    }

    public async ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation)
    {
        if (Bytes > session.Limits.MessageBytesMax + session.Limits.ExcessBytesMax) return SmtpReply.TooLarge with { Closes = true };
        if (session.State is not (SmtpState.Recipients or SmtpState.Chunks) || session.Envelope!.IsSpoiled)
        {
            var skipped = await SkipAsync(session);
            return skipped.Closes ? skipped : SmtpReply.BadSequence("MAIL and RCPT first");
        }

        var envelope = session.Envelope;
        envelope.Message ??= await SmtpMessage.OpenAsync(session, envelope, isChunked: true, cancellation);
        var goodbye = await envelope.Message.ReadChunkAsync(Bytes, cancellation);
        if (goodbye.Closes) return goodbye;
        if (!IsLast)
        {
            var verdict = envelope.Message.Verdict();
            return verdict.IsEmpty ? new SmtpReply(250, "2.0.0", $"{Bytes} octets received") : await SpoilAsync(session, verdict);
        }

        try
        {
            return session.ForEach(await envelope.Message.CommitAsync());
        }
        finally
        {
            await session.ResetAsync();
        }
    }

    /// <summary>A refused chunk ends the transaction; later chunks, already on their way, get 503 until RSET.</summary>
    private static async ValueTask<SmtpReply> SpoilAsync(SmtpSession session, SmtpReply reply)
    {
        await session.Envelope!.DisposeAsync();
        session.Envelope.IsSpoiled = true;
        return reply;
    }

    private async ValueTask<SmtpReply> SkipAsync(SmtpSession session)
    {
        for (var left = Bytes; left > 0;)
        {
            var read = await session.Connection.ReadBodyAsync(left);
            if (read.Status != LineStatus.Line) return SmtpHandler.GoodbyeFor(read.Status);
            left -= read.Bytes.Length;
        }

        return default;
    }

    /// <summary>A BDAT without a length.</summary>
    private sealed record Unframed : ISmtpCommand
    {
        public ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation) =>
            new(new SmtpReply(501, "5.5.4", "BDAT needs a length: closing connection", Closes: true));
    }
}
