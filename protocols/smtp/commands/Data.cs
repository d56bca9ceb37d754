using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>DATA: the message, up to a line of one dot (RFC 5321 section 4.1.1.4).</summary>
public sealed record Data : ISmtpCommand
{
    private static readonly SmtpReply GoOn = new(354, null, "End data with <CR><LF>.<CR><LF>");

    /// <summary>data = "DATA"</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer) => lexer.End() ? new Data() : null;

    public async ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation)
    {
        if (session.Envelope!.IsBinary) return SmtpReply.BadSequence("BINARYMIME goes with BDAT"); // RFC 3030 section 3
        try
        {
            await using var message = await SmtpMessage.OpenAsync(session, session.Envelope!, isChunked: false, cancellation);
            GoOn.WriteTo(session.Connection.Output);
            var goodbye = await message.ReadDataAsync(cancellation);
            return goodbye.Closes ? goodbye : session.ForEach(await message.CommitAsync());
        }
        finally
        {
            await session.ResetAsync();
        }
    }
}
