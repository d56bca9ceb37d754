using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>EXPN: there are no lists to expand (RFC 5321 section 4.1.1.7).</summary>
public sealed record Expn : ISmtpCommand
{
    /// <summary>expn = "EXPN" SP String</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer) => new Expn();

    public ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation) =>
        new(new SmtpReply(502, "5.5.1", "Command not implemented"));
}
