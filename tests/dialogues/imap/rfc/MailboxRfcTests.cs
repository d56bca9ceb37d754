using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>The examples of RFC 6154 (SPECIAL-USE), RFC 8508 (REPLACE) and RFC 9586 (UIDONLY) that other tests do not have.</summary>
public sealed class MailboxRfcTests
{
    /// <summary>RFC 6154 sections 5.1 to 5.3.</summary>
    [Fact]
    public Task Rfc6154_lists_and_gives_roles() => ImapBed.PlayAsync(LogIn + """
        C: x CREATE Projects/One
        S: x OK <*>
        C: t1 LIST "" "%"
        S: * LIST (\HasNoChildren \Archive) "/" Archive
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren \Junk) "/" Junk
        S: * LIST (\HasChildren) "/" Projects
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: t1 OK LIST completed
        C: t3 LIST (SPECIAL-USE) "" "*"
        S: * LIST (\HasNoChildren \Archive) "/" Archive
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\HasNoChildren \Junk) "/" Junk
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: t3 OK LIST completed
        C: t4 CREATE Everything (USE (\All))
        S: t4 NO [USEATTR] <*>
        C: t5 CREATE MySpecial (USE (\Drafts \Sent))
        S: t5 NO [USEATTR] <*>
        C: t6 CREATE MyDrafts (USE (\Drafts))
        S: t6 NO <*>
        C: t7 CREATE Plain (USE ())
        S: t7 OK [MAILBOXID (<*>)] CREATE completed
        C: t8 LIST "" (Everything MySpecial MyDrafts)
        S: t8 OK LIST completed
        """);

    /// <summary>RFC 6154 section 5.4: a role is a note about the mailbox too; it is given by CREATE alone.</summary>
    [Fact]
    public Task Rfc6154_roles_are_notes() => ImapBed.PlayAsync(LogIn + """
        C: t2 GETMETADATA Drafts /private/specialuse
        S: * METADATA Drafts (/private/specialuse {7}
        S: \Drafts)
        S: t2 OK GETMETADATA completed
        C: t3 SETMETADATA INBOX (/private/comment "x" /private/specialuse "\\All")
        S: t3 NO [CANNOT] CREATE gives a mailbox its role
        C: t4 GETMETADATA INBOX (/private/specialuse /private/comment)
        S: * METADATA INBOX (/private/specialuse NIL /private/comment NIL)
        S: t4 OK GETMETADATA completed
        C: t5 LIST "" (INBOX Sent) RETURN (METADATA (/private/specialuse))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * METADATA INBOX (/private/specialuse NIL)
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * METADATA Sent (/private/specialuse {5}
        S: \Sent)
        S: t5 OK LIST completed
        """);

    /// <summary>RFC 8508 sections 3.2, 3.3 and 4.2: a draft grows, and in the end its header comes to its text.</summary>
    [Fact]
    public Task Rfc8508_a_draft_grows() => ImapBed.PlayAsync(LogIn + """
        C: a APPEND Drafts (\Seen \Draft) {25}
        S: + Ready for the message
        R: Subject: none\r\n\r\nHere is.\r\n
        S: a OK [APPENDUID <*> 1] APPEND completed
        C: s SELECT Drafts
        S: <skip 8>
        S: s OK <*>
        C: A003 REPLACE 1 Drafts (\Seen \Draft) {26}
        S: + Ready for the message
        R: From: fritz\r\n\r\nHere it is.\r\n
        S: * OK [APPENDUID <*> 2] Replacement is there
        S: * 1 EXPUNGE
        S: * 1 EXISTS
        S: * 1 RECENT
        S: A003 OK REPLACE completed
        C: A011 UID REPLACE 2 Drafts CATENATE (TEXT {11}
        S: + Ready for the message
        R: To: Mitzy\r\n URL "/Drafts/;UID=2")\r\n
        S: * OK [APPENDUID <*> 3] Replacement is there
        S: * 1 EXPUNGE
        S: * 1 EXISTS
        S: * 1 RECENT
        S: A011 OK REPLACE completed
        C: b FETCH 1 (UID FLAGS BODY.PEEK[])
        S: * 1 FETCH (UID 3 FLAGS (\Recent) BODY[] {37}
        S: To: Mitzy
        S: From: fritz
        S: 
        S: Here it is.)
        S: b OK FETCH completed
        """);

    /// <summary>RFC 9586 section 3: the rest of its dialogues, in the order of the commands.</summary>
    [Fact]
    public Task Rfc9586_UIDs_are_all_there_is() => ImapBed.PlayAsync(LogIn + """
        C: 01 ENABLE UIDONLY
        S: * ENABLED UIDONLY
        S: 01 OK ENABLE completed
        C: 02 SELECT INBOX
        S: <skip 8>
        S: 02 OK <*>
        C: 10 UID FETCH 1:3 (FLAGS) (PARTIAL -1:-2)
        S: * 2 UIDFETCH (FLAGS (\Recent))
        S: * 3 UIDFETCH (FLAGS (\Recent))
        S: 10 OK FETCH completed
        C: 12 UID SEARCH RETURN (ALL) 2
        S: 12 BAD [UIDREQUIRED] <*>
        C: 14 UID SEARCH RETURN (SAVE) UID 1:2
        S: 14 OK SEARCH completed
        C: 15 UID STORE $ +FLAGS.SILENT (\Seen)
        S: 15 OK STORE completed
        C: 16 UID COPY 2 Sent
        S: 16 OK [COPYUID <*> 2 1] COPY completed
        C: 17 UID MOVE 2 Trash
        S: * OK [COPYUID <*> 2 1] Moved
        S: * VANISHED 2
        S: 17 OK MOVE completed
        C: 18 STORE 1 +FLAGS (\Deleted)
        S: 18 BAD [UIDREQUIRED] <*>
        C: 19 UID FETCH 3 (BODY[])
        S: * 3 UIDFETCH (BODY[] {5}
        S: three FLAGS (\Seen \Recent))
        S: 19 OK FETCH completed
        C: 20 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)
        S: * OK [HIGHESTMODSEQ <*>] Highest
        S: * 1 UIDFETCH (UID 1 FLAGS (\Seen \Recent) MODSEQ (<*>))
        S: * 3 UIDFETCH (UID 3 FLAGS (\Seen \Recent) MODSEQ (<*>))
        S: 20 OK FETCH completed
        """, "one", "two", "three");
}
