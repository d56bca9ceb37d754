using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>LSUB: the subscribed names (RFC 3501 section 6.3.9).</summary>
public sealed record LSub(string Reference, string Pattern) : IImapCommand
{
    /// <summary>lsub = "LSUB" SP mailbox SP list-mailbox</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Reference(out var reference) && lexer.Space() && lexer.Pattern(out var pattern) && lexer.End()
            ? new LSub(reference, pattern)
            : null;

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Pattern.Length == 0)
        {
            MailboxListing.Write(session, "LSUB", "", ["\\Noselect"], childInfo: false);
            return ImapReply.Ok("LSUB completed");
        }

        // Only a pattern that ends in % stops above what is subscribed; "*" names that itself.
        var selection = new ListSelection(Subscribed: true, WithParents: Pattern.EndsWith('%'));
        foreach (var found in MailboxListing.Find(session.Mail.State, Reference, [Pattern], selection))
        {
            MailboxListing.Write(session, "LSUB", found.Name, Attributes(found), childInfo: false);
            await session.FlushIfLargeAsync();
        }

        return ImapReply.Ok("LSUB completed");
    }

    /// <summary>
    /// "% ... if foo/bar is subscribed and foo is not, foo must be returned with \Noselect". The roles are for Outlook, which otherwise
    /// makes its own Sent and Trash.
    /// </summary>
    private static IEnumerable<string> Attributes(ListedMailbox found)
    {
        if (!found.IsSubscribed || found.Mailbox is null) yield return "\\Noselect";
        if (found.Mailbox is not null && SpecialUses.Attribute(found.Mailbox.SpecialUse) is { } use) yield return use;
    }
}
