using System.Text;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>ENABLE: switches extensions on that change what the client sees (RFC 5161): CONDSTORE and QRESYNC (RFC 7162).</summary>
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
        var enabled = "";
        foreach (var name in Names.Distinct())
        {
            if (name is not ("CONDSTORE" or "QRESYNC")) continue;
            enabled += $" {name}";
            session.IsCondStore = true; // "ENABLE QRESYNC" means both (RFC 7162 section 3.2.3).
            session.IsQresync |= name == "QRESYNC";
        }

        var writer = new WireWriter(session.Output);
        writer.Text($"* ENABLED{enabled}\r\n");
        writer.Commit();
        return new(ImapReply.Ok("ENABLE completed"));
    }
}
