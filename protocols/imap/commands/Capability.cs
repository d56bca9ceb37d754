using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>CAPABILITY: what the server speaks (RFC 3501 section 6.1.1).</summary>
public sealed record Capability : IImapCommand
{
    public static IImapCommand? Parse(ref ImapLexer lexer) => lexer.End() ? new Capability() : null;

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var writer = new WireWriter(session.Output);
        writer.Text($"* CAPABILITY {ImapCapabilities.For(session)}\r\n");
        writer.Commit();
        return new(ImapReply.Ok("CAPABILITY completed"));
    }
}
