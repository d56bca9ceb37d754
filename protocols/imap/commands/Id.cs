using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>ID: who is who (RFC 2971). What the client says of itself is read and forgotten.</summary>
public sealed record Id : IImapCommand
{
    /// <summary>RFC 2971 section 3.3: "MUST NOT send more than 30 field-value pairs".</summary>
    private const int PairsMax = 30;

    /// <summary>id = "ID" SP ("(" [string SP nstring *(SP string SP nstring)] ")" / nil)</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space()) return null;
        if (lexer.TakeWord("NIL"u8)) return lexer.End() ? new Id() : null;
        if (!lexer.Open()) return null;
        for (var pairs = 0; !lexer.Take((byte)')'); pairs++)
        {
            if (pairs == PairsMax)
            {
                lexer.Expected("at most 30 pairs");
                return null;
            }

            if (pairs > 0 && !lexer.Space()) return null;
            if (!lexer.String(out _) || !lexer.Space() || !lexer.NString(out _, out _)) return null;
        }

        return lexer.End() ? new Id() : null;
    }

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("* ID (\"name\" \"CompatBot\")\r\n"u8);
        writer.Commit();
        return new(ImapReply.Ok("ID completed"));
    }
}
