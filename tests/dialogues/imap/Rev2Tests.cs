using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>What clients switch on by ENABLE: IMAP4rev2 (RFC 9051), UTF8=ACCEPT (RFC 6855), UIDONLY (RFC 9586).</summary>
public sealed class Rev2Tests
{
    [Fact]
    public Task Who_speaks_rev2_hears_of_nothing_recent() => ImapBed.PlayAsync(LogIn + """
        C: a ENABLE IMAP4rev2 NONSENSE
        S: * ENABLED IMAP4rev2
        S: a OK ENABLE completed
        C: b SELECT INBOX
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS <*>
        S: * 2 EXISTS
        S: * OK [UIDVALIDITY <*>
        S: * OK [UIDNEXT 3] Predicted next UID
        S: * OK [HIGHESTMODSEQ <*>
        S: * OK [MAILBOXID <*>
        S: * LIST (\HasNoChildren) "/" INBOX
        S: b OK [READ-WRITE] SELECT completed
        C: c FETCH 1:2 FLAGS
        S: * 1 FETCH (FLAGS ())
        S: * 2 FETCH (FLAGS ())
        S: c OK FETCH completed
        C: d SEARCH UNSEEN
        S: * ESEARCH (TAG "d") ALL 1:2
        S: d OK SEARCH completed
        C: e UID SEARCH SEEN
        S: * ESEARCH (TAG "e") UID
        S: e OK SEARCH completed
        C: f EXAMINE Trash
        S: * OK [CLOSED] The mailbox before is closed
        S: <skip 2>
        S: * 0 EXISTS
        S: <skip 4>
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: f OK [READ-ONLY] EXAMINE completed
        """, "one", "two");

    [Fact]
    public Task Names_are_Unicode_once_that_is_accepted() => ImapBed.PlayAsync(LogIn + """
        C: a CREATE "Entw&APw-rfe"
        S: a OK <*>
        C: b CREATE "Entwürfe"
        S: b BAD Expected a mailbox name in modified UTF-7
        C: c ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: c OK ENABLE completed
        C: d CREATE "A&B \"ö\""
        S: d OK <*>
        C: e LIST "" "*[&ü]*"
        S: e OK LIST completed
        C: f LIST "" (A* "Entwü%")
        S: * LIST (\HasNoChildren) "/" "A&B \"ö\""
        S: * LIST (\HasNoChildren \Archive) "/" Archive
        S: * LIST (\HasNoChildren) "/" "Entwürfe"
        S: f OK LIST completed
        C: g STATUS "Entwürfe" (MESSAGES)
        S: * STATUS "Entwürfe" (MESSAGES 0)
        S: g OK STATUS completed
        C: h APPEND "Entwürfe" UTF8 (~{5+}
        R: gr\xC3\xBC\n)\r\n
        S: h OK [APPENDUID <*> 1] APPEND completed
        R: i APPEND "Entw\xFCrfe" {1+}\r\nx\r\n
        S: i BAD Expected a mailbox name in UTF-8
        C: j UNAUTHENTICATE
        S: j OK UNAUTHENTICATE completed
        C: k LOGIN ann@mail.test aaaaaaaaaaaaaaaaaaaaaaaaaa
        S: k OK <*>
        C: l LIST "" Entw%
        S: * LIST (\HasNoChildren) "/" Entw&APw-rfe
        S: l OK LIST completed
        """);

    /// <summary>The dialogue of RFC 9586 section 3.</summary>
    [Fact]
    public Task Numbers_are_neither_told_nor_taken() => ImapBed.PlayAsync(LogIn + """
        C: a ENABLE UIDONLY
        S: * ENABLED UIDONLY
        S: a OK ENABLE completed
        C: b SELECT INBOX
        S: <skip 2>
        S: * 3 EXISTS
        S: <skip 6>
        C: 06 FETCH 1 FLAGS
        S: 06 BAD [UIDREQUIRED] Message numbers are off, see ENABLE UIDONLY
        C: 07 UID FETCH 2:3 FLAGS
        S: * 2 UIDFETCH (FLAGS (\Recent))
        S: * 3 UIDFETCH (FLAGS (\Recent))
        S: 07 OK FETCH completed
        C: 08 SEARCH 1:2
        S: 08 BAD [UIDREQUIRED] <*>
        C: 08b SEARCH ALL
        S: 08b BAD [UIDREQUIRED] <*>
        C: 09 UID SEARCH 1:2
        S: 09 BAD [UIDREQUIRED] <*>
        C: 10 UID SEARCH UID 2:*
        S: * ESEARCH (TAG "10") UID ALL 2:3
        S: 10 OK SEARCH completed
        C: 11 UID STORE 2 +FLAGS (\Deleted)
        S: * 2 UIDFETCH (FLAGS (\Deleted \Recent))
        S: 11 OK STORE completed
        C: 12 EXPUNGE
        S: * VANISHED 2
        S: 12 OK EXPUNGE completed
        C: 13 UID FETCH 3 (UID BODY.PEEK[])
        S: * 3 UIDFETCH (UID 3 BODY[] {5}
        S: three)
        S: 13 OK FETCH completed
        C: 14 COPY 1 Trash
        S: 14 BAD [UIDREQUIRED] <*>
        C: 15 UID REPLACE 3 INBOX {3+}
        P: new
        S: * OK [APPENDUID <*> 4] Replacement is there
        S: * VANISHED 3
        S: * 2 EXISTS
        S: * 2 RECENT
        S: 15 OK REPLACE completed
        """, "one", "two", "three");
}
