using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>Examples of RFC 3501 and RFC 9051 (the numbers of sections are those of RFC 9051) that no other test has.</summary>
public sealed class Rfc9051Tests
{
    /// <summary>Section 6.3.4: the separator at the end, and what is created below.</summary>
    [Fact]
    public Task CREATE() => ImapBed.PlayAsync(LogIn + """
        C: A003 CREATE owatagusiam/
        S: A003 OK [MAILBOXID (<*>)] CREATE completed
        C: A004 CREATE owatagusiam/blurdybloop
        S: A004 OK [MAILBOXID (<*>)] CREATE completed
        """);

    /// <summary>Section 6.3.5: what has children stays, as this server may decide.</summary>
    [Fact]
    public Task DELETE() => ImapBed.PlayAsync(LogIn + """
        C: x CREATE foo/bar
        S: x OK <*>
        C: y CREATE blurdybloop
        S: y OK <*>
        C: A682 LIST "" "[bf]*"
        S: A682 OK LIST completed
        C: A683 DELETE blurdybloop
        S: A683 OK DELETE completed
        C: A684 DELETE foo
        S: A684 NO [HASCHILDREN] Mailbox has children
        C: A685 DELETE foo/bar
        S: A685 OK DELETE completed
        C: A686 LIST "" "f*"
        S: * LIST (\HasNoChildren) "/" foo
        S: A686 OK LIST completed
        C: A687 DELETE foo
        S: A687 OK DELETE completed
        """);

    /// <summary>Section 6.3.6.</summary>
    [Fact]
    public Task RENAME() => ImapBed.PlayAsync(LogIn + """
        C: x CREATE foo/bar
        S: x OK <*>
        C: y CREATE blurdybloop
        S: y OK <*>
        C: A683 RENAME blurdybloop sarasoop
        S: A683 OK RENAME completed
        C: A684 RENAME foo zowie
        S: A684 OK RENAME completed
        C: A685 LIST "" (s* z*)
        S: * LIST (\HasNoChildren) "/" sarasoop
        S: * LIST (\HasChildren) "/" zowie
        S: * LIST (\HasNoChildren) "/" zowie/bar
        S: A685 OK LIST completed
        C: Z433 LIST "" "INBOX*"
        S: * LIST (\HasNoChildren) "/" INBOX
        S: Z433 OK LIST completed
        C: Z434 RENAME INBOX old-mail
        S: Z434 OK RENAME completed
        C: Z435 LIST "" (INBOX old*)
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" old-mail
        S: Z435 OK LIST completed
        """);

    /// <summary>Section 6.3.9.7: fruit and vegetables.</summary>
    [Fact]
    public Task LIST_by_subscription_and_by_what_lies_below() => ImapBed.PlayAsync(LogIn + """
        C: x1 CREATE Fruit/Apple
        S: x1 OK <*>
        C: x2 CREATE Fruit/Banana
        S: x2 OK <*>
        C: x3 CREATE Vegetable/Broccoli
        S: x3 OK <*>
        C: x4 CREATE Tofu
        S: x4 OK <*>
        C: x5 SUBSCRIBE Fruit/Banana
        S: x5 OK <*>
        C: x6 SUBSCRIBE Fruit/Peach
        S: x6 OK <*>
        C: x7 SUBSCRIBE Vegetable
        S: x7 OK <*>
        C: x8 SUBSCRIBE Vegetable/Broccoli
        S: x8 OK <*>
        C: A01 LIST "" ("F*" "T*" "V*")
        S: * LIST (\HasChildren) "/" Fruit
        S: * LIST (\HasNoChildren) "/" Fruit/Apple
        S: * LIST (\HasNoChildren) "/" Fruit/Banana
        S: * LIST (\HasNoChildren) "/" Tofu
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: * LIST (\HasChildren) "/" Vegetable
        S: * LIST (\HasNoChildren) "/" Vegetable/Broccoli
        S: A01 OK LIST completed
        C: A02 LIST (SUBSCRIBED) "" ("F*" "V*")
        S: * LIST (\HasNoChildren \Subscribed) "/" Fruit/Banana
        S: * LIST (\NonExistent \Noselect \HasNoChildren \Subscribed) "/" Fruit/Peach
        S: * LIST (\HasChildren \Subscribed) "/" Vegetable
        S: * LIST (\HasNoChildren \Subscribed) "/" Vegetable/Broccoli
        S: A02 OK LIST completed
        C: A03 LIST () "" "V%" RETURN (CHILDREN)
        S: * LIST (\HasChildren) "/" Vegetable
        S: A03 OK LIST completed
        C: A04 LIST (SUBSCRIBED RECURSIVEMATCH) "" "F%"
        S: * LIST (\HasChildren) "/" Fruit ("CHILDINFO" ("SUBSCRIBED"))
        S: A04 OK LIST completed
        C: A05 LIST (REMOTE) "" "F%" RETURN (SUBSCRIBED CHILDREN)
        S: * LIST (\HasChildren) "/" Fruit
        S: A05 OK LIST completed
        C: A06 LIST "" "Fruit/%" RETURN (STATUS (MESSAGES UNSEEN))
        S: * LIST (\HasNoChildren) "/" Fruit/Apple
        S: * STATUS Fruit/Apple (MESSAGES 0 UNSEEN 0)
        S: * LIST (\HasNoChildren) "/" Fruit/Banana
        S: * STATUS Fruit/Banana (MESSAGES 0 UNSEEN 0)
        S: A06 OK LIST completed
        """);

    /// <summary>Sections 6.3.11 and 6.3.12: STATUS, and an APPEND with a literal that waits.</summary>
    [Fact]
    public Task STATUS_and_APPEND() => ImapBed.PlayAsync(LogIn + """
        C: x CREATE saved-messages
        S: x OK <*>
        C: A042 STATUS saved-messages (UIDNEXT MESSAGES)
        S: * STATUS saved-messages (UIDNEXT 1 MESSAGES 0)
        S: A042 OK STATUS completed
        C: A003 APPEND saved-messages (\Seen) {11}
        S: + Ready for the message
        R: Date: now\r\n\r\n
        S: A003 OK [APPENDUID <*> 1] APPEND completed
        """);

    /// <summary>Sections 6.4.3 and 6.4.9: EXPUNGE, and UID EXPUNGE of some.</summary>
    [Fact]
    public Task SEARCH_STORE_COPY_and_EXPUNGE_in_rev2() => ImapBed.PlayAsync(LogIn + """
        C: e ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: e OK ENABLE completed
        C: s SELECT INBOX
        S: <skip 8>
        S: s OK <*>
        C: A282 SEARCH RETURN (MIN COUNT) UNSEEN SINCE 1-Feb-1969 NOT FROM "Smith"
        S: * ESEARCH (TAG "A282") MIN 1 COUNT 4
        S: A282 OK SEARCH completed
        C: A284 SEARCH TEXT "string not in mailbox"
        S: * ESEARCH (TAG "A284")
        S: A284 OK SEARCH completed
        C: A003 STORE 2:4 +FLAGS (\Deleted)
        S: * 2 FETCH (UID 2 FLAGS (\Deleted))
        S: * 3 FETCH (UID 3 FLAGS (\Deleted))
        S: * 4 FETCH (UID 4 FLAGS (\Deleted))
        S: A003 OK STORE completed
        C: A004 COPY 2:4 MEETING
        S: A004 NO [TRYCREATE] No such mailbox
        C: A005 SEARCH RETURN (SAVE) DELETED
        S: A005 OK SEARCH completed
        C: A006 FETCH $ (UID)
        S: * 2 FETCH (UID 2)
        S: * 3 FETCH (UID 3)
        S: * 4 FETCH (UID 4)
        S: A006 OK FETCH completed
        C: A007 UID EXPUNGE 3:9
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: A007 OK EXPUNGE completed
        C: A008 MOVE 1 Archive
        S: * OK [COPYUID <*> 1 1] Moved
        S: * 1 EXPUNGE
        S: A008 OK MOVE completed
        C: A009 UNSELECT
        S: A009 OK UNSELECT completed
        """, "1", "2", "3", "4");

    /// <summary>Section 6.4.5: fields of headers, which set \Seen.</summary>
    [Fact]
    public Task FETCH_of_a_header_and_a_body() => ImapBed.PlayAsync(LogInAndSelect + """
        C: A654 FETCH 1:2 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])
        S: * 1 FETCH (FLAGS (\Seen \Recent) BODY[HEADER.FIELDS (DATE FROM)] {91}
        S: Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
        S: From: Terry Gray <gray@cac.washington.edu>
        S: 
        S: )
        S: * 2 FETCH (<*>
        S: <skip 3>
        S: <*>)
        S: A654 OK FETCH completed
        """, SampleMessages.Minutes, SampleMessages.Minutes);
}
