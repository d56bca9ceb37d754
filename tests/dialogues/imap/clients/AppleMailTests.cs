using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Clients;

/// <summary>
/// Mail of iOS and macOS, beside what <see cref="NewsTests"/> (DONE with commands behind it), <see cref="FetchTests"/> (partials),
/// <see cref="MailboxTests"/> (the empty pattern) and <see cref="ResyncTests"/> (CHANGEDSINCE 0) have.
/// </summary>
public sealed class AppleMailTests
{
    [Fact] // iOS 18: all of its start in one packet, and answers are taken in the order of the commands.
    public Task IOS_asks_for_namespace_and_folders_at_once() => ImapBed.PlayAsync(LogIn + """
        P: 2 ID ("name" "iPhone Mail" "version" "22A3354" "os" "iOS" "os-version" "18.0 (22A3354)")
        P: 3 NAMESPACE
        P: 4 LIST "" "*" RETURN (SPECIAL-USE)
        P: 5 LIST "" ""
        P: 6 SELECT INBOX
        P: 7 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 0)
        S: * ID ("name" "CompatBot")
        S: 2 OK ID completed
        S: * NAMESPACE (("" "/")) NIL NIL
        S: 3 OK NAMESPACE completed
        S: * LIST (\HasNoChildren \Archive) "/" Archive
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren \Junk) "/" Junk
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: 4 OK LIST completed
        S: * LIST (\Noselect) "/" ""
        S: 5 OK LIST completed
        S: <skip 9>
        S: 6 OK [READ-WRITE] SELECT completed
        S: * OK [HIGHESTMODSEQ 2] Highest
        S: * 1 FETCH (UID 1 FLAGS (\Recent) MODSEQ (2))
        S: 7 OK FETCH completed
        """, "one");

    [Fact] // iOS 18.1: a new mail shows in IDLE; DONE, the fetch of it and the next IDLE come in one packet.
    public Task IOS_leaves_IDLE_and_comes_back_in_one_packet() => ImapBed.PlayAsync(LogInAndSelect + SecondLogIn + """
        C: 7 IDLE
        S: + idling
        R2: a APPEND INBOX {3+}\r\nnew\r\n
        S2: a OK <*>
        S: * 2 EXISTS
        S: * 2 RECENT
        P: DONE
        P: 8 UID FETCH 2:* (FLAGS UID BODY.PEEK[]<0.393216>)
        P: 9 IDLE
        S: 7 OK IDLE completed
        S: * 2 FETCH (FLAGS (\Recent) UID 2 BODY[]<0> {3}
        S: new)
        S: 8 OK FETCH completed
        S: + idling
        C: DONE
        S: 9 OK IDLE completed
        """, "one");

    [Fact] // Mail of macOS and iOS crashes at an INTERNALDATE of before RFC 822; others see the true one.
    public Task No_message_is_older_than_mail_itself() => ImapBed.PlayAsync(LogInAndSelect + SecondLogIn + """
        C: 2 ID ("name" "Mac OS X Mail" "version" "16.0 (3864.100.1.1.5)" "os" "Mac OS X" "os-version" "15.0" "vendor" "Apple Inc.")
        S: * ID ("name" "CompatBot")
        S: 2 OK ID completed
        C: 3 UID FETCH 1 (INTERNALDATE UID)
        S: * 1 FETCH (INTERNALDATE "13-Aug-1982 00:00:00 +0000" UID 1)
        S: 3 OK FETCH completed
        C2: 4 EXAMINE INBOX
        S2: <skip 9>
        S2: 4 OK <*>
        C2: 5 UID FETCH 1 (INTERNALDATE UID)
        S2: * 1 FETCH (INTERNALDATE "01-Jan-1970 00:00:00 +0000" UID 1)
        S2: 5 OK FETCH completed
        """, "one");

    [Fact] // iOS hides what lies below a mailbox that is \Noinferiors: none is.
    public Task No_folder_is_without_children() => ImapBed.PlayAsync(LogIn + """
        C: a CREATE INBOX/deep/deeper
        S: a OK <*>
        C: b LIST "" "INBOX*"
        S: * LIST (\HasChildren) "/" INBOX
        S: * LIST (\HasChildren) "/" INBOX/deep
        S: * LIST (\HasNoChildren) "/" INBOX/deep/deeper
        S: b OK LIST completed
        """);
}
