using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>NOOP: does nothing, which gives the server a moment to report changes (RFC 3501 section 6.1.2).</summary>
public sealed record Noop : IImapCommand
{
    public static IImapCommand? Parse(ref ImapLexer lexer) => lexer.End() ? new Noop() : null;

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation) => new(ImapReply.Ok("NOOP completed"));
}
