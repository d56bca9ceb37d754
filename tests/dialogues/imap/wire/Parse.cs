using System.Text;
using CompatBot.Protocols.Imap;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.DialogueTests.Imap.Wire;

/// <summary>Holds texts against productions of the grammar.</summary>
internal static class Parse
{
    public static readonly ImapLimits Limits = new();

    /// <summary>What a production makes of a text, or the mistake that it reports.</summary>
    public static string With(string text, Production production) => With(Encoding.Latin1.GetBytes(text), production);

    public static string With(byte[] text, Production production)
    {
        var lexer = new ImapLexer(text, Limits);
        var found = production(ref lexer);
        if (found is not null && lexer.End()) return found;
        return "Expected " + lexer.Mistake;
    }

    public delegate string? Production(ref ImapLexer lexer);
}
