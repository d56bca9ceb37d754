using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>HELP: the names of all commands (RFC 5321 section 4.1.1.8).</summary>
public sealed record Help : ISmtpCommand
{
    /// <summary>help = "HELP" [ SP String ]</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer) => new Help();

    public ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation) =>
        new(new SmtpReply(214, "2.0.0", string.Join(' ', SmtpCommands.Names)));
}
