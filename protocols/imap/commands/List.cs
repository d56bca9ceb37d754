using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>LIST: mailboxes by name (RFC 3501 section 6.3.8), by property (RFC 5258, RFC 6154) and with their counts (RFC 5819).</summary>
/// <param name="IsExtended">Asked in the syntax of RFC 5258: then an empty pattern is no question for the separator.</param>
/// <param name="Response">XLIST, where an old phone asked like that.</param>
public sealed record List(
    string Reference, IReadOnlyList<string> Patterns, ListSelection Selection, ListReturn Return, bool IsExtended, string Response = "LIST")
    : IImapCommand
{
    /// <summary>xlist = "XLIST" SP mailbox SP list-mailbox</summary>
    public static IImapCommand? ParseX(ref ImapLexer lexer) =>
        lexer.Space() && lexer.Reference(out var reference) && lexer.Space() && lexer.Pattern(out var pattern) && lexer.End()
            ? new List(reference, [pattern], new ListSelection(), new ListReturn(), IsExtended: false, "XLIST")
            : null;

    /// <summary>list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space()) return null;
        var (selection, returns, patterns) = (new ListSelection(), new ListReturn(), new List<string>());
        var isExtended = lexer.IsAt((byte)'(');
        if (isExtended && (ListOptions.Selection(ref lexer) is not { } given || !lexer.Space() || !Take(given, out selection))) return null;
        if (!lexer.Reference(out var reference) || !lexer.Space()) return null;
        if (lexer.Take((byte)'('))
        {
            isExtended = true;
            do
            {
                if (!lexer.Pattern(out var pattern)) return null;
                if (patterns.Count == lexer.Limits.ListPatternsMax)
                {
                    lexer.Expected("fewer patterns");
                    return null;
                }

                patterns.Add(pattern);
            }
            while (lexer.Take((byte)' '));
            if (!lexer.Close()) return null;
        }
        else
        {
            if (!lexer.Pattern(out var pattern)) return null;
            patterns.Add(pattern);
        }

        if (lexer.Take((byte)' '))
        {
            isExtended = true;
            if (ListOptions.Return(ref lexer) is not { } wanted) return null;
            returns = wanted;
        }

        return lexer.End() ? new List(reference, patterns, selection, returns, isExtended) : null;
    }

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Patterns is [""] && !IsExtended)
        {
            // "An empty mailbox name argument is a special request to return the hierarchy delimiter and the root name."
            MailboxListing.Write(session, Response, "", ["\\Noselect"], childInfo: false);
            return ImapReply.Ok("LIST completed");
        }

        if (Return.Status?.Contains(StatusItem.HighestModSeq) == true) session.EnableCondStore();
        foreach (var found in MailboxListing.Find(session.Mail.State, Reference, Patterns, Selection))
        {
            MailboxListing.Write(session, Response, found.Name, Attributes(found), found.HasSelectedChild && Selection.Subscribed);
            if (found is { IsSelected: true, Mailbox: { } mailbox }) await WriteMoreAsync(session, mailbox, cancellation);
            await session.FlushIfLargeAsync();
        }

        return ImapReply.Ok($"{Response} completed");
    }

    /// <summary>What the return options ask of a mailbox that was asked for itself.</summary>
    private async ValueTask WriteMoreAsync(ImapSession session, MailboxState mailbox, CancellationToken cancellation)
    {
        if (Return.Status is not null) await Status.WriteAsync(session, mailbox, Return.Status, cancellation);
        if (Return.Entries is { } entries)
        {
            Metadata.Write(session, mailbox.Name, Metadata.Find(Metadata.Of(mailbox), entries, depth: 0));
        }

        if (Return.Rights) Rights.Write(session, "MYRIGHTS", mailbox.Name, Rights.Of(session));
    }

    private IEnumerable<string> Attributes(ListedMailbox found)
    {
        if (found.Mailbox is null)
        {
            if (IsExtended) yield return "\\NonExistent";
            yield return "\\Noselect";
        }

        yield return found.HasChildren ? "\\HasChildren" : "\\HasNoChildren";
        if (found.IsSubscribed && (Selection.Subscribed || Return.Subscribed)) yield return "\\Subscribed";
        if (Response == "XLIST" && found.Name == MailboxNames.Inbox) yield return "\\Inbox";
        if (found.Mailbox is not null && SpecialUses.Attribute(found.Mailbox.SpecialUse) is { } use) yield return use;
    }

    private static bool Take(ListSelection given, out ListSelection selection)
    {
        selection = given;
        return true;
    }
}
