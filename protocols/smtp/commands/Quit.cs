using CompatBot.Protocols.Smtp.Wire;

namespace CompatBot.Protocols.Smtp.Commands;

/// <summary>QUIT: the end, politely (RFC 5321 section 4.1.1.10).</summary>
public sealed record Quit : ISmtpCommand
{
    /// <summary>quit = "QUIT"</summary>
    public static ISmtpCommand? Parse(ref SmtpLexer lexer) => lexer.End() ? new Quit() : null;

    public ValueTask<SmtpReply> RunAsync(SmtpSession session, CancellationToken cancellation) =>
        new(new SmtpReply(221, "2.0.0", $"{session.Services.HostName} closing connection", Closes: true));
}
