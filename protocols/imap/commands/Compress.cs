using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>COMPRESS DEFLATE: both sides compress what follows the reply (RFC 4978).</summary>
public sealed record Compress : IImapCommand
{
    /// <summary>compress = "COMPRESS" SP algorithm; algorithm = "DEFLATE"</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) =>
        lexer.Space() && (lexer.TakeWord("DEFLATE"u8) || lexer.Expected("DEFLATE")) && lexer.End() ? new Compress() : null;

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (session.Connection.IsCompressed) return new(ImapReply.No("COMPRESSIONACTIVE", "DEFLATE is on already"));
        session.Change = session.Connection.StartDeflateAsync;
        return new(ImapReply.Ok("DEFLATE active"));
    }
}
