using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>RSET: forgets the transaction (RFC 5321 section 4.1.1.5).</summary>
public sealed record Rset : ISmtpCommand
{
    /// <summary>rset = "RSET"</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer) => lexer.End() ? new Rset() : null;

    public async ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation)
    {
        await session.ResetAsync();
        return SmtpReply.Ok;
    }
}
