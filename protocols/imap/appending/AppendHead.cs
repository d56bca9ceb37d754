using System.Text;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Appending;

/// <summary>What is said of a message before it comes.</summary>
/// <param name="Pieces">The first of what it is made of.</param>
/// <param name="IsInBrackets">UTF8 (...): a bracket follows the message (RFC 6855 section 4).</param>
public sealed record AppendHead(FlagList Flags, DateTimeOffset? InternalDate, AppendPieces Pieces, bool IsInBrackets)
{
    /// <summary>append-message = append-opts SP append-data</summary>
    public static AppendHead? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space()) return null;
        var flags = FlagList.Empty;
        if (lexer.IsAt((byte)'('))
        {
            if (!lexer.Flags(out var given) || !lexer.Space()) return null;
            flags = given;
        }

        DateTimeOffset? internalDate = null;
        if (lexer.IsAt((byte)'"'))
        {
            if (!lexer.DateTime(out var given) || !lexer.Space()) return null;
            internalDate = given;
        }

        if (lexer.TakeText("CATENATE ("u8))
        {
            return AppendPieces.ParseCatenated(ref lexer) is { } pieces ? new AppendHead(flags, internalDate, pieces, false) : null;
        }

        var isInBrackets = lexer.TakeText("UTF8 ("u8);
        lexer.Take((byte)'~');
        return AppendPieces.ParseLiteral(ref lexer) is { } literal ? new AppendHead(flags, internalDate, literal, isInBrackets) : null;
    }
}

/// <summary>What a message is made of, up to the next octets that the client sends, or to its end.</summary>
/// <param name="Urls">Parts of other messages that come first (RFC 4469).</param>
/// <param name="Literal">Then octets that the client sends; null: the message ends here.</param>
/// <param name="IsCatenated">More may come behind the octets.</param>
/// <param name="Rest">Of the command's text behind a message that ends here.</param>
public sealed record AppendPieces(
    IReadOnlyList<string> Urls, LiteralHeader? Literal, bool IsCatenated, ReadOnlyMemory<byte> Rest = default)
{
    /// <summary>Octets that the client sends next.</summary>
    public long Bytes => Literal?.Bytes ?? 0;

    /// <summary>literal / literal8, of which the octets are still to come.</summary>
    public static AppendPieces? ParseLiteral(ref ImapLexer lexer) =>
        lexer.AnnouncedLiteral(out var literal) ? new AppendPieces([], literal, IsCatenated: false) : null;

    /// <summary>cat-part *(SP cat-part) ")", up to the first TEXT; cat-part = "TEXT" SP literal / "URL" SP astring</summary>
    public static AppendPieces? ParseCatenated(ref ImapLexer lexer)
    {
        var urls = new List<string>();
        do
        {
            if (lexer.TakeText("TEXT "u8))
            {
                lexer.Take((byte)'~');
                return lexer.AnnouncedLiteral(out var literal) ? new AppendPieces(urls, literal, IsCatenated: true) : null;
            }

            if (!lexer.TakeText("URL "u8))
            {
                lexer.Expected("TEXT or URL");
                return null;
            }

            if (!lexer.AString(out var url)) return null;
            urls.Add(Encoding.UTF8.GetString(url));
        }
        while (lexer.Take((byte)' '));
        return lexer.Close() ? new AppendPieces(urls, null, IsCatenated: true, lexer.Rest.ToArray()) : null;
    }

    /// <summary>What follows the octets of a TEXT.</summary>
    public static AppendPieces? ParseMore(ref ImapLexer lexer) =>
        lexer.Take((byte)')') ? new AppendPieces([], null, IsCatenated: true, lexer.Rest.ToArray())
        : lexer.Space() ? ParseCatenated(ref lexer) : null;
}
