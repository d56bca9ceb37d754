using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>ENABLE: switches extensions on that change what the client sees (RFC 5161). There is none yet, so none is.</summary>
public sealed record Enable : IImapCommand
{
    /// <summary>enable = "ENABLE" 1*(SP capability)</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        do
        {
            if (!lexer.Space() || !lexer.Atom(out _)) return null;
        }
        while (!lexer.IsAtEnd);
        return new Enable();
    }

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("* ENABLED\r\n"u8);
        writer.Commit();
        return new(ImapReply.Ok("ENABLE completed"));
    }
}
