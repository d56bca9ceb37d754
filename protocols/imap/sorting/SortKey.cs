using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Sorting;

public enum SortField { Arrival, Cc, Date, From, Size, Subject, To, DisplayFrom, DisplayTo }

/// <summary>sort-criterion (RFC 5256 section 3, RFC 5957).</summary>
public readonly record struct SortKey(SortField Field, bool IsReverse)
{
    /// <summary>Criteria of one SORT.</summary>
    public const int KeysMax = 20;

    /// <summary>sort-criteria = "(" sort-criterion *(SP sort-criterion) ")"</summary>
    public static List<SortKey>? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Open()) return null;
        var keys = new List<SortKey>();
        do
        {
            var isReverse = lexer.TakeWord("REVERSE"u8);
            if ((isReverse && !lexer.Space()) || !lexer.Word(out var word)) return null;
            if (!Enum.TryParse<SortField>(word, ignoreCase: true, out var field) || char.IsAsciiDigit(word[0]) || keys.Count == KeysMax)
            {
                lexer.Expected("a sort criterion");
                return null;
            }

            keys.Add(new SortKey(field, isReverse));
        }
        while (lexer.Take((byte)' '));
        return lexer.Close() ? keys : null;
    }
}
