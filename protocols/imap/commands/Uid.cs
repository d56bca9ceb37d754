using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>UID: a command whose numbers are UIDs (RFC 3501 section 6.4.8; RFC 4315 and 6851 for EXPUNGE and MOVE).</summary>
public static class Uid
{
    /// <summary>uid = "UID" SP (copy / fetch / search / sort / thread / store / expunge / move / replace)</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space() || !lexer.Word(out var name)) return null;
        switch (name)
        {
            case "COPY": return Copy.ParseUid(ref lexer);
            case "EXPUNGE": return Expunge.ParseUid(ref lexer);
            case "FETCH": return Fetch.ParseUid(ref lexer);
            case "MOVE": return Move.ParseUid(ref lexer);
            case "REPLACE": return Append.ParseUidReplace(ref lexer);
            case "SEARCH": return Search.ParseUid(ref lexer);
            case "SORT": return Sort.ParseUid(ref lexer);
            case "THREAD": return Threads.ParseUid(ref lexer);
            case "STORE": return Store.ParseUid(ref lexer);
            default:
                lexer.Expected("COPY, EXPUNGE, FETCH, MOVE, REPLACE, SEARCH, SORT, STORE or THREAD");
                return null;
        }
    }
}
