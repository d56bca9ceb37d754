using System.Text;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>ENABLE: switches extensions on that change what the client sees (RFC 5161).</summary>
public sealed record Enable(IReadOnlyList<string> Names) : IImapCommand
{
    /// <summary>enable = "ENABLE" 1*(SP capability)</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        var names = new List<string>();
        do
        {
            if (!lexer.Space() || !lexer.Atom(out var name)) return null;
            names.Add(Encoding.ASCII.GetString(name).ToUpperInvariant());
        }
        while (!lexer.IsAtEnd);
        return new Enable(names);
    }

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var (enabled, wantsModSeqs) = ("", false);
        foreach (var name in Names.Distinct().Where(session.Speaks))
        {
            switch (name)
            {
                case "CONDSTORE":
                    wantsModSeqs = true;
                    break;
                case "QRESYNC": // It means both (RFC 7162 section 3.2.3).
                    wantsModSeqs = session.IsQresync = true;
                    break;
                case "UTF8=ACCEPT":
                    session.IsUtf8 = true;
                    break;
                case "IMAP4REV2":
                    session.IsUtf8 = session.IsRev2 = true;
                    break;
                case "UIDONLY":
                    session.IsUidOnly = true;
                    break;
                default:
                    continue; // Others are passed over (RFC 5161 section 3.1).
            }

            enabled += $" {(name == "IMAP4REV2" ? "IMAP4rev2" : name)}";
        }

        var writer = new WireWriter(session.Output);
        writer.Text($"* ENABLED{enabled}\r\n");
        writer.Commit();
        if (wantsModSeqs) session.EnableCondStore();
        return new(ImapReply.Ok("ENABLE completed"));
    }
}
