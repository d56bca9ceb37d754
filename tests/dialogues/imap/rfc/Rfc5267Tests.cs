using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>The examples of RFC 5267, ESORT and CONTEXT, that <see cref="ContextTests"/> does not have.</summary>
public sealed class Rfc5267Tests
{
    private static readonly string[] Five =
        ["Subject: e\r\n\r\n", "Subject: d\r\n\r\n", "Subject: c\r\n\r\n", "Subject: b\r\n\r\n", "Subject: a\r\n\r\n"];

    /// <summary>Sections 3.1 and 4.2: what is returned of a sorted result; the hint that more will be asked.</summary>
    [Fact]
    public Task SORT_returns_what_was_asked_for() => ImapBed.PlayAsync(LogInAndSelect + """
        C: E01 UID SORT RETURN (COUNT) (REVERSE SUBJECT) UTF-8 UNDELETED UNKEYWORD $Junk
        S: * ESEARCH (TAG "E01") UID COUNT 5
        S: E01 OK SORT completed
        C: E02 UID SORT RETURN (COUNT MAX) (SUBJECT) UTF-8 UNDELETED UNKEYWORD $Junk
        S: * ESEARCH (TAG "E02") UID MAX 1 COUNT 5
        S: E02 OK SORT completed
        C: E03 UID SORT RETURN () (SUBJECT) UTF-8 UNDELETED UNKEYWORD $Junk
        S: * ESEARCH (TAG "E03") UID ALL 5,4,3,2,1
        S: E03 OK SORT completed
        C: A01 SEARCH RETURN (CONTEXT COUNT) UNDELETED UNKEYWORD $Junk
        S: * ESEARCH (TAG "A01") COUNT 5
        S: A01 OK SEARCH completed
        """, Five);

    /// <summary>Section 4.3: a tag names one result.</summary>
    [Fact]
    public Task A_tag_that_keeps_a_result_is_not_taken_again() => ImapBed.PlayAsync(LogInAndSelect + """
        C: B01 UID SEARCH RETURN (UPDATE COUNT) DELETED KEYWORD $Junk
        S: * ESEARCH (TAG "B01") UID COUNT 0
        S: B01 OK SEARCH completed
        C: B01 SORT RETURN (UPDATE) (ARRIVAL) UTF-8 FLAGGED
        S: B01 BAD Expected a tag that keeps no result yet
        C: B04 CANCELUPDATE "B01"
        S: B04 OK CANCELUPDATE completed
        C: B01 SEARCH RETURN (UPDATE COUNT) FLAGGED
        S: * ESEARCH (TAG "B01") COUNT 0
        S: B01 OK SEARCH completed
        """, Five);

    /// <summary>Sections 4.3.3 and 4.3.4: what comes in is told behind the flags, what is expunged before its number goes.</summary>
    [Fact]
    public Task Results_follow_flags_and_expunges() => ImapBed.PlayAsync(LogInAndSelect + SecondLogIn + """
        C: B01 UID SEARCH RETURN (UPDATE COUNT) DELETED KEYWORD $Junk
        S: * ESEARCH (TAG "B01") UID COUNT 0
        S: B01 OK SEARCH completed
        C: C01 SEARCH RETURN (UPDATE COUNT) DELETED
        S: * ESEARCH (TAG "C01") COUNT 0
        S: C01 OK SEARCH completed
        C: D01 SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 ALL
        S: * ESEARCH (TAG "D01") ALL 5,4,3,2,1
        S: D01 OK SORT completed
        C2: s SELECT INBOX
        S2: <skip 9>
        S2: s OK <*>
        C2: a STORE 3:4 +FLAGS.SILENT (\Deleted $Junk)
        S2: <skip 2>
        S2: a OK STORE completed
        C: B02 NOOP
        S: * FLAGS <*>
        S: * OK [PERMANENTFLAGS <*>
        S: * 3 FETCH (FLAGS (\Deleted \Recent $Junk))
        S: * 4 FETCH (FLAGS (\Deleted \Recent $Junk))
        S: * ESEARCH (TAG "B01") UID ADDTO (0 3:4)
        S: * ESEARCH (TAG "C01") ADDTO (0 3:4)
        S: B02 OK NOOP completed
        C2: b EXPUNGE
        S2: * 4 EXPUNGE
        S2: * 3 EXPUNGE
        S2: b OK EXPUNGE completed
        C: B03 NOOP
        S: * ESEARCH (TAG "B01") UID REMOVEFROM (0 3:4)
        S: * ESEARCH (TAG "C01") REMOVEFROM (0 3:4)
        S: * ESEARCH (TAG "D01") REMOVEFROM (3 3 2 4)
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: B03 OK NOOP completed
        """, Five);

    /// <summary>Section 4.4: a page, whatever else is kept up to date.</summary>
    [Fact]
    public Task A_page_of_a_sorted_result() => ImapBed.PlayAsync(LogInAndSelect + """
        C: A02 UID SORT RETURN (PARTIAL 4:9) (SUBJECT) UTF-8 UNDELETED
        S: * ESEARCH (TAG "A02") UID PARTIAL (4:9 2,1)
        S: A02 OK SORT completed
        C: A03 UID SORT RETURN (PARTIAL 1:2 UPDATE) (SUBJECT) UTF-8 UNDELETED
        S: * ESEARCH (TAG "A03") UID PARTIAL (1:2 5,4)
        S: A03 OK SORT completed
        C: A04 STORE 1 +FLAGS.SILENT (\Deleted)
        S: * ESEARCH (TAG "A03") UID REMOVEFROM (5 1)
        S: A04 OK STORE completed
        """, Five);
}
