using System.Text;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>CANCELUPDATE: results of searches are kept up to date no more (RFC 5267 section 4.3.3).</summary>
public sealed record CancelUpdate(IReadOnlyList<string> Tags) : IImapCommand
{
    /// <summary>cancelupdate = "CANCELUPDATE" 1*(SP quoted)</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        var tags = new List<string>();
        do
        {
            if (!lexer.Space() || !lexer.String(out var tag)) return null;
            tags.Add(Encoding.ASCII.GetString(tag));
        }
        while (!lexer.IsAtEnd);
        return new CancelUpdate(tags);
    }

    public ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        foreach (var tag in Tags) session.View!.Contexts.Remove(tag);
        return new(ImapReply.Ok("CANCELUPDATE completed"));
    }
}
