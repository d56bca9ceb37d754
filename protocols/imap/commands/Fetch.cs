using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Fetching;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>FETCH: messages, or parts or properties of them (RFC 3501 section 6.4.5).</summary>
/// <param name="ChangedSince">Only messages with a greater mod-sequence (RFC 7162 section 3.1.4.1); null: all.</param>
/// <param name="WithVanished">Tells what is gone as well (section 3.2.6).</param>
public sealed record Fetch(
    SequenceSet Messages, IReadOnlyList<FetchItem> Items, bool ByUid, ulong? ChangedSince = null, bool WithVanished = false) : IImapCommand
{
    /// <summary>fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) => Parse(ref lexer, byUid: false);

    /// <summary>"The server implicitly includes the UID in the responses to UID FETCH" (section 6.4.8).</summary>
    public static IImapCommand? ParseUid(ref ImapLexer lexer) => Parse(ref lexer, byUid: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var view = session.View!;
        if (view.Resolve(Messages, ByUid) is not { } rows) return ImapReply.Bad("Expected numbers of messages that exist");
        session.IsCondStore |= ChangedSince is not null || Items.Contains(FetchItem.ModSeq);
        if (WithVanished && !session.IsQresync) return ImapReply.Bad("Expected ENABLE QRESYNC first");
        if (ChangedSince is { } since)
        {
            if (WithVanished && view.Vanished(Messages, through: 0) is { Count: > 0 } gone)
            {
                MailboxView.WriteVanished(session, gone, isEarlier: true);
            }

            rows.RemoveAll(row => view.ModSeqAt(row) <= since);
        }

        var seen = Items.Any(item => !item.IsPeek) && !view.IsReadOnly ? await SetSeenAsync(session, view, rows, cancellation) : [];
        var asksFlags = Items.Contains(FetchItem.Flags);
        var fetch = new MessageFetch(session, view, Items);
        if (!fetch.NeedsSource)
        {
            var nothing = await fetch.PrepareAsync(0, content: null, cancellation);
            foreach (var row in rows) await fetch.WriteAsync(row, nothing, withFlags: false, cancellation);
            return ImapReply.Ok("FETCH completed");
        }

        var unreadable = 0;
        await foreach (var (row, source) in new ReadAhead(fetch, session.Limits).ReadAsync(rows, cancellation))
        {
            if (source is null) unreadable++;
            else await fetch.WriteAsync(row, source, !asksFlags && seen.Contains(row), cancellation);
        }

        return unreadable == 0
            ? ImapReply.Ok("FETCH completed")
            : ImapReply.No("CORRUPTION", $"{unreadable} of {rows.Count} messages could not be read");
    }

    /// <summary>"The \Seen flag is implicitly set": in one step for all, before the first body goes out.</summary>
    /// <returns>The rows whose flags changed.</returns>
    private static async ValueTask<HashSet<int>> SetSeenAsync(
        ImapSession session, MailboxView view, List<int> rows, CancellationToken cancellation)
    {
        var unseen = rows.FindAll(row => (view.FlagsAt(row) & MessageFlags.Seen) == 0);
        if (unseen.Count == 0) return [];
        var uids = unseen.ConvertAll(view.Messages.UidAt);
        var stored = await session.Mail.StoreAsync(view.State.Id, uids, FlagAction.Add, MessageFlags.Seen, [], cancellation);
        if (stored.Declined) return []; // A store that is full for a moment is no reason to withhold mail.

        view.LearnKeywords(session, stored.Value);
        foreach (var uid in uids)
        {
            var found = stored.Value.Messages.IndexOf(uid);
            if (found >= 0) view.Told(uid, stored.Value.Messages.FlagsAt(found));
        }

        return [.. unseen];
    }

    private static Fetch? Parse(ref ImapLexer lexer, bool byUid)
    {
        if (!lexer.Space() || !lexer.Sequence(out var messages) || !lexer.Space()) return null;
        if (!FetchGrammar.Items(ref lexer, out var items) || !Modifiers(ref lexer, byUid, out var since, out var vanished)) return null;
        if (byUid && !items.Contains(FetchItem.Uid)) items = [FetchItem.Uid, .. items];
        if (since is not null && !items.Contains(FetchItem.ModSeq)) items = [.. items, FetchItem.ModSeq];
        return new Fetch(messages, items, byUid, since, vanished);
    }

    /// <summary>[SP "(" "CHANGEDSINCE" SP mod-sequence-value [SP "VANISHED"] ")"] (RFC 4466, RFC 7162 section 7)</summary>
    private static bool Modifiers(ref ImapLexer lexer, bool byUid, out ulong? since, out bool vanished)
    {
        (since, vanished) = (null, false);
        if (lexer.IsAtEnd) return true;
        if (!lexer.Space() || !lexer.Open()) return false;
        do
        {
            if (byUid && lexer.TakeWord("VANISHED"u8))
            {
                vanished = true;
                continue;
            }

            if (!lexer.TakeWord("CHANGEDSINCE"u8)) return lexer.Expected("CHANGEDSINCE");
            if (!lexer.Space() || !lexer.Number64(out var sequence)) return false;
            since = (ulong)sequence;
        }
        while (lexer.Take((byte)' '));
        return (!vanished || since is not null || lexer.Expected("CHANGEDSINCE beside VANISHED")) && lexer.Close() && lexer.End();
    }
}
