using System.IO.Enumeration;
using System.Text;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>COMPARATOR: by which rules SEARCH, SORT and THREAD compare text (RFC 5255 section 4.7). There is one set of them.</summary>
/// <param name="Wanted">Collations, perhaps with wildcards, the best first; none: asks which it is.</param>
public sealed record Comparator(IReadOnlyList<string> Wanted) : IImapCommand
{
    /// <summary>RFC 5051.</summary>
    private const string Only = "i;unicode-casemap";

    /// <summary>comparator-cmd = "COMPARATOR" *(SP comp-order-quoted)</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        var wanted = new List<string>();
        while (!lexer.IsAtEnd)
        {
            if (!lexer.Space() || !lexer.AString(out var order)) return null;
            wanted.Add(Encoding.UTF8.GetString(order));
        }

        return new Comparator(wanted);
    }

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Wanted.Count > 0 && !Wanted.Any(Names)) return new(ImapReply.No("BADCOMPARATOR", $"Only {Only}"));
        var writer = new WireWriter(session.Output);
        writer.Text($"* COMPARATOR {Only}\r\n");
        writer.Commit();
        return new(ImapReply.Ok("COMPARATOR completed"));
    }

    /// <summary>collation-order = ["+"] collation-sel (RFC 4790 section 3.3): nothing is compared backwards, that is for REVERSE.</summary>
    private static bool Names(string wanted)
    {
        var pattern = wanted.StartsWith('+') ? wanted[1..] : wanted;
        return pattern == "default" || FileSystemName.MatchesSimpleExpression(pattern, Only, ignoreCase: false);
    }
}
