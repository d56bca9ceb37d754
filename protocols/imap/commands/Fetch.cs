using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Fetching;
using CompatBot.Protocols.Imap.Searching;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <param name="ChangedSince">Only messages with a greater mod-sequence (RFC 7162 section 3.1.4.1); null: all.</param>
/// <param name="WithVanished">Tells what is gone as well (section 3.2.6).</param>
/// <param name="Partial">Only some of the messages (RFC 9394); null: all.</param>
public readonly record struct FetchModifiers(ulong? ChangedSince, bool WithVanished, PartialRange? Partial);

/// <summary>FETCH: messages, or parts or properties of them (RFC 3501 section 6.4.5).</summary>
public sealed record Fetch(SequenceSet Messages, IReadOnlyList<FetchItem> Items, bool ByUid, FetchModifiers Modified) : IImapCommand
{
    /// <summary>fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")</summary>
    public static IImapCommand? Parse(ref ImapLexer lexer) => Parse(ref lexer, byUid: false);

    /// <summary>"The server implicitly includes the UID in the responses to UID FETCH" (section 6.4.8).</summary>
    public static IImapCommand? ParseUid(ref ImapLexer lexer) => Parse(ref lexer, byUid: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        var view = session.View!;
        if (RowRanges.Of(view, Messages, ByUid) is not { } ranges) return ImapReply.Bad("Expected numbers of messages that exist");
        var (changedSince, withVanished, part) = Modified;
        if (withVanished && !session.IsQresync) return ImapReply.Bad("Expected ENABLE QRESYNC first");
        if (changedSince is not null || Items.Contains(FetchItem.ModSeq)) session.EnableCondStore();
        if (withVanished && view.Vanished(Messages, through: 0) is { Count: > 0 } gone)
        {
            MailboxView.WriteVanished(session, gone, isEarlier: true);
        }

        var fetch = new MessageFetch(session, view, Items);
        var left = part is null ? MessageLimit.Cut(session, view, ranges) : null;
        var setsSeen = Items.Any(item => !item.IsPeek) && !view.IsReadOnly;
        if (fetch.IsOfRows && part is null && !setsSeen)
        {
            var missing = await fetch.WriteRowsAsync(ranges, changedSince, cancellation);
            return MessageLimit.Tell(session, Reply(missing, ranges.Sum(range => range.Below - range.First)), left);
        }

        var rows = RowRanges.Rows(ranges);
        if (part is { } range)
        {
            rows = range.Of(rows); // Of all, not of what changed (RFC 9394 section 3.4).
            left = MessageLimit.Cut(session, view, rows);
        }

        if (changedSince is { } since) rows.RemoveAll(row => view.ModSeqAt(row) <= since);
        var seen = setsSeen ? await SetSeenAsync(session, view, rows, cancellation) : [];
        var (unreadable, hasUnknownEncoding) = (0, false);
        await foreach (var (row, source) in new ReadAhead(fetch, session.Limits).ReadAsync(rows, cancellation))
        {
            if (source is null) unreadable++;
            else if (source.HasUnknownEncoding) hasUnknownEncoding = true;
            else await fetch.WriteAsync(row, source, seen.Contains(row), cancellation);
        }

        var reply = hasUnknownEncoding ? ImapReply.No("UNKNOWN-CTE", "A transfer encoding is not known") // RFC 3516 section 4.3
            : Reply(unreadable, rows.Count);
        return MessageLimit.Tell(session, reply, left);
    }

    private static ImapReply Reply(int unreadable, int asked) => unreadable == 0
        ? ImapReply.Ok("FETCH completed")
        : ImapReply.No("CORRUPTION", $"{unreadable} of {asked} messages could not be read");

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
            if (found >= 0) view.Told(uid, stored.Value.Messages.FlagsAt(found), stored.Value.Messages.ModSeqAt(found));
        }

        return [.. unseen];
    }

    private static Fetch? Parse(ref ImapLexer lexer, bool byUid)
    {
        if (!lexer.Space() || !lexer.Sequence(out var messages, byUid) || !lexer.Space()) return null;
        if (!FetchGrammar.Items(ref lexer, out var items) || !Modifiers(ref lexer, byUid, out var modifiers)) return null;
        if (byUid && !lexer.IsUidOnly && !items.Contains(FetchItem.Uid)) items = [FetchItem.Uid, .. items];
        if (modifiers.ChangedSince is not null && !items.Contains(FetchItem.ModSeq)) items = [.. items, FetchItem.ModSeq];
        return new Fetch(messages, items, byUid, modifiers);
    }

    /// <summary>[SP "(" modifier *(SP modifier) ")"] (RFC 4466, RFC 7162 section 7, RFC 9394 section 3.2)</summary>
    private static bool Modifiers(ref ImapLexer lexer, bool byUid, out FetchModifiers modifiers)
    {
        modifiers = new FetchModifiers();
        if (lexer.IsAtEnd) return true;
        if (!lexer.Space() || !lexer.Open()) return false;
        do
        {
            if (byUid && lexer.TakeWord("VANISHED"u8))
            {
                modifiers = modifiers with { WithVanished = true };
                continue;
            }

            if (lexer.TakeWord("PARTIAL"u8))
            {
                if (!lexer.Space() || !PartialRange.TryParse(ref lexer, out var range)) return false;
                modifiers = modifiers with { Partial = range };
                continue;
            }

            if (!lexer.TakeWord("CHANGEDSINCE"u8)) return lexer.Expected("CHANGEDSINCE or PARTIAL");
            if (!lexer.Space() || !lexer.Number64(out var sequence)) return false;
            modifiers = modifiers with { ChangedSince = (ulong)sequence };
        }
        while (lexer.Take((byte)' '));
        var isWhole = !modifiers.WithVanished || modifiers.ChangedSince is not null || lexer.Expected("CHANGEDSINCE beside VANISHED");
        return isWhole && lexer.Close() && lexer.End();
    }
}
