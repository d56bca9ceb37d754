using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Clients;

/// <summary>Outlook, beside what <see cref="MailboxTests"/> (roles in LSUB) and the SMTP and POP3 dialogues have.</summary>
public sealed class OutlookTests
{
    [Fact] // The "new Outlook" logs in from Microsoft's cloud by LOGIN with the name as initial response.
    public Task The_name_comes_with_AUTHENTICATE_LOGIN() => ImapBed.PlayAsync($"""
        S: * OK <*>
        C: a AUTHENTICATE LOGIN {Base64(Address)}
        S: + UGFzc3dvcmQ6
        C: {Base64(Password)}
        S: a OK [CAPABILITY <*>] AUTHENTICATE completed
        """);

    [Fact] // Without MOVE Outlook moves by APPEND, \Deleted and EXPUNGE, in an order that is not certain: nothing is lost or doubled.
    public Task A_move_by_hand_works_in_either_order() => ImapBed.PlayAsync(LogInAndSelect + SecondLogIn + """
        C: a UID STORE 1 +FLAGS (\Deleted \Seen)
        S: * 1 FETCH (UID 1 FLAGS (\Deleted \Seen \Recent))
        S: a OK STORE completed
        C: b EXPUNGE
        S: * 1 EXPUNGE
        S: b OK EXPUNGE completed
        R2: c APPEND Archive (\\Seen) "21-Nov-2026 12:00:00 +0000" {3+}\r\none\r\n
        S2: c OK [APPENDUID <*> 1] APPEND completed
        R2: d APPEND Archive (\\Seen) "21-Nov-2026 12:00:00 +0000" {3+}\r\ntwo\r\n
        S2: d OK [APPENDUID <*> 2] APPEND completed
        C: e UID STORE 2 +FLAGS.SILENT (\Deleted)
        S: e OK STORE completed
        C: f UID EXPUNGE 2
        S: * 1 EXPUNGE
        S: f OK EXPUNGE completed
        C: g STATUS Archive (MESSAGES UNSEEN)
        S: * STATUS Archive (MESSAGES 2 UNSEEN 0)
        S: g OK STATUS completed
        C: h STATUS INBOX (MESSAGES UIDNEXT)
        S: * STATUS INBOX (MESSAGES 0 UIDNEXT 3)
        S: h OK STATUS completed
        """, "one", "two");

    [Fact] // An EXISTS behind EXPUNGE makes Outlook build the folder anew: it comes only where something came.
    public Task No_EXISTS_follows_EXPUNGE() => ImapBed.PlayAsync(LogInAndSelect + SecondLogIn + """
        C: a IDLE
        S: + idling
        C2: s SELECT INBOX
        S2: <skip 9>
        S2: s OK <*>
        C2: b STORE 1:2 +FLAGS.SILENT (\Deleted)
        S2: b OK STORE completed
        S: * 1 FETCH (FLAGS (\Deleted \Recent))
        S: * 2 FETCH (FLAGS (\Deleted \Recent))
        C2: c UID MOVE 1 Trash
        S2: * OK <*>
        S2: * 1 EXPUNGE
        S2: c OK MOVE completed
        S: * 1 EXPUNGE
        C2: d EXPUNGE
        S2: * 1 EXPUNGE
        S2: d OK EXPUNGE completed
        S: * 1 EXPUNGE
        C: DONE
        S: a OK IDLE completed
        """, "one", "two", "three");

    [Fact] // Outlook looks for its folders' roles in LSUB; without them it makes its own Sent Items and Deleted Items.
    public Task LSUB_tells_roles() => ImapBed.PlayAsync(LogIn + """
        C: a LSUB "" "*"
        S: * LSUB (\Archive) "/" Archive
        S: * LSUB (\Drafts) "/" Drafts
        S: * LSUB () "/" INBOX
        S: * LSUB (\Junk) "/" Junk
        S: * LSUB (\Sent) "/" Sent
        S: * LSUB (\Trash) "/" Trash
        S: a OK LSUB completed
        """);

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
