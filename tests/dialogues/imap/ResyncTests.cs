using Xunit;

namespace CompatBot.DialogueTests.Imap;

/// <summary>RFC 7162: mod-sequences, and a client that comes back and hears only what changed.</summary>
public sealed class ResyncTests
{
    private static readonly string[] Three =
        ["Subject: one\r\n\r\nbody\r\n", "Subject: two\r\n\r\nbody\r\n", "Subject: three\r\n\r\nbody\r\n"];

    [Fact]
    public async Task Mod_sequences_are_told_once_asked_for() => await ImapBed.PlayAsync(
        ImapBed.LogInAndSelect + """
        C: a1 STORE 1 +FLAGS (\Seen)
        S: * 1 FETCH (FLAGS (\Seen \Recent))
        S: a1 OK STORE completed
        C: a2 FETCH 1:3 (MODSEQ)
        S: * OK [HIGHESTMODSEQ 6] Highest
        S: * 1 FETCH (MODSEQ (6))
        S: * 2 FETCH (MODSEQ (3))
        S: * 3 FETCH (MODSEQ (4))
        S: a2 OK FETCH completed
        C: a3 STORE 2 +FLAGS (\Flagged)
        S: * 2 FETCH (UID 2 FLAGS (\Flagged \Recent) MODSEQ (7))
        S: a3 OK STORE completed
        C: a4 STORE 3 +FLAGS.SILENT (\Flagged)
        S: * 3 FETCH (UID 3 MODSEQ (8))
        S: a4 OK STORE completed
        C: a5 FETCH 1:* (FLAGS) (CHANGEDSINCE 6)
        S: * 2 FETCH (FLAGS (\Flagged \Recent) MODSEQ (7))
        S: * 3 FETCH (FLAGS (\Flagged \Recent) MODSEQ (8))
        S: a5 OK FETCH completed
        C: a6 UID FETCH 1:* FLAGS (CHANGEDSINCE 7)
        S: * 3 FETCH (UID 3 FLAGS (\Flagged \Recent) MODSEQ (8))
        S: a6 OK FETCH completed
        # iOS asks so at first.
        C: a7 UID FETCH 1:1 (FLAGS) (CHANGEDSINCE 0)
        S: * 1 FETCH (UID 1 FLAGS (\Seen \Recent) MODSEQ (6))
        S: a7 OK FETCH completed
        C: a8 STATUS INBOX (HIGHESTMODSEQ)
        S: * STATUS INBOX (HIGHESTMODSEQ 8)
        S: a8 OK STATUS completed
        C: a9 FETCH 1 BODY.PEEK[]<0.4> (CHANGEDSINCE 6)
        S: a9 OK FETCH completed
        C: b1 FETCH 1 FLAGS (CHANGEDSINCE)
        S: b1 BAD Expected a space
        C: b2 FETCH 1 FLAGS (SINCE 1)
        S: b2 BAD Expected CHANGEDSINCE or PARTIAL
        """,
        Three);

    [Fact]
    public async Task A_store_leaves_alone_what_others_changed_meanwhile() => await ImapBed.PlayAsync(
        ImapBed.LogInAndSelect + """
        C: a1 STORE 2 +FLAGS (work)
        S: * FLAGS (<*> work)
        S: * OK [PERMANENTFLAGS <*>
        S: * 2 FETCH (FLAGS (\Recent work))
        S: a1 OK STORE completed
        C: a2 STORE 1:3 (UNCHANGEDSINCE 5) +FLAGS.SILENT (\Deleted)
        S: * OK [HIGHESTMODSEQ 6] Highest
        S: * 1 FETCH (UID 1 MODSEQ (7))
        S: * 3 FETCH (UID 3 MODSEQ (7))
        S: a2 OK [MODIFIED 2] Some were changed by others meanwhile
        C: a3 UID STORE 1:3 (UNCHANGEDSINCE 0) FLAGS (\Seen)
        S: a3 OK [MODIFIED 1:3] Some were changed by others meanwhile
        C: a4 FETCH 1:3 FLAGS
        S: * 1 FETCH (FLAGS (\Deleted \Recent))
        S: * 2 FETCH (FLAGS (\Recent work))
        S: * 3 FETCH (FLAGS (\Deleted \Recent))
        S: a4 OK FETCH completed
        C: a5 STORE 1 (UNCHANGEDSINCE 99 +FLAGS (\Seen)
        S: a5 BAD Expected )
        """,
        Three);

    [Fact]
    public async Task A_search_by_mod_sequence_tells_the_highest() => await ImapBed.PlayAsync(
        ImapBed.LogInAndSelect + """
        C: a1 STORE 2 +FLAGS.SILENT (\Seen)
        S: a1 OK STORE completed
        C: a2 SEARCH MODSEQ 4
        S: * OK [HIGHESTMODSEQ 6] Highest
        S: * SEARCH 2 3 (MODSEQ 6)
        S: a2 OK SEARCH completed
        C: a3 UID SEARCH OR NOT MODSEQ "/flags/\\draft" all 3 SEEN
        S: * SEARCH 1 2 (MODSEQ 6)
        S: a3 OK SEARCH completed
        C: a4 SEARCH MODSEQ 99
        S: * SEARCH
        S: a4 OK SEARCH completed
        C: a5 SEARCH RETURN (MIN) MODSEQ 3
        S: * ESEARCH (TAG "a5") MIN 2 MODSEQ 6
        S: a5 OK SEARCH completed
        C: a6 SEARCH RETURN (COUNT ALL) MODSEQ 1
        S: * ESEARCH (TAG "a6") ALL 1:3 COUNT 3 MODSEQ 6
        S: a6 OK SEARCH completed
        """,
        Three);

    [Fact]
    public async Task A_client_that_comes_back_hears_what_is_gone_and_what_changed() => await ImapBed.PlayAsync(
        ImapBed.LogInAndSelect + """
        C: a0 SELECT INBOX (QRESYNC (1795262400 5))
        S: a0 BAD Expected ENABLE QRESYNC first
        C: a1 STORE 1 +FLAGS.SILENT (\Deleted)
        S: a1 OK STORE completed
        C: a2 EXPUNGE
        S: * 1 EXPUNGE
        S: a2 OK EXPUNGE completed
        C: a3 STORE 2 +FLAGS.SILENT (\Seen)
        S: a3 OK STORE completed
        C: a4 ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: * OK [HIGHESTMODSEQ 8] Highest
        S: a4 OK ENABLE completed
        C: a5 SELECT INBOX (QRESYNC (1795262400 5 1:3))
        S: * OK [CLOSED] The mailbox before is closed
        S: <skip 2>
        S: * 2 EXISTS
        S: * 0 RECENT
        S: * OK [UNSEEN 1] First unseen message
        S: * OK [UIDVALIDITY 1795262400] UIDs valid
        S: * OK [UIDNEXT 4] Predicted next UID
        S: * OK [HIGHESTMODSEQ 8] Highest
        S: * OK [MAILBOXID (F1)] Ok
        S: * VANISHED (EARLIER) 1
        S: * 2 FETCH (UID 3 FLAGS (\Seen) MODSEQ (8))
        S: a5 OK [READ-WRITE] SELECT completed
        # Nothing new, another UIDVALIDITY, and numbers that say how far it knows what is gone.
        C: a6 UNSELECT
        S: a6 OK UNSELECT completed
        C: a7 SELECT INBOX (QRESYNC (1795262400 8))
        S: <skip 9>
        S: a7 OK [READ-WRITE] SELECT completed
        C: a8 EXAMINE INBOX (CONDSTORE QRESYNC (7 1))
        S: * OK [CLOSED] The mailbox before is closed
        S: <skip 9>
        S: a8 OK [READ-ONLY] EXAMINE completed
        C: a9 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 7 VANISHED)
        S: * VANISHED (EARLIER) 1
        S: * 2 FETCH (UID 3 FLAGS (\Seen) MODSEQ (8))
        S: a9 OK FETCH completed
        C: b1 UID FETCH 2:3 (FLAGS) (CHANGEDSINCE 8 VANISHED)
        S: b1 OK FETCH completed
        C: b2 FETCH 1 (FLAGS) (CHANGEDSINCE 8 VANISHED)
        S: b2 BAD Expected CHANGEDSINCE or PARTIAL
        C: b3 SELECT INBOX (QRESYNC (1795262400 5 1:3 (1,2 2,3)))
        S: * OK [CLOSED] The mailbox before is closed
        S: <skip 9>
        S: * 2 FETCH (UID 3 FLAGS (\Seen) MODSEQ (8))
        S: b3 OK [READ-WRITE] SELECT completed
        """,
        Three);

    [Fact]
    public async Task What_others_remove_vanishes_by_its_UID() => await ImapBed.PlayAsync(
        ImapBed.LogInAndSelect + """
        C: a1 ENABLE QRESYNC CONDSTORE
        S: * ENABLED QRESYNC CONDSTORE
        S: * OK [HIGHESTMODSEQ 4] Highest
        S: a1 OK ENABLE completed
        C2: l LOGIN ann@mail.test aaaaaaaaaaaaaaaaaaaaaaaaaa
        S2: <skip>
        S2: l OK <*>
        C2: s SELECT INBOX
        S2: <skip 9>
        S2: s OK <*>
        C2: b1 STORE 1,3 FLAGS.SILENT (\Deleted)
        S2: b1 OK STORE completed
        C: a2 NOOP
        S: * 1 FETCH (UID 1 FLAGS (\Deleted \Recent) MODSEQ (6))
        S: * 3 FETCH (UID 3 FLAGS (\Deleted \Recent) MODSEQ (6))
        S: a2 OK NOOP completed
        C2: b2 EXPUNGE
        S2: * 3 EXPUNGE
        S2: * 1 EXPUNGE
        S2: b2 OK EXPUNGE completed
        C: a3 FETCH 1 UID
        S: * 1 FETCH (UID 1)
        S: * OK [HIGHESTMODSEQ 6] Highest
        S: a3 OK FETCH completed
        C: a4 NOOP
        S: * VANISHED 1,3
        S: * OK [HIGHESTMODSEQ 7] Highest
        S: a4 OK NOOP completed
        C: a5 UID STORE 2 +FLAGS (\Deleted)
        S: * 1 FETCH (UID 2 FLAGS (\Deleted \Recent) MODSEQ (8))
        S: a5 OK STORE completed
        C: a6 EXPUNGE
        S: * VANISHED 2
        S: a6 OK [HIGHESTMODSEQ 9] EXPUNGE completed
        """,
        Three);
}
