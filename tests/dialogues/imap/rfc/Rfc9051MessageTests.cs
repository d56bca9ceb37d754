using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>Examples of RFC 9051 sections 6.3.2, 6.3.3, 6.3.12, 6.3.13 and 6.4, in IMAP4rev2: messages, one at a time and many.</summary>
public sealed class Rfc9051MessageTests
{
    private const string LogIn2 = LogIn + """
        C: e ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: e OK ENABLE completed

        """;

    private const string Select2 = LogIn2 + """
        C: s SELECT INBOX
        S: <skip 8>
        S: s OK <*>

        """;

    private static readonly string[] Six = [.. Enumerable.Range(1, 6).Select(number => $"{number}")];

    /// <summary>Sections 6.3.2 and 6.3.3.</summary>
    [Fact]
    public Task SELECT_and_EXAMINE() => ImapBed.PlayAsync(LogIn2 + """
        C: A142 SELECT INBOX
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] These flags are kept
        S: * 6 EXISTS
        S: * OK [UIDVALIDITY 1795262400] UIDs valid
        S: * OK [UIDNEXT 7] Predicted next UID
        S: * OK [HIGHESTMODSEQ 7] Highest
        S: * OK [MAILBOXID (F1)] Ok
        S: * LIST (\HasNoChildren) "/" INBOX
        S: A142 OK [READ-WRITE] SELECT completed
        C: A143 SELECT Drafts
        S: * OK [CLOSED] The mailbox before is closed
        S: <skip 2>
        S: * 0 EXISTS
        S: <skip 4>
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: A143 OK [READ-WRITE] SELECT completed
        C: A932 EXAMINE INBOX
        S: * OK [CLOSED] The mailbox before is closed
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS ()] No flag can be changed
        S: * 6 EXISTS
        S: <skip 4>
        S: * LIST (\HasNoChildren) "/" INBOX
        S: A932 OK [READ-ONLY] EXAMINE completed
        """, Six);

    /// <summary>Section 6.3.12, the second example: UIDs of what is appended and copied.</summary>
    [Fact]
    public Task APPEND_and_COPY_tell_UIDs() => ImapBed.PlayAsync(Select2 + """
        C: c CREATE meeting
        S: c OK <*>
        R: A003 APPEND meeting (\\Seen) {14+}\r\nDate: now\r\n\r\nx\r\n
        S: A003 OK [APPENDUID <*> 1] APPEND completed
        C: x STORE 3:4 +FLAGS.SILENT (\Deleted)
        S: x OK STORE completed
        C: y EXPUNGE
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: y OK EXPUNGE completed
        C: A004 COPY 2:4 meeting
        S: A004 OK [COPYUID <*> 2,5:6 2:4] COPY completed
        C: A005 UID COPY 3:4 meeting
        S: A005 OK COPY completed, nothing to copy
        """, Six);

    /// <summary>Section 6.3.13: new mail and expunges, while idle and not.</summary>
    [Fact]
    public Task IDLE() => ImapBed.PlayAsync(LogIn2 + SecondLogIn + """
        C: A001 SELECT INBOX
        S: <skip 2>
        S: * 3 EXISTS
        S: <skip 5>
        S: A001 OK [READ-WRITE] SELECT completed
        C: A002 IDLE
        S: + idling
        R2: a APPEND INBOX {3+}\r\nnew\r\n
        S2: a OK <*>
        S: * 4 EXISTS
        C: DONE
        S: A002 OK IDLE completed
        C2: s SELECT INBOX
        S2: <skip 9>
        S2: s OK <*>
        C2: b STORE 2:3 +FLAGS.SILENT (\Deleted)
        S2: b OK STORE completed
        C2: c UID EXPUNGE 2
        S2: * 2 EXPUNGE
        S2: c OK EXPUNGE completed
        C: A003 FETCH 4 ALL
        S: * 4 FETCH (FLAGS () INTERNALDATE "<*>" RFC822.SIZE 3 ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))
        S: * 3 FETCH (UID 3 FLAGS (\Deleted))
        S: A003 OK FETCH completed
        C: A004 IDLE
        S: + idling
        S: * 2 EXPUNGE
        C2: d EXPUNGE
        S2: * 2 EXPUNGE
        S2: d OK EXPUNGE completed
        S: * 2 EXPUNGE
        R2: f APPEND INBOX {3+}\r\nnew\r\n
        S2: <skip 2>
        S2: f OK <*>
        S: * 3 EXISTS
        C: DONE
        S: A004 OK IDLE completed
        C: A005 FETCH 3 FAST
        S: * 3 FETCH (FLAGS () INTERNALDATE "<*>" RFC822.SIZE 3)
        S: A005 OK FETCH completed
        """, "1", "2", "3");

    /// <summary>Sections 6.4.1 to 6.4.3: EXPUNGE of 3, 4 and 6; CLOSE and UNSELECT.</summary>
    [Fact]
    public Task EXPUNGE_CLOSE_and_UNSELECT() => ImapBed.PlayAsync(Select2 + """
        C: x STORE 3:4,6 +FLAGS.SILENT (\Deleted)
        S: x OK STORE completed
        C: A202 EXPUNGE
        S: * 6 EXPUNGE
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: A202 OK EXPUNGE completed
        C: A341 CLOSE
        S: A341 OK CLOSE completed
        C: A342 SELECT INBOX
        S: <skip 8>
        S: A342 OK <*>
        C: A343 UNSELECT
        S: A343 OK UNSELECT completed
        """, Six);

    /// <summary>Sections 6.4.6 to 6.4.9: STORE, COPY, MOVE, and the UID forms.</summary>
    [Fact]
    public Task STORE_COPY_MOVE_and_UID() => ImapBed.PlayAsync(Select2 + """
        C: c CREATE MEETING
        S: c OK <*>
        C: w STORE 2,4 +FLAGS.SILENT (\Seen)
        S: w OK STORE completed
        C: A003 STORE 2:4 +FLAGS (\Deleted)
        S: * 2 FETCH (UID 2 FLAGS (\Deleted \Seen))
        S: * 3 FETCH (UID 3 FLAGS (\Deleted))
        S: * 4 FETCH (UID 4 FLAGS (\Deleted \Seen))
        S: A003 OK STORE completed
        C: A004 COPY 2:4 MEETING
        S: A004 OK [COPYUID <*> 2:4 1:3] COPY completed
        C: A005 UID EXPUNGE 2:4
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: * 2 EXPUNGE
        S: A005 OK EXPUNGE completed
        C: A999 UID FETCH 1:5 FLAGS
        S: * 1 FETCH (UID 1 FLAGS ())
        S: * 2 FETCH (UID 5 FLAGS ())
        S: A999 OK FETCH completed
        C: A998 UID SEARCH 1:2 UID 5:557
        S: * ESEARCH (TAG "A998") UID ALL 5
        S: A998 OK SEARCH completed
        C: A997 UID FETCH 559:* (UID)
        S: * 3 FETCH (UID 6)
        S: A997 OK FETCH completed
        C: a UID MOVE 5:69 MEETING
        S: * OK [COPYUID <*> 5:6 4:5] Moved
        S: * 3 EXPUNGE
        S: * 2 EXPUNGE
        S: a OK MOVE completed
        """, Six);

    /// <summary>Section 6.4.5.1: the parts of its complex message, with our words.</summary>
    [Fact]
    public Task FETCH_of_the_parts_of_a_complex_message()
    {
        const string Message = """
            Content-Type: multipart/mixed; boundary=a

            --a

            one
            --a
            Content-Type: application/octet-stream

            two
            --a
            Content-Type: message/rfc822

            Content-Type: multipart/mixed; boundary=b

            --b

            three one
            --b
            Content-Type: application/octet-stream

            three two
            --b--
            --a
            Content-Type: multipart/mixed; boundary=c

            --c
            Content-Type: image/gif

            four one
            --c
            Content-Type: message/rfc822

            Content-Type: multipart/mixed; boundary=d

            --d

            four two one
            --d
            Content-Type: multipart/alternative; boundary=e

            --e

            4.2.2.1
            --e
            Content-Type: text/richtext

            4.2.2.2
            --e--
            --d--
            --c--
            --a--

            """;
        return ImapBed.PlayAsync(Select2 + """
            C: a FETCH 1 (BODY.PEEK[1] BODY.PEEK[2] BODY.PEEK[3.1] BODY.PEEK[3.2] BODY.PEEK[4.1] BODY.PEEK[4.2.1])
            S: * 1 FETCH (BODY[1] {3}
            S: one BODY[2] {3}
            S: two BODY[3.1] {9}
            S: three one BODY[3.2] {9}
            S: three two BODY[4.1] {8}
            S: four one BODY[4.2.1] {12}
            S: four two one)
            S: a OK FETCH completed
            C: b FETCH 1 (BODY.PEEK[4.2.2.1] BODY.PEEK[4.2.2.2] BODY.PEEK[4.1.MIME] BODY.PEEK[4.2.HEADER])
            S: * 1 FETCH (BODY[4.2.2.1] {7}
            S: 4.2.2.1 BODY[4.2.2.2] {7}
            S: 4.2.2.2 BODY[4.1.MIME] {27}
            S: Content-Type: image/gif
            S: 
            S:  BODY[4.2.HEADER] {45}
            S: Content-Type: multipart/mixed; boundary=d
            S: 
            S: )
            S: b OK FETCH completed
            """, Message.ReplaceLineEndings("\r\n"));
    }

    /// <summary>Section 7.5.2: a body of one part, and one of two of which the second is encoded.</summary>
    [Fact]
    public Task FETCH_of_BODYSTRUCTUREs() => ImapBed.PlayAsync(Select2 + """
        C: a FETCH 1:2 (BODY)
        S: * 1 FETCH (BODY ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7bit" 21 1))
        S: * 2 FETCH (BODY (("TEXT" "PLAIN" <*> NIL NIL "7BIT" 5 1)("TEXT" "PLAIN" <*> "Compiler diff" "BASE64" 4 0) "MIXED"))
        S: a OK FETCH completed
        """, SampleMessages.Minutes, """
        Content-Type: MULTIPART/MIXED; BOUNDARY=b

        --b
        Content-Type: TEXT/PLAIN; CHARSET=US-ASCII
        Content-Transfer-Encoding: 7BIT

        one

        --b
        Content-Type: TEXT/PLAIN; CHARSET=US-ASCII; NAME=cc.diff
        Content-ID: <960723163407.20117h@cac.washington.edu>
        Content-Description: Compiler diff
        Content-Transfer-Encoding: BASE64

        QUJD
        --b--

        """.ReplaceLineEndings("\r\n"));
}
