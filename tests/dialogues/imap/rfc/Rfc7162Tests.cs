using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>The examples of RFC 7162, CONDSTORE (section 3.1); those of section 3.2 are in <see cref="Rfc7162QresyncTests"/>.</summary>
public sealed class Rfc7162Tests
{
    private static readonly string[] Five = ["1", "2", "3", "4", "5"];

    /// <summary>Sections 3.1.2.1 and 3.1.8, examples 1 and 18.</summary>
    [Fact]
    public Task SELECT_tells_the_highest_mod_sequence_and_takes_CONDSTORE() => ImapBed.PlayAsync(LogIn + """
        C: A142 SELECT INBOX (CONDSTORE)
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] These flags are kept
        S: * 5 EXISTS
        S: * 5 RECENT
        S: * OK [UNSEEN 1] First unseen message
        S: * OK [UIDVALIDITY 1795262400] UIDs valid
        S: * OK [UIDNEXT 6] Predicted next UID
        S: * OK [HIGHESTMODSEQ 6] Highest
        S: * OK [MAILBOXID (F1)] Ok
        S: A142 OK [READ-WRITE] SELECT completed
        C: A143 STORE 2 +FLAGS (\Seen)
        S: * 2 FETCH (UID 2 FLAGS (\Seen \Recent) MODSEQ (8))
        S: A143 OK STORE completed
        """, Five);

    /// <summary>Section 3.1.3, examples 3 to 6 and 8: what fails does not stop the rest.</summary>
    [Fact]
    public Task A_conditional_STORE_names_what_failed() => ImapBed.PlayAsync(LogInAndSelect + """
        C: c100 STORE 5 +FLAGS.SILENT (\Deleted)
        S: c100 OK STORE completed
        # The first command that enables CONDSTORE tells the highest mod-sequence.
        C: c101 STORE 5 (UNCHANGEDSINCE 8) -FLAGS.SILENT (\Deleted)
        S: * OK [HIGHESTMODSEQ 8] Highest
        S: * 5 FETCH (UID 5 MODSEQ (9))
        S: c101 OK STORE completed
        C: a103 UID STORE 3,2,4 (UNCHANGEDSINCE 9) +FLAGS.SILENT (\Deleted)
        S: * 2 FETCH (UID 2 MODSEQ (10))
        S: * 3 FETCH (UID 3 MODSEQ (10))
        S: * 4 FETCH (UID 4 MODSEQ (10))
        S: a103 OK STORE completed
        C: a104 STORE * (UNCHANGEDSINCE 10) +FLAGS.SILENT (\Deleted $Processed)
        S: * FLAGS (<*> $Processed)
        S: * OK [PERMANENTFLAGS (<*> $Processed \*)] These flags are kept
        S: * 5 FETCH (UID 5 MODSEQ (11))
        S: a104 OK STORE completed
        C: d105 STORE 3,1,5 (UNCHANGEDSINCE 9) +FLAGS.SILENT (\Seen)
        S: * 1 FETCH (UID 1 MODSEQ (12))
        S: d105 OK [MODIFIED 3,5] Some were changed by others meanwhile
        C: a102 STORE 2 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($MDNSent)
        S: a102 OK [MODIFIED 2] Some were changed by others meanwhile
        # A message that is named twice is stored to once.
        C: e105 STORE 4,3:5 (UNCHANGEDSINCE 12) +FLAGS.SILENT (\Draft)
        S: * 3 FETCH (UID 3 MODSEQ (<*>))
        S: * 4 FETCH (UID 4 MODSEQ (<*>))
        S: * 5 FETCH (UID 5 MODSEQ (<*>))
        S: e105 OK STORE completed
        """, Five);

    /// <summary>Section 3.1.3, examples 7 and 10: the client need not ask why.</summary>
    [Fact]
    public Task A_conditional_STORE_shows_what_others_changed() => ImapBed.PlayAsync(LogInAndSelect + SecondLogIn + """
        C2: s SELECT INBOX
        S2: <skip 9>
        S2: s OK <*>
        C2: t STORE 2 +FLAGS.SILENT (\Answered)
        S2: t OK STORE completed
        C: a106 STORE 1:3 (UNCHANGEDSINCE 6) +FLAGS.SILENT (\Flagged)
        S: * OK [HIGHESTMODSEQ 6] Highest
        S: * 1 FETCH (UID 1 MODSEQ (9))
        S: * 3 FETCH (UID 3 MODSEQ (9))
        S: * 2 FETCH (UID 2 FLAGS (\Answered \Recent) MODSEQ (8))
        S: a106 OK [MODIFIED 2] Some were changed by others meanwhile
        C: b108 STORE 2 (UNCHANGEDSINCE 8) +FLAGS.SILENT (\Flagged)
        S: * 2 FETCH (UID 2 MODSEQ (10))
        S: b108 OK STORE completed
        """, Five);

    /// <summary>Section 3.1.3, example 11: some are gone, one fails the test.</summary>
    [Fact]
    public Task A_conditional_STORE_passes_over_what_is_gone() => ImapBed.PlayAsync(LogIn + SecondLogIn + """
        C: a SELECT INBOX (CONDSTORE)
        S: <skip 9>
        S: a OK <*>
        C2: s SELECT INBOX
        S2: <skip 9>
        S2: s OK <*>
        C2: t STORE 4:5 +FLAGS.SILENT (\Deleted)
        S2: t OK STORE completed
        C2: u EXPUNGE
        S2: * 5 EXPUNGE
        S2: * 4 EXPUNGE
        S2: u OK EXPUNGE completed
        C2: v STORE 2 +FLAGS.SILENT (\Answered)
        S2: v OK STORE completed
        C: B001 STORE 1:5 (UNCHANGEDSINCE 6) +FLAGS (\Seen)
        S: * 1 FETCH (UID 1 FLAGS (\Seen \Recent) MODSEQ (11))
        S: * 3 FETCH (UID 3 FLAGS (\Seen \Recent) MODSEQ (11))
        S: * 2 FETCH (UID 2 FLAGS (\Answered \Recent) MODSEQ (10))
        S: * OK [HIGHESTMODSEQ 6] Highest
        S: B001 OK [MODIFIED 2] Some were changed by others meanwhile
        C: B002 NOOP
        S: * 5 EXPUNGE
        S: * 4 EXPUNGE
        S: * OK [HIGHESTMODSEQ 11] Highest
        S: B002 OK NOOP completed
        C: b003 STORE 2 (UNCHANGEDSINCE 10) +FLAGS (\Seen)
        S: * 2 FETCH (UID 2 FLAGS (\Answered \Seen \Recent) MODSEQ (12))
        S: b003 OK STORE completed
        """, Five);

    /// <summary>Section 3.1.4, examples 12 to 14: with UIDs, as section 3.2.4 wants it of a server that speaks QRESYNC.</summary>
    [Fact]
    public Task Changes_of_others_come_with_UID_and_mod_sequence() => ImapBed.PlayAsync(LogInAndSelect + SecondLogIn + """
        C2: C142 SELECT INBOX (CONDSTORE)
        S2: <skip 9>
        S2: C142 OK <*>
        C: a FETCH 1:3 (MODSEQ)
        S: * OK [HIGHESTMODSEQ 6] Highest
        S: * 1 FETCH (MODSEQ (2))
        S: * 2 FETCH (MODSEQ (3))
        S: * 3 FETCH (MODSEQ (4))
        S: a OK FETCH completed
        C: A160 STORE 3 +FLAGS.SILENT (\Answered \Deleted)
        S: * 3 FETCH (UID 3 MODSEQ (8))
        S: A160 OK STORE completed
        C2: C180 NOOP
        S2: * 3 FETCH (UID 3 FLAGS (\Answered \Deleted) MODSEQ (8))
        S2: C180 OK NOOP completed
        C: A240 STORE 3 +FLAGS.SILENT (\Seen)
        S: * 3 FETCH (UID 3 MODSEQ (9))
        S: A240 OK STORE completed
        C2: C270 NOOP
        S2: * 3 FETCH (UID 3 FLAGS (\Answered \Deleted \Seen) MODSEQ (9))
        S2: C270 OK NOOP completed
        C: A330 STORE 3 -FLAGS.SILENT (\Answered \Seen)
        S: * 3 FETCH (UID 3 MODSEQ (10))
        S: A330 OK STORE completed
        C2: C360 NOOP
        S2: * 3 FETCH (UID 3 FLAGS (\Deleted) MODSEQ (10))
        S2: C360 OK NOOP completed
        C2: s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 6)
        S2: * 3 FETCH (UID 3 FLAGS (\Deleted) MODSEQ (10))
        S2: s100 OK FETCH completed
        """, Five);

    /// <summary>Section 3.2.4: so does \Seen, which a FETCH sets by the way.</summary>
    [Fact]
    public Task Bodies_that_set_Seen_tell_UID_and_mod_sequence() => ImapBed.PlayAsync(LogIn + """
        C: a SELECT INBOX (CONDSTORE)
        S: <skip 9>
        S: a OK <*>
        C: b FETCH 1 BODY[]
        S: * 1 FETCH (BODY[] {1}
        S: 1 UID 1 FLAGS (\Seen \Recent) MODSEQ (8))
        S: b OK FETCH completed
        C: c UID FETCH 2 (FLAGS MODSEQ BODY[])
        S: * 2 FETCH (UID 2 FLAGS (\Seen \Recent) MODSEQ (9) BODY[] {1}
        S: 2)
        S: c OK FETCH completed
        C: d FETCH 2 BODY[]
        S: * 2 FETCH (BODY[] {1}
        S: 2)
        S: d OK FETCH completed
        """, Five);

    /// <summary>Sections 3.1.5 to 3.1.7 and 3.1.9, examples 15 to 17: the highest of what was found, if anything was.</summary>
    [Fact]
    public Task SEARCH_SORT_and_STATUS_tell_mod_sequences() => ImapBed.PlayAsync(LogInAndSelect + """
        C: A042 STATUS Sent (UIDNEXT MESSAGES HIGHESTMODSEQ)
        S: * OK [HIGHESTMODSEQ 6] Highest
        S: * STATUS Sent (UIDNEXT 1 MESSAGES 0 HIGHESTMODSEQ 1)
        S: A042 OK STATUS completed
        C: a SEARCH MODSEQ "/flags/\\draft" all 4
        S: * SEARCH 3 4 5 (MODSEQ 6)
        S: a OK SEARCH completed
        C: t SEARCH OR NOT MODSEQ 2 LARGER 50000
        S: * SEARCH
        S: t OK SEARCH completed
        C: b SORT (REVERSE ARRIVAL) UTF-8 NOT 5 MODSEQ 1
        S: * SORT <*> (MODSEQ 5)
        S: b OK SORT completed
        C: c THREAD ORDEREDSUBJECT UTF-8 MODSEQ 6
        S: * THREAD (5)
        S: c OK THREAD completed
        """, Five);

    /// <summary>Section 3.1.10, examples 19 and 20.</summary>
    [Fact]
    public Task Extended_results_tell_mod_sequences() => ImapBed.PlayAsync(LogIn + """
        C: s SELECT INBOX (CONDSTORE)
        S: <skip 9>
        S: s OK <*>
        C: a SEARCH RETURN (ALL) MODSEQ 3 NOT 4
        S: * ESEARCH (TAG "a") ALL 2:3,5 MODSEQ 6
        S: a OK SEARCH completed
        C: b SORT RETURN (ALL) (REVERSE SIZE REVERSE SUBJECT) UTF-8 MODSEQ 3
        S: * ESEARCH (TAG "b") ALL <*> MODSEQ 6
        S: b OK SORT completed
        """, Five);
}
