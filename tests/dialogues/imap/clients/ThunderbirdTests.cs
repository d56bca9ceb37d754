using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Clients;

/// <summary>Thunderbird on the desktop.</summary>
public sealed class ThunderbirdTests
{
    [Fact] // Dovecot's tb-extra-mailbox-sep: a separator too much at the end of a name.
    public Task A_separator_at_the_end_means_nothing() => ImapBed.PlayAsync(LogIn + """
        C: a CREATE "Projects/2026/"
        S: a OK <*>
        C: b SUBSCRIBE "Projects/2026/"
        S: b OK SUBSCRIBE completed
        C: c STATUS "Projects/2026/" (MESSAGES)
        S: * STATUS Projects/2026 (MESSAGES 0)
        S: c OK STATUS completed
        C: d SELECT "inbox/"
        S: * FLAGS <*>
        S: <skip 8>
        S: d OK [READ-WRITE] SELECT completed
        C: e UID COPY 1 "Projects/2026/"
        S: e OK [COPYUID <*> 1 1] COPY completed
        R: f APPEND "Projects/2026/" {3+}\r\nnew\r\n
        S: f OK [APPENDUID <*> 2] APPEND completed
        C: g RENAME "Projects/2026/" "Projects/2027/"
        S: g OK RENAME completed
        C: h LIST "Projects/" "%"
        S: * LIST (\HasNoChildren) "/" Projects/2027
        S: h OK LIST completed
        C: i DELETE "Projects/2027/"
        S: i OK DELETE completed
        C: j CREATE "Projects//"
        S: j NO [CANNOT] No mailbox can have that name
        C: k LSUB "" "Projects/%"
        S: * LSUB (\Noselect) "/" Projects/2026
        S: k OK LSUB completed
        """, "one");

    [Fact] // With UTF8=ACCEPT it sends "&" as it is: names are then UTF-8 and no modified UTF-7.
    public Task An_ampersand_is_one_with_UTF8() => ImapBed.PlayAsync(LogIn + """
        C: a CREATE "R&-D"
        S: a OK <*>
        C: b ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: b OK ENABLE completed
        C: c SELECT "R&D"
        S: <skip 8>
        S: c OK [READ-WRITE] SELECT completed
        C: d CREATE "Q&A &AOQ-"
        S: d OK <*>
        C: e LIST "" "*&*"
        S: * LIST (\HasNoChildren) "/" "Q&A &AOQ-"
        S: * LIST (\HasNoChildren) "/" R&D
        S: e OK LIST completed
        """);

    [Fact] // Its list of messages, and its check for new mail with CONDSTORE: the count of what is there must not change by it.
    public Task New_mail_is_counted_once_with_CONDSTORE() => ImapBed.PlayAsync(LogIn + SecondLogIn + """
        C: 5 select "INBOX" (CONDSTORE)
        S: <skip 2>
        S: * 1 EXISTS
        S: <skip 6>
        S: 5 OK [READ-WRITE] SELECT completed
        C: 6 UID fetch 1:* (FLAGS)
        S: * 1 FETCH (UID 1 FLAGS (\Recent))
        S: 6 OK FETCH completed
        R2: a APPEND INBOX {24+}\r\nSubject: s\r\nFrom: f\r\n\r\nx\r\n
        S2: a OK <*>
        C: 7 noop
        S: * 2 EXISTS
        S: * 2 RECENT
        S: 7 OK NOOP completed
        C: 8 UID fetch 2:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Subject Date Message-ID References)])
        S: * 2 FETCH (UID 2 RFC822.SIZE 24 FLAGS (\Recent) BODY[HEADER.FIELDS (From To Cc Subject Date Message-ID References)] {23}
        S: Subject: s
        S: From: f
        S: 
        S: )
        S: 8 OK FETCH completed
        C: 9 noop
        S: 9 OK NOOP completed
        """, "one");
}
