using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>VRFY: tells nobody who lives here (RFC 5321 section 7.3).</summary>
public sealed record Vrfy : ISmtpCommand
{
    /// <summary>vrfy = "VRFY" SP String</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer) =>
        lexer.Space() && (!lexer.IsAtEnd || lexer.Fail(SmtpReply.Syntax("Expected a name"))) ? new Vrfy() : null;

    public ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation) =>
        new(new SmtpReply(252, "2.1.5", "Cannot verify, but will take mail and try to deliver"));
}
