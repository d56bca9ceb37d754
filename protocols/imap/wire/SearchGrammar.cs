using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace CompatBot.Protocols.Imap.Wire;

/// <summary>search-program = ["CHARSET" SP astring SP] search-key *(SP search-key) (RFC 3501 sections 6.4.4 and 9).</summary>
public static class SearchGrammar
{
    /// <param name="charset">As the client spelled it; null when it named none.</param>
    public static bool Program(ref ImapLexer lexer, [NotNullWhen(true)] out SearchKey? key, out string? charset)
    {
        (key, charset) = (null, null);
        if (lexer.TakeWord("CHARSET"u8))
        {
            if (!lexer.Space() || !lexer.AString(out var name) || !lexer.Space()) return false;
            charset = Encoding.ASCII.GetString(name);
        }

        key = Keys(ref lexer, depth: 0);
        return key is not null;
    }

    /// <summary>search-criteria = charset 1*(SP search-key) (RFC 5256 section 5): here the charset is a must.</summary>
    public static bool Criteria(ref ImapLexer lexer, [NotNullWhen(true)] out SearchKey? key, [NotNullWhen(true)] out string? charset)
    {
        (key, charset) = (null, null);
        if (!lexer.AString(out var name) || !lexer.Space()) return false;
        charset = Encoding.ASCII.GetString(name);
        key = Keys(ref lexer, depth: 0);
        return key is not null;
    }

    /// <summary>search-key *(SP search-key): all of them.</summary>
    private static SearchKey? Keys(ref ImapLexer lexer, int depth)
    {
        var keys = new List<SearchKey>();
        do
        {
            if (Key(ref lexer, depth) is not { } key) return null;
            keys.Add(key);
        }
        while (lexer.Take((byte)' '));
        return keys.Count == 1 ? keys[0] : new SearchKey.And(keys);
    }

    private static SearchKey? Key(ref ImapLexer lexer, int depth)
    {
        if (depth > lexer.Limits.SearchDepthMax) return Fail(ref lexer, "fewer search keys inside each other");
        if (lexer.Take((byte)'('))
        {
            var keys = Keys(ref lexer, depth + 1);
            return keys is not null && lexer.Close() ? keys : null;
        }

        if (lexer.IsAtDigit || lexer.IsAt((byte)'*') || lexer.IsAt((byte)'$')) return Sequence(ref lexer, byUid: false);
        if (!lexer.Word(out var word)) return null;
        return word switch
        {
            "ALL" => new SearchKey.Every(),
            "ANSWERED" => new SearchKey.Flags(ImapFlags.Answered, true),
            "DELETED" => new SearchKey.Flags(ImapFlags.Deleted, true),
            "DRAFT" => new SearchKey.Flags(ImapFlags.Draft, true),
            "FLAGGED" => new SearchKey.Flags(ImapFlags.Flagged, true),
            "SEEN" => new SearchKey.Flags(ImapFlags.Seen, true),
            "UNANSWERED" => new SearchKey.Flags(ImapFlags.Answered, false),
            "UNDELETED" => new SearchKey.Flags(ImapFlags.Deleted, false),
            "UNDRAFT" => new SearchKey.Flags(ImapFlags.Draft, false),
            "UNFLAGGED" => new SearchKey.Flags(ImapFlags.Flagged, false),
            "UNSEEN" => new SearchKey.Flags(ImapFlags.Seen, false),
            "NEW" => new SearchKey.And([new SearchKey.Recent(), new SearchKey.Flags(ImapFlags.Seen, false)]),
            "OLD" => new SearchKey.Not(new SearchKey.Recent()),
            "RECENT" => new SearchKey.Recent(),
            "KEYWORD" => Keyword(ref lexer, isSet: true),
            "UNKEYWORD" => Keyword(ref lexer, isSet: false),
            "BEFORE" => Date(ref lexer, date => new SearchKey.InternalDate(DateComparison.Before, date)),
            "ON" => Date(ref lexer, date => new SearchKey.InternalDate(DateComparison.On, date)),
            "SINCE" => Date(ref lexer, date => new SearchKey.InternalDate(DateComparison.Since, date)),
            "SAVEDBEFORE" => Date(ref lexer, date => new SearchKey.SaveDate(DateComparison.Before, date)),
            "SAVEDON" => Date(ref lexer, date => new SearchKey.SaveDate(DateComparison.On, date)),
            "SAVEDSINCE" => Date(ref lexer, date => new SearchKey.SaveDate(DateComparison.Since, date)),
            "SAVEDATESUPPORTED" => new SearchKey.Every(),
            "SENTBEFORE" => Date(ref lexer, date => new SearchKey.SentDate(DateComparison.Before, date)),
            "SENTON" => Date(ref lexer, date => new SearchKey.SentDate(DateComparison.On, date)),
            "SENTSINCE" => Date(ref lexer, date => new SearchKey.SentDate(DateComparison.Since, date)),
            "BCC" or "CC" or "FROM" or "SUBJECT" or "TO" => Text(ref lexer, out var text) ? new SearchKey.Header(word, text) : null,
            "BODY" => Text(ref lexer, out var text) ? new SearchKey.Content(text, WithHeader: false) : null,
            "TEXT" => Text(ref lexer, out var text) ? new SearchKey.Content(text, WithHeader: true) : null,
            "HEADER" => Header(ref lexer),
            "LARGER" => lexer.Space() && lexer.Number(out var bytes) ? new SearchKey.Size(bytes, IsLarger: true) : null,
            "SMALLER" => lexer.Space() && lexer.Number(out var bytes) ? new SearchKey.Size(bytes, IsLarger: false) : null,
            "YOUNGER" => Within(ref lexer, isYounger: true),
            "OLDER" => Within(ref lexer, isYounger: false),
            "MODSEQ" => ModSeq(ref lexer),
            "EMAILID" => lexer.Space() && lexer.Atom(out var id) ? new SearchKey.EmailId(Encoding.ASCII.GetString(id)) : null,
            "THREADID" => lexer.Space() && lexer.Atom(out var id) ? new SearchKey.ThreadId(Encoding.ASCII.GetString(id)) : null,
            "NOT" => lexer.Space() && Key(ref lexer, depth + 1) is { } key ? new SearchKey.Not(key) : null,
            "OR" => Or(ref lexer, depth),
            "FUZZY" => lexer.Space() ? Key(ref lexer, depth + 1) : null, // RFC 6203: texts are matched as they are, which is allowed.
            "UID" => lexer.Space() ? Sequence(ref lexer, byUid: true) : null,
            "UIDAFTER" => lexer.Space() && lexer.Number(out var uid) ? new SearchKey.Beyond(uid, IsAfter: true) : null,
            "UIDBEFORE" => lexer.Space() && lexer.Number(out var uid) ? new SearchKey.Beyond(uid, IsAfter: false) : null,
            _ => Fail(ref lexer, "a search key"),
        };
    }

    /// <summary>RFC 5032: nz-number of seconds.</summary>
    private static SearchKey? Within(ref ImapLexer lexer, bool isYounger)
    {
        if (!lexer.Space() || !lexer.Number(out var seconds)) return null;
        return seconds > 0 ? new SearchKey.Within(seconds, isYounger) : Fail(ref lexer, "at least one second");
    }

    /// <summary>"MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer: flags have no mod-sequences of their own here.</summary>
    private static SearchKey.ModSeq? ModSeq(ref ImapLexer lexer)
    {
        if (!lexer.Space()) return null;
        if (lexer.IsAt((byte)'"') && (!lexer.String(out _) || !lexer.Space() || !lexer.Word(out _) || !lexer.Space())) return null;
        return lexer.Number64(out var sequence) ? new SearchKey.ModSeq((ulong)sequence) : null;
    }

    private static SearchKey.Or? Or(ref ImapLexer lexer, int depth)
    {
        if (!lexer.Space() || Key(ref lexer, depth + 1) is not { } left) return null;
        return lexer.Space() && Key(ref lexer, depth + 1) is { } right ? new SearchKey.Or(left, right) : null;
    }

    private static SearchKey.Sequence? Sequence(ref ImapLexer lexer, bool byUid) =>
        lexer.Sequence(out var set, byUid) ? new SearchKey.Sequence(set, byUid) : null;

    private static SearchKey.Keyword? Keyword(ref ImapLexer lexer, bool isSet) =>
        lexer.Space() && lexer.Atom(out var name) ? new SearchKey.Keyword(Encoding.ASCII.GetString(name), isSet) : null;

    private static SearchKey? Date(ref ImapLexer lexer, Func<DateOnly, SearchKey> key) =>
        lexer.Space() && lexer.Date(out var date) ? key(date) : null;

    private static SearchKey.Header? Header(ref ImapLexer lexer)
    {
        if (!lexer.Space() || !lexer.AString(out var field)) return null;
        var name = Encoding.ASCII.GetString(field);
        return Text(ref lexer, out var text) ? new SearchKey.Header(name, text) : null;
    }

    /// <summary>SP astring; ASCII is UTF-8, so one decoding serves every charset that is taken.</summary>
    private static bool Text(ref ImapLexer lexer, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!lexer.Space() || !lexer.AString(out var bytes)) return false;
        text = Encoding.UTF8.GetString(bytes);
        return true;
    }

    private static SearchKey? Fail(ref ImapLexer lexer, string what)
    {
        lexer.Expected(what);
        return null;
    }
}
