using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>list-select-opts (RFC 5258 section 3, RFC 6154 section 5).</summary>
/// <param name="WithParents">RECURSIVEMATCH: also a matching name above one that is selected.</param>
public sealed record ListSelection(bool Subscribed = false, bool SpecialUse = false, bool WithParents = false);

/// <summary>list-return-opts (RFC 5258 section 4, RFC 5819). \HasChildren and the roles are told unasked.</summary>
public sealed record ListReturn(
    bool Subscribed = false, IReadOnlyList<StatusItem>? Status = null, bool Rights = false, IReadOnlyList<string>? Entries = null);

/// <summary>The two lists of options in brackets.</summary>
public static class ListOptions
{
    public static ListSelection? Selection(ref ImapLexer lexer)
    {
        if (!lexer.Open()) return null;
        var selection = new ListSelection();
        for (var first = true; !lexer.Take((byte)')'); first = false)
        {
            if ((!first && !lexer.Space()) || !lexer.Word(out var word)) return null;
            switch (word)
            {
                case "SUBSCRIBED": selection = selection with { Subscribed = true }; break;
                case "SPECIAL-USE": selection = selection with { SpecialUse = true }; break;
                case "RECURSIVEMATCH": selection = selection with { WithParents = true }; break;
                case "REMOTE": break; // There are none.
                default: lexer.Expected("SUBSCRIBED, REMOTE, RECURSIVEMATCH or SPECIAL-USE"); return null;
            }
        }

        // RFC 5258 section 3.1: RECURSIVEMATCH needs something to look for.
        if (!selection.WithParents || selection.Subscribed || selection.SpecialUse) return selection;
        lexer.Expected("SUBSCRIBED or SPECIAL-USE beside RECURSIVEMATCH");
        return null;
    }

    public static ListReturn? Return(ref ImapLexer lexer)
    {
        if (!lexer.Word(out var name)) return null;
        if (name != "RETURN")
        {
            lexer.Expected("RETURN");
            return null;
        }

        if (!lexer.Space() || !lexer.Open()) return null;
        var returns = new ListReturn();
        for (var first = true; !lexer.Take((byte)')'); first = false)
        {
            if ((!first && !lexer.Space()) || !lexer.Word(out var word)) return null;
            switch (word)
            {
                case "SUBSCRIBED": returns = returns with { Subscribed = true }; break;
                case "CHILDREN" or "SPECIAL-USE": break; // Always told.
                case "MYRIGHTS": returns = returns with { Rights = true }; break; // RFC 8440
                case "METADATA": // RFC 9590
                    if (!lexer.Space() || !lexer.Open()) return null;
                    List<string> entries = [];
                    do
                    {
                        if (Metadata.Entry(ref lexer) is not { } entry) return null;
                        entries.Add(entry);
                    }
                    while (entries.Count < Metadata.Most && lexer.Take((byte)' '));
                    if (!lexer.Close()) return null;
                    returns = returns with { Entries = entries };
                    break;
                case "STATUS":
                    if (!lexer.Space() || Status.ParseItems(ref lexer) is not { } items) return null;
                    returns = returns with { Status = items };
                    break;
                default: lexer.Expected("SUBSCRIBED, CHILDREN, SPECIAL-USE, MYRIGHTS, METADATA or STATUS"); return null;
            }
        }

        return returns;
    }
}
