using System.Text;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>ID: who is who (RFC 2971). What the client says of itself is forgotten, but for what a mistake of its maker needs.</summary>
/// <param name="IsAppleMail">Mail of iOS or macOS.</param>
public sealed record Id(bool IsAppleMail) : IImapCommand
{
    /// <summary>RFC 2971 section 3.3: "MUST NOT send more than 30 field-value pairs".</summary>
    private const int PairsMax = 30;

    /// <summary>id = "ID" SP ("(" [string SP nstring *(SP string SP nstring)] ")" / nil)</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space()) return null;
        if (lexer.TakeWord("NIL"u8)) return lexer.End() ? new Id(false) : null;
        if (!lexer.Open()) return null;
        var isAppleMail = false;
        for (var pairs = 0; !lexer.Take((byte)')'); pairs++)
        {
            if (pairs == PairsMax)
            {
                lexer.Expected("at most 30 pairs");
                return null;
            }

            if (pairs > 0 && !lexer.Space()) return null;
            if (!lexer.String(out var field) || !lexer.Space() || !lexer.NString(out var value, out _)) return null;
            isAppleMail |= Ascii.EqualsIgnoreCase(field, "name"u8) && IsApples(value);
        }

        return lexer.End() ? new Id(isAppleMail) : null;
    }

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        session.IsAppleMail = IsAppleMail;
        var writer = new WireWriter(session.Output);
        writer.Raw("* ID (\"name\" \"CompatBot\")\r\n"u8);
        writer.Commit();
        return new(ImapReply.Ok("ID completed"));
    }

    private static bool IsApples(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("iPhone Mail"u8) || name.SequenceEqual("iPad Mail"u8) || name.SequenceEqual("Mac OS X Mail"u8);
}
