using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>REPLACE (RFC 8508), ACL (RFC 4314), XLIST, COMPRESS (RFC 4978).</summary>
public sealed class ChangeTests
{
    /// <summary>The dialogues of RFC 8508 section 3.</summary>
    [Fact]
    public Task A_draft_takes_the_place_of_the_one_before() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a REPLACE 2 INBOX (\Seen \Draft) {5}
        S: + Ready for the message
        P: draft
        S: * OK [APPENDUID <*> 4] Replacement is there
        S: * 2 EXPUNGE
        S: * 3 EXISTS
        S: * 3 RECENT
        S: a OK REPLACE completed
        C: b UID REPLACE 4 Drafts {3+}
        P: end
        S: * OK [APPENDUID <*> 1] Replacement is there
        S: * 3 EXPUNGE
        S: b OK REPLACE completed
        C: c UID FETCH 1:* UID
        S: * 1 FETCH (UID 1)
        S: * 2 FETCH (UID 3)
        S: c OK FETCH completed
        C: d REPLACE 9 INBOX {3+}
        P: end
        S: d BAD Expected one message that exists
        C: e REPLACE 1:2 INBOX {3+}
        P: end
        S: e BAD Expected one message that exists
        C: f REPLACE 1 Nowhere {3+}
        P: end
        S: f NO [TRYCREATE] No such mailbox
        R: g REPLACE 1 INBOX {3+}\r\none {3+}\r\ntwo\r\n
        S: g BAD Expected end of line after the message
        C: h EXAMINE INBOX
        S: <skip 11>
        C: i REPLACE 1 Drafts {3+}
        P: end
        S: i NO [READ-ONLY] <*>
        C: j CLOSE
        S: j OK <*>
        C: k REPLACE 1 Drafts {3+}
        P: end
        S: k BAD REPLACE is not allowed now
        C: l STATUS Drafts (MESSAGES)
        S: * STATUS Drafts (MESSAGES 1)
        S: l OK STATUS completed
        """, "one", "two", "three");

    [Fact]
    public Task Rights_are_shown_and_not_given_away() => ImapBed.PlayAsync(LogIn + """
        C: a MYRIGHTS INBOX
        S: * MYRIGHTS INBOX lrswipkxtea
        S: a OK MYRIGHTS completed
        C: b GETACL INBOX
        S: * ACL INBOX owner lrswipkxtea
        S: b OK GETACL completed
        C: c LISTRIGHTS INBOX bert@mail.test
        S: * LISTRIGHTS INBOX bert@mail.test ""
        S: c OK LISTRIGHTS completed
        C: d SETACL INBOX bert@mail.test lr
        S: d NO [NOPERM] Mailboxes are not shared here
        C: e DELETEACL INBOX anyone
        S: e NO [NOPERM] Mailboxes are not shared here
        C: f MYRIGHTS Nowhere
        S: f NO [NONEXISTENT] No such mailbox
        C: g LIST "" Trash RETURN (MYRIGHTS)
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: * MYRIGHTS Trash lrswipkxtea
        S: g OK LIST completed
        C2: l LOGIN ann@mail.test bbbbbbbbbbbbbbbbbbbbbbbbbb
        S2: <skip>
        S2: l OK <*>
        C2: m MYRIGHTS INBOX
        S2: * MYRIGHTS INBOX lr
        S2: m OK MYRIGHTS completed
        """);

    [Fact]
    public Task Old_phones_find_their_folders() => ImapBed.PlayAsync(LogIn + """
        C: a XLIST "" "%n%"
        S: * XLIST (\HasNoChildren \Inbox) "/" INBOX
        S: * XLIST (\HasNoChildren \Junk) "/" Junk
        S: * XLIST (\HasNoChildren \Sent) "/" Sent
        S: a OK XLIST completed
        """);

    [Fact]
    public Task Both_sides_compress() => ImapBed.PlayAsync(LogIn + """
        C: a COMPRESS GZIP
        S: a BAD Expected DEFLATE
        C: b COMPRESS DEFLATE
        S: b OK DEFLATE active
        Z:
        C: c SELECT INBOX
        S: <skip 9>
        S: c OK [READ-WRITE] SELECT completed
        C: d COMPRESS DEFLATE
        S: d NO [COMPRESSIONACTIVE] DEFLATE is on already
        C: e IDLE
        S: + idling
        C2: l LOGIN ann@mail.test aaaaaaaaaaaaaaaaaaaaaaaaaa
        S2: <skip>
        S2: l OK <*>
        R2: m APPEND INBOX {3+}\r\nnew\r\n
        S2: m OK <*>
        S: * 2 EXISTS
        S: * 2 RECENT
        R: DONE\r\nf FETCH 1 BODY.PEEK[]\r\ng LOGOUT\r\n
        S: e OK IDLE completed
        S: * 1 FETCH (BODY[] {20000}
        S: <*>)
        S: f OK FETCH completed
        S: * BYE <*>
        S: g OK LOGOUT completed
        S: <closed>
        """, new string('x', 20_000));

    [Fact]
    public Task What_is_no_deflate_ends_the_connection() => ImapBed.PlayAsync(LogIn + """
        C: a COMPRESS DEFLATE
        S: a OK DEFLATE active
        R: \xFF\xFF\xFF\xFFnonsense\r\n
        S: <closed>
        """);
}
