using CompatBot.Protocols.Imap;
using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>CATENATE (RFC 4469): messages that are made of parts of others.</summary>
public sealed class CatenateTests
{
    /// <summary>The dialogue of RFC 4469 section 4, with our message: the header of one, new text, and a part of another.</summary>
    [Fact]
    public Task A_message_is_made_of_parts_and_text() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a STATUS INBOX (UIDVALIDITY)
        S: * STATUS INBOX (UIDVALIDITY <*>)
        S: a OK STATUS completed
        C: b APPEND Drafts (\Seen \Draft $MDNSent) CATENATE (URL "/INBOX/;UID=1/;section=HEADER" TEXT {6}
        S: + Ready for the message
        R: body\r\n URL "/INBOX/;UID=1/;section=1" TEXT {5+}\r\n\r\nend)\r\n
        S: b OK [APPENDUID <*> 1] APPEND completed
        C: c EXAMINE Drafts
        S: <skip 9>
        S: c OK <*>
        C: d FETCH 1 (FLAGS BODY.PEEK[])
        S: * 1 FETCH (FLAGS (\Seen \Draft \Recent $MDNSent) BODY[] {72}
        S: Subject: out
        S: Content-Type: multipart/mixed; boundary=b
        S: 
        S: body
        S: hi
        S: end)
        S: d OK FETCH completed
        """, SampleMessages.Nested);

    [Fact]
    public Task URLs_alone_need_no_literal_and_go_on_from_the_selected_mailbox() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a APPEND INBOX CATENATE (URL ";UID=1" URL "inbox/;UID=2/;PARTIAL=1.2")
        S: * 3 EXISTS
        S: * 3 RECENT
        S: a OK [APPENDUID <*> 3] APPEND completed
        C: b FETCH 3 BODY.PEEK[]
        S: * 3 FETCH (BODY[] {5}
        S: onewo)
        S: b OK FETCH completed
        R: c APPEND INBOX CATENATE (URL ";UID=1") (\\Flagged) {3+}\r\nnew CATENATE (TEXT {1+}\r\nx URL ";UID=2")\r\n
        S: * 6 EXISTS
        S: * 6 RECENT
        S: c OK [APPENDUID <*> 4:6] APPEND completed
        C: d FETCH 4:6 (FLAGS RFC822.SIZE)
        S: * 4 FETCH (FLAGS (\Recent) RFC822.SIZE 3)
        S: * 5 FETCH (FLAGS (\Flagged \Recent) RFC822.SIZE 3)
        S: * 6 FETCH (FLAGS (\Recent) RFC822.SIZE 4)
        S: d OK FETCH completed
        """, "one", "two");

    [Fact] // RFC 5092: with the server's name, for whoever logged in, by any of their addresses.
    public Task A_URL_with_a_server_names_the_own_mailboxes_here() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a APPEND Drafts CATENATE (URL "imap://ann%40mail.test@mail.test/INBOX/;UID=1")
        S: a OK [APPENDUID <*> 1] APPEND completed
        C: a2 APPEND Drafts CATENATE (URL "IMAP://ANN@mail.test;AUTH=*@MAIL.TEST:143/inbox;UID=2" URL ";UID=1")
        S: a2 OK [APPENDUID <*> 2] APPEND completed
        C: b STATUS Drafts (SIZE)
        S: * STATUS Drafts (SIZE 9)
        S: b OK STATUS completed
        C: c APPEND Drafts CATENATE (URL "imap://ann%40mail.test@other.test/INBOX/;UID=1")
        S: c NO [BADURL "imap://ann%40mail.test@other.test/INBOX/;UID=1"] That names no message here
        C: d APPEND Drafts CATENATE (URL "imap://bert%40mail.test@mail.test/INBOX/;UID=1")
        S: d NO [BADURL <*>] That names no message here
        C: e APPEND Drafts CATENATE (URL "imap://mail.test/INBOX/;UID=1")
        S: e NO [BADURL <*>] That names no message here
        C: f APPEND Drafts CATENATE (URL "imap://ann%40mail.test@mail.test/;UID=1")
        S: f NO [BADURL <*>] That names no message here
        C: g APPEND Drafts CATENATE (URL "imap://ann%40mail.test@mail.test//x@mail.test/INBOX;UID=1")
        S: g NO [BADURL <*>] That names no message here
        """, "one", "two");

    [Fact]
    public Task What_names_no_message_is_a_bad_URL_and_nothing_is_stored() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a APPEND INBOX CATENATE (URL ";UID=9" TEXT {3}
        S: a NO [BADURL ";UID=9"] That names no message here
        R: b APPEND INBOX CATENATE (URL "/none/;UID=1" TEXT {3+}\r\nabc URL ";UID=1")\r\n
        S: b NO [BADURL "/none/;UID=1"] That names no message here
        C: c APPEND INBOX CATENATE (URL "imap://ann@elsewhere.test/INBOX/;UID=1")
        S: c NO [BADURL "imap://ann@elsewhere.test/INBOX/;UID=1"] That names no message here
        C: d APPEND INBOX CATENATE (URL "INBOX;UIDVALIDITY=1/;UID=1")
        S: d NO [BADURL <*>
        C: e APPEND INBOX CATENATE (URL ";UID=1/;SECTION=7")
        S: e NO [BADURL <*>
        C: f APPEND INBOX CATENATE (URL ";UID=1/;PARTIAL=99")
        S: f BAD Expected a message that is not empty
        C: g APPEND INBOX CATENATE ()
        S: g BAD Expected TEXT or URL
        C: h APPEND INBOX CATENATE (URL ";UID=1"
        S: h BAD Expected )
        R: i APPEND INBOX CATENATE (TEXT {3+}\r\nabc nonsense {2+}\r\nxy)\r\n
        S: i BAD Expected end of line after the message
        R: j APPEND INBOX CATENATE (URL ";UID=%GG" TEXT {1+}\r\nx)\r\n
        S: j NO [BADURL <*>
        C: k NOOP
        S: k OK NOOP completed
        C: l STATUS INBOX (MESSAGES UIDNEXT)
        S: * STATUS INBOX (MESSAGES 1 UIDNEXT 2)
        S: l OK STATUS completed
        """, "one");

    [Fact]
    public Task Copied_octets_count_as_sent_ones_do() => ImapBed.PlayAsync(
        new ImapLimits { AppendBytesMax = 10 },
        LogInAndSelect + """
        C: a APPEND INBOX CATENATE (URL ";UID=1" URL ";UID=1")
        S: a NO [TOOBIG] <*>
        R: b APPEND INBOX CATENATE (URL ";UID=1" TEXT {5+}\r\nabcde)\r\n
        S: b NO [TOOBIG] <*>
        R: c APPEND INBOX CATENATE (URL ";UID=1" TEXT {4+}\r\nabcd)\r\n
        S: * 2 EXISTS
        S: * 2 RECENT
        S: c OK <*>
        """, "sixers");
}
