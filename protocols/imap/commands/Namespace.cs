using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>NAMESPACE: everything is the user's own, below an empty prefix (RFC 2342).</summary>
public sealed record Namespace : IImapCommand
{
    public static IImapCommand? Parse(ref ImapLexer lexer) => lexer.End() ? new Namespace() : null;

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"u8);
        writer.Commit();
        return new(ImapReply.Ok("NAMESPACE completed"));
    }
}
