using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap.Wire;

namespace CompatBot.Protocols.Imap.Commands;

/// <summary>What a client that was here before knows of a mailbox (RFC 7162 section 3.2.5).</summary>
/// <param name="Known">UIDs that it has; null: any.</param>
/// <param name="Numbers">Message numbers, and the UIDs that they had, in the same order; null: not told.</param>
public sealed record Resync(uint UidValidity, ulong ModSeq, SequenceSet? Known, (SequenceSet Numbers, SequenceSet Uids)? Numbers)
{
    /// <summary>The greatest UID whose message number is still what the client remembers: below it nothing vanished unseen.</summary>
    public uint LastMatch(MessageTable messages)
    {
        var last = 0u;
        if (Numbers is not { } pairs) return last;
        foreach (var (number, uid) in pairs.Numbers.Numbers().Zip(pairs.Uids.Numbers()))
        {
            if (number == 0 || number > messages.Count || messages.UidAt((int)number - 1) != uid) break;
            last = uid;
        }

        return last;
    }
}

/// <summary>SELECT, and EXAMINE, which is SELECT for reading only (RFC 3501 sections 6.3.1 and 6.3.2; RFC 7162).</summary>
/// <param name="WantsModSeqs">CONDSTORE was among the parameters.</param>
public sealed record Select(string Mailbox, bool IsReadOnly, bool WantsModSeqs = false, Resync? Resync = null) : IImapCommand
{
    public static IImapCommand? ParseSelect(ref ImapLexer lexer) => Parse(ref lexer, isReadOnly: false);

    public static IImapCommand? ParseExamine(ref ImapLexer lexer) => Parse(ref lexer, isReadOnly: true);

    public async ValueTask<ImapReply> RunAsync(ImapSession session, CancellationToken cancellation)
    {
        if (Resync is not null && !session.IsQresync) return ImapReply.Bad("Expected ENABLE QRESYNC first");

        // "The SELECT command automatically deselects any currently selected mailbox before attempting the new selection."
        if (session.View is not null) WriteClosed(session); // Whoever asks (RFC 7162 section 3.2.11).
        session.Deselect();
        if (WantsModSeqs) session.EnableCondStore();
        var opened = session.Mail.Open(Mailbox);
        if (opened.Declined) return ImapReply.No(opened.Refusal);

        var (mailbox, reading) = opened.Value;
        var view = new MailboxView(mailbox, reading, IsReadOnly || session.Mail.ReadOnly, hidesRecent: session.IsRev2);
        if (reading.IsCompleted || NeedsMessages(view))
        {
            await view.ReadAsync();
            view.Start(await view.ClaimRecentAsync(session.Mail, view.State, cancellation));
        }

        view.WriteFlagLists(session, view.State);
        view.WriteCounts(session);
        WriteState(session, view.State);
        if (session.IsRev2) // RFC 9051 section 6.3.2
        {
            var attributes = MailboxListing.Attributes(session.Mail.State, view.State);
            MailboxListing.Write(
                session, "LIST", view.State.Name, attributes, childInfo: false, Mailbox == view.State.Name ? null : Mailbox);
        }

        if (Resync is { } known && known.UidValidity == view.State.UidValidity) await CatchUpAsync(session, view, known);
        session.Select(view);
        return ImapReply.Ok(view.IsReadOnly ? "READ-ONLY" : "READ-WRITE", IsReadOnly ? "EXAMINE completed" : "SELECT completed");
    }

    /// <summary>Whether it tells of single messages, for which the client has to wait: some are \Recent, or changed since.</summary>
    private bool NeedsMessages(MailboxView view) =>
        (!view.HidesRecent && view.State.RecentFromUid < view.State.UidNext)
        || (Resync is { } known && known.UidValidity == view.State.UidValidity && known.ModSeq < view.State.HighestModSeq);

    private static void WriteClosed(ImapSession session)
    {
        var writer = new WireWriter(session.Output);
        writer.Raw("* OK [CLOSED] The mailbox before is closed\r\n"u8);
        writer.Commit();
    }

    private static void WriteState(ImapSession session, MailboxState state)
    {
        var writer = new WireWriter(session.Output);
        var unseen = state.Unseen > 0 && !session.IsRev2 && !session.IsUidOnly ? state.FirstUnseen : -1;
        if (unseen >= 0)
        {
            writer.Raw("* OK [UNSEEN "u8);
            writer.Number(unseen + 1);
            writer.Raw("] First unseen message\r\n"u8);
        }

        writer.Raw("* OK [UIDVALIDITY "u8);
        writer.Number(state.UidValidity);
        writer.Raw("] UIDs valid\r\n* OK [UIDNEXT "u8);
        writer.Number(state.UidNext);
        writer.Raw("] Predicted next UID\r\n* OK [HIGHESTMODSEQ "u8);
        writer.Number(state.HighestModSeq);
        writer.Raw("] Highest\r\n* OK [MAILBOXID ("u8);
        writer.Text(ObjectIds.Of(state));
        writer.Raw(")] Ok\r\n"u8);
        writer.Commit();
    }

    /// <summary>What is gone since, and what changed (section 3.2.5.1).</summary>
    private static async ValueTask CatchUpAsync(ImapSession session, MailboxView view, Resync known)
    {
        if (known.ModSeq >= view.State.HighestModSeq) return;
        var vanished = view.Vanished(known.Known, known.LastMatch(view.Messages));
        if (vanished.Count > 0) MailboxView.WriteVanished(session, vanished, isEarlier: true);
        var among = known.Known is null ? null : view.Resolve(known.Known, byUid: true);
        for (var at = 0; at < (among?.Count ?? view.Messages.Count); at++)
        {
            var row = among is null ? at : among[at];
            if (view.Messages.ModSeqAt(row) <= known.ModSeq) continue;
            view.WriteFlags(session, view.State, row + 1, view.Messages.UidAt(row), view.FlagsAt(row), withUid: true);
            await session.FlushIfLargeAsync();
        }
    }

    /// <summary>select = "SELECT" SP mailbox [SP "(" select-param *(SP select-param) ")"] (RFC 4466, RFC 7162 section 7)</summary>
    private static Select? Parse(ref ImapLexer lexer, bool isReadOnly)
    {
        if (!lexer.Space() || !lexer.Mailbox(out var mailbox)) return null;
        if (lexer.IsAtEnd) return new Select(mailbox, isReadOnly);
        if (!lexer.Space() || !lexer.Open()) return null;
        var wantsModSeqs = false;
        Resync? resync = null;
        do
        {
            if (lexer.TakeWord("CONDSTORE"u8))
            {
                wantsModSeqs = true;
            }
            else if (lexer.TakeWord("QRESYNC"u8))
            {
                if (!lexer.Space() || ParseResync(ref lexer) is not { } found) return null;
                resync = found;
            }
            else
            {
                lexer.Expected("CONDSTORE or QRESYNC");
                return null;
            }
        }
        while (lexer.Take((byte)' '));
        return lexer.Close() && lexer.End() ? new Select(mailbox, isReadOnly, wantsModSeqs, resync) : null;
    }

    /// <summary>"(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"</summary>
    private static Resync? ParseResync(ref ImapLexer lexer)
    {
        if (!lexer.Open() || !lexer.Number(out var validity) || !lexer.Space() || !lexer.Number64(out var modSeq)) return null;
        SequenceSet? known = null;
        (SequenceSet, SequenceSet)? match = null;
        while (lexer.Take((byte)' '))
        {
            if (lexer.Take((byte)'('))
            {
                if (!lexer.Sequence(out var numbers) || !lexer.Space() || !lexer.Sequence(out var uids) || !lexer.Close()) return null;
                match = (numbers, uids);
            }
            else if (!lexer.Sequence(out known))
            {
                return null;
            }
        }

        return lexer.Close() ? new Resync(validity, (ulong)modSeq, known, match) : null;
    }
}
