using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>CHECK: everything is on disk already, so it is NOOP by another name (RFC 3501 section 6.4.1).</summary>
public sealed record Check : IImapCommand
{
    public static IImapCommand? Parse(ref ImapLexer lexer) => lexer.End() ? new Check() : null;

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation) => new(ImapReply.Ok("CHECK completed"));
}
