using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>The examples of RFC 7162, QRESYNC (sections 3.2 and 6).</summary>
public sealed class Rfc7162QresyncTests
{
    private static readonly string[] Twelve = [.. Enumerable.Range(1, 12).Select(number => $"{number}")];

    /// <summary>Only every third message is left: UIDs 3, 6, 9 and 12, numbers 1 to 4.</summary>
    private const string EveryThird = LogInAndSelect + """
        C: x STORE 1:2,4:5,7:8,10:11 +FLAGS.SILENT (\Deleted)
        S: x OK STORE completed
        C: y CLOSE
        S: y OK CLOSE completed
        C: z ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: z OK ENABLE completed

        """;

    /// <summary>Section 3.2.5: of another UIDVALIDITY nothing is told.</summary>
    [Fact]
    public Task Another_UIDVALIDITY_leaves_the_rest_unread() => ImapBed.PlayAsync(EveryThird + """
        C: A02 SELECT INBOX (QRESYNC (67890007 1 1:11))
        S: <skip 2>
        S: * 4 EXISTS
        S: * 0 RECENT
        S: * OK [UNSEEN 1] First unseen message
        S: * OK [UIDVALIDITY 1795262400] UIDs valid
        S: * OK [UIDNEXT 13] Predicted next UID
        S: * OK [HIGHESTMODSEQ 16] Highest
        S: * OK [MAILBOXID (F1)] Ok
        S: A02 OK [READ-WRITE] SELECT completed
        """, Twelve);

    /// <summary>Section 3.2.5.1: what is gone first, then what changed, of what the client says it knows.</summary>
    [Fact]
    public Task SELECT_brings_a_client_up_to_date() => ImapBed.PlayAsync(EveryThird + """
        C: a SELECT Sent
        S: <skip 8>
        S: a OK <*>
        C: A03 SELECT INBOX (QRESYNC (1795262400 6 1:4,6:9))
        S: * OK [CLOSED] The mailbox before is closed
        S: <skip 9>
        S: * VANISHED (EARLIER) 1:2,4,7:8
        S: * 2 FETCH (UID 6 FLAGS () MODSEQ (7))
        S: * 3 FETCH (UID 9 FLAGS () MODSEQ (10))
        S: A03 OK [READ-WRITE] SELECT completed
        """, Twelve);

    /// <summary>Section 3.2.5.2: numbers and their UIDs say how far a client knows of what is gone.</summary>
    [Fact]
    public Task Sequence_match_data_spares_what_is_known() => ImapBed.PlayAsync(EveryThird + """
        C: A04 SELECT INBOX (QRESYNC (1795262400 12 1:11))
        S: <skip 9>
        S: * VANISHED (EARLIER) 1:2,4:5,7:8,10:11
        S: A04 OK [READ-WRITE] SELECT completed
        C: B04 SELECT INBOX (QRESYNC (1795262400 12 1:12 (1:2,4 3,6,12)))
        S: * OK [CLOSED] The mailbox before is closed
        S: <skip 9>
        S: * 4 FETCH (UID 12 FLAGS () MODSEQ (13))
        S: B04 OK [READ-WRITE] SELECT completed
        # Message 3 has another UID than the client believes: from UID 7 on it may have missed something.
        C: C04 SELECT INBOX (QRESYNC (1795262400 13 1:12 (1:3 3,6,8)))
        S: * OK [CLOSED] The mailbox before is closed
        S: <skip 9>
        S: * VANISHED (EARLIER) 7:8,10:11
        S: C04 OK [READ-WRITE] SELECT completed
        """, Twelve);

    /// <summary>Section 3.2.6: one command instead of two.</summary>
    [Fact]
    public Task UID_FETCH_tells_what_vanished() => ImapBed.PlayAsync(EveryThird + """
        C: s SELECT INBOX
        S: <skip 9>
        S: s OK <*>
        C: s100 UID FETCH 5:12 (FLAGS) (CHANGEDSINCE 9)
        S: * 3 FETCH (UID 9 FLAGS () MODSEQ (10))
        S: * 4 FETCH (UID 12 FLAGS () MODSEQ (13))
        S: s100 OK FETCH completed
        C: s101 UID SEARCH UID 5:12
        S: * SEARCH 6 9 12
        S: s101 OK SEARCH completed
        C: s102 UID FETCH 5:12 (FLAGS) (CHANGEDSINCE 9 VANISHED)
        S: * VANISHED (EARLIER) 5,7:8,10:11
        S: * 3 FETCH (UID 9 FLAGS () MODSEQ (10))
        S: * 4 FETCH (UID 12 FLAGS () MODSEQ (13))
        S: s102 OK FETCH completed
        C: s103 UID FETCH 5:12 (FLAGS) (VANISHED)
        S: s103 BAD Expected CHANGEDSINCE beside VANISHED
        C: s104 FETCH 1:2 (FLAGS) (CHANGEDSINCE 9 VANISHED)
        S: s104 BAD <*>
        """, Twelve);

    /// <summary>Section 3.2.6: VANISHED is for those who enabled QRESYNC.</summary>
    [Fact]
    public Task VANISHED_needs_QRESYNC() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)
        S: a BAD Expected ENABLE QRESYNC first
        C: b STORE 1 +FLAGS (\Seen)
        S: * 1 FETCH (FLAGS (\Seen \Recent))
        S: b OK STORE completed
        """, Twelve);

    /// <summary>Sections 3.2.7, 3.2.9 and 3.2.10.2, without QRESYNC: each number is that of the moment.</summary>
    [Fact]
    public Task Without_QRESYNC_each_message_goes_by_its_number() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a STORE 3:4,7,11 +FLAGS.SILENT (\Deleted)
        S: a OK STORE completed
        C: A202 EXPUNGE
        S: * 11 EXPUNGE
        S: * 7 EXPUNGE
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: A202 OK EXPUNGE completed
        C: b STORE 1,3 +FLAGS.SILENT (\Deleted)
        S: b OK STORE completed
        C: . UID EXPUNGE 2:5
        S: * 3 EXPUNGE
        S: . OK EXPUNGE completed
        C: c CLOSE
        S: c OK CLOSE completed
        """, Twelve);

    /// <summary>The same sections, with QRESYNC: each message goes once, by its UID, and the reply says up to where.</summary>
    [Fact]
    public Task With_QRESYNC_messages_vanish() => ImapBed.PlayAsync(LogIn + """
        C: e ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: e OK ENABLE completed
        C: s SELECT INBOX
        S: <skip 9>
        S: s OK <*>
        C: a STORE 3:4,7,11 +FLAGS.SILENT (\Deleted)
        S: * 3 FETCH (UID 3 MODSEQ (15))
        S: * 4 FETCH (UID 4 MODSEQ (15))
        S: * 7 FETCH (UID 7 MODSEQ (15))
        S: * 11 FETCH (UID 11 MODSEQ (15))
        S: a OK STORE completed
        C: B202 EXPUNGE
        S: * VANISHED 3:4,7,11
        S: B202 OK [HIGHESTMODSEQ 16] EXPUNGE completed
        C: b UID STORE 2,5 +FLAGS.SILENT (\Deleted)
        S: * 2 FETCH (UID 2 MODSEQ (17))
        S: * 3 FETCH (UID 5 MODSEQ (17))
        S: b OK STORE completed
        C: A210 UID EXPUNGE 1:2
        S: * VANISHED 2
        S: A210 OK [HIGHESTMODSEQ 18] EXPUNGE completed
        C: c UID MOVE 6 Trash
        S: * OK [COPYUID <*> 6 1] Moved
        S: * VANISHED 6
        S: c OK [HIGHESTMODSEQ 19] MOVE completed
        # RFC 8508 section 4.5: so does what is replaced.
        R: d UID REPLACE 8 Drafts {3+}\r\nnew\r\n
        S: * OK [APPENDUID <*> 1] Replacement is there
        S: * VANISHED 8
        S: d OK [HIGHESTMODSEQ 20] REPLACE completed
        # Section 3.2.8: CLOSE says nothing of the kind.
        C: A202 CLOSE
        S: A202 OK CLOSE completed
        """, Twelve);

    /// <summary>Section 3.2.11: whoever selects another mailbox hears that this one is closed, whatever it enabled.</summary>
    [Fact]
    public Task The_mailbox_before_is_closed() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a EXAMINE Sent
        S: * OK [CLOSED] The mailbox before is closed
        S: <skip 8>
        S: a OK [READ-ONLY] EXAMINE completed
        C: b UNSELECT
        S: b OK UNSELECT completed
        C: c SELECT Sent
        S: * FLAGS <*>
        S: <skip 7>
        S: c OK [READ-WRITE] SELECT completed
        """, Twelve);

    /// <summary>Section 6: while what is gone cannot be told, the client must not take a later mod-sequence for what it knows.</summary>
    [Fact]
    public Task What_is_told_later_keeps_the_highest_mod_sequence_low() => ImapBed.PlayAsync(LogIn + SecondLogIn + """
        C: e ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: e OK ENABLE completed
        C: s SELECT INBOX
        S: <skip 9>
        S: s OK <*>
        C2: s SELECT INBOX
        S2: <skip 9>
        S2: s OK <*>
        C2: t STORE 8 +FLAGS.SILENT (\Deleted)
        S2: t OK STORE completed
        C2: u EXPUNGE
        S2: * 8 EXPUNGE
        S2: u OK EXPUNGE completed
        C: A150 STORE 1:2 (UNCHANGEDSINCE 13) +FLAGS.SILENT \Seen
        S: * 1 FETCH (UID 1 MODSEQ (17))
        S: * 2 FETCH (UID 2 MODSEQ (17))
        S: * OK [HIGHESTMODSEQ 13] Highest
        S: A150 OK STORE completed
        C: A151 STORE 3 +FLAGS.SILENT \Seen
        S: * 3 FETCH (UID 3 MODSEQ (18))
        S: * OK [HIGHESTMODSEQ 13] Highest
        S: A151 OK STORE completed
        C: A152 NOOP
        S: * VANISHED 8
        S: * OK [HIGHESTMODSEQ 18] Highest
        S: A152 OK NOOP completed
        """, Twelve);

    /// <summary>Section 3.2: a note about a mailbox raises its mod-sequence, in a session that has it selected too.</summary>
    [Fact]
    public Task SETMETADATA_raises_the_highest_mod_sequence() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a STATUS INBOX (HIGHESTMODSEQ)
        S: * OK [HIGHESTMODSEQ 13] Highest
        S: * STATUS INBOX (HIGHESTMODSEQ 13)
        S: a OK STATUS completed
        C: b SETMETADATA INBOX (/private/comment "x")
        S: b OK SETMETADATA completed
        C: c STATUS INBOX (HIGHESTMODSEQ)
        S: * STATUS INBOX (HIGHESTMODSEQ 15)
        S: c OK STATUS completed
        C: d STATUS Sent (HIGHESTMODSEQ)
        S: * STATUS Sent (HIGHESTMODSEQ 1)
        S: d OK STATUS completed
        """, Twelve);

    /// <summary>Section 3.2.10.2: a UID SEARCH that names message numbers leaves them be; one that does not need not.</summary>
    [Fact]
    public Task Nothing_vanishes_under_message_numbers() => ImapBed.PlayAsync(LogIn + SecondLogIn + """
        C: s SELECT INBOX
        S: <skip 9>
        S: s OK <*>
        C2: s SELECT INBOX
        S2: <skip 9>
        S2: s OK <*>
        C2: t STORE 1 +FLAGS.SILENT (\Deleted)
        S2: t OK STORE completed
        C2: u EXPUNGE
        S2: * 1 EXPUNGE
        S2: u OK EXPUNGE completed
        C: a UID SEARCH 2:3 NOT UID 99
        S: * SEARCH 2 3
        S: a OK SEARCH completed
        C: b UID SORT (ARRIVAL) UTF-8 OR 2 3
        S: * SORT 2 3
        S: b OK SORT completed
        C: c UID SEARCH UID 2:3
        S: * SEARCH 2 3
        S: * 1 EXPUNGE
        S: c OK SEARCH completed
        """, Twelve);
}
