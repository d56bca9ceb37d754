using CompatBot.Protocols.Imap.Notifying;
using CompatBot.Protocols.Imap.Searching;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>ESEARCH: a search through several mailboxes, whether or not one is selected (RFC 7377).</summary>
/// <param name="Scopes">Which; empty: the selected one.</param>
public sealed record MultiSearch(
    IReadOnlyList<NotifyRule> Scopes, SearchKey Key, string? Charset, SearchReturn Return) : IImapCommand
{
    /// <summary>esearch = "ESEARCH" [SP "IN" SP "(" source-mbox ")"] [SP search-return-opts] SP search-program</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer)
    {
        if (!lexer.Space()) return null;
        List<NotifyRule> scopes = [];
        if (lexer.TakeWord("IN"u8))
        {
            if (!lexer.Space() || !lexer.Open()) return null;
            do
            {
                if (NotifyGrammar.Scope(ref lexer) is not var (scope, names)) return null;
                scopes.Add(new NotifyRule(scope, names, NotifyEvents.None, null));
            }
            while (lexer.Take((byte)' '));
            if (!lexer.Close() || !lexer.Space()) return null;
        }

        if (!SearchRun.TakeReturn(ref lexer, out var wanted)) return null;
        if (wanted?.Has(SearchData.Save | SearchData.Update) == true)
        {
            lexer.Expected("neither SAVE nor UPDATE"); // Section 2.2: only of the selected mailbox, by SEARCH.
            return null;
        }

        return SearchGrammar.Program(ref lexer, out var key, out var charset) && lexer.End()
            ? new MultiSearch(scopes, key, charset, wanted ?? new SearchReturn(SearchData.All))
            : null;
    }

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Scopes.Count == 0 && session.View is null) return ImapReply.Bad("Expected IN, for no mailbox is selected");
        var unreadable = 0;
        foreach (var name in Names(session))
        {
            var opened = await session.Mail.OpenAsync(name, cancellation);
            if (opened.Declined) continue; // It was deleted meanwhile.
            var view = session.View is { } selected && selected.State.Id == opened.Value.Id
                ? selected
                : new MailboxView(opened.Value, Task.FromResult(opened.Value), isReadOnly: true, hidesRecent: true);
            var run = new SearchRun(Key, Charset, ByUid: true, Return);
            if (await run.FindAsync(session, view, isWhole: true, cancellation) is { } why) return why;
            unreadable += run.Unreadable;
            if (run.Rows.Count > 0) run.WriteExtended(session, view, run.Rows, opened.Value); // Section 2.1: of no match nothing is told.
            await session.FlushIfLargeAsync();
        }

        return unreadable == 0
            ? ImapReply.Ok("ESEARCH completed")
            : ImapReply.No("CORRUPTION", $"{unreadable} messages could not be read");
    }

    private IEnumerable<string> Names(ImapSession session)
    {
        var state = session.Mail.State;
        var selected = session.View?.State.Name;
        if (Scopes.Count == 0) return [selected!];
        return state.Names.Keys.Where(name =>
            Scopes.Any(scope => scope.IsSelected ? name == selected : scope.Covers(state, name)));
    }
}
