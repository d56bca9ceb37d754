using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>NOOP: nothing (RFC 5321 section 4.1.1.9).</summary>
public sealed record Noop : ISmtpCommand
{
    /// <summary>noop = "NOOP" [ SP String ]; the string means nothing</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer) => new Noop();

    public ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation) => new(SmtpReply.Ok);
}
