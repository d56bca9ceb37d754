using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>The examples of RFC 5465, NOTIFY, that <see cref="NotifyTests"/> does not have.</summary>
public sealed class Rfc5465Tests
{
    private const string Lists = LogIn + """
        C: x CREATE Lists/Lemonade
        S: x OK <*>
        C: y CREATE misc
        S: y OK <*>

        """ + SecondLogIn;

    /// <summary>Section 3.1: a mailbox below Lists by its counts, the selected one by what was asked of new messages.</summary>
    [Fact]
    public Task One_client_hears_of_lists_and_of_its_inbox() => ImapBed.PlayAsync(Lists + """
        P: b notify set status (selected (MessageNew (uid body.peek[header.fields (from to subject)]) MessageExpunge)) {lists}
        S: * STATUS Lists (MESSAGES 0 UIDNEXT 1 UIDVALIDITY <*>)
        S: * STATUS Lists/Lemonade (MESSAGES 0 UIDNEXT 1 UIDVALIDITY <*>)
        S: b OK NOTIFY completed
        C: c select inbox
        S: <skip 8>
        S: c OK [READ-WRITE] SELECT completed
        R2: d APPEND Lists/Lemonade {3+}\r\nnew\r\n
        S2: d OK <*>
        S: * STATUS Lists/Lemonade (MESSAGES 1 UIDNEXT 2 UIDVALIDITY <*>)
        R2: e APPEND INBOX {75+}\r\nSubject: Re: good morning\r\nFrom: alice@example.org\r\nTo: bob@example.org\r\n\r\n\r\n
        S2: e OK <*>
        S: * 1 EXISTS
        S: * 1 RECENT
        S: * 1 FETCH (UID 1 BODY[HEADER.FIELDS (from to subject)] {75}
        S: Subject: Re: good morning
        S: From: alice@example.org
        S: To: bob@example.org
        S: 
        S: )
        C: f STATUS misc (UIDVALIDITY UIDNEXT MESSAGES)
        S: * STATUS misc (UIDVALIDITY <*> UIDNEXT 1 MESSAGES 0)
        S: f OK STATUS completed
        P: g notify set (selected (MessageNew MessageExpunge)) {lists} (mailboxes misc (MessageNew MessageExpunge))
        S: g OK NOTIFY completed
        R2: h APPEND misc {3+}\r\nnew\r\n
        S2: h OK <*>
        S: * STATUS misc (MESSAGES 1 UIDNEXT 2 UIDVALIDITY <*>)
        """.Replace("{lists}", "(subtree Lists (MessageNew MessageExpunge))", StringComparison.Ordinal));

    /// <summary>Sections 5.1 to 5.3, with QRESYNC: the selected mailbox by UIDs, another by its mod-sequence.</summary>
    [Fact]
    public Task Who_speaks_QRESYNC_hears_of_UIDs_and_mod_sequences() => ImapBed.PlayAsync(Lists + """
        R2: m APPEND misc {3+}\r\nnew\r\n
        S2: m OK <*>
        C: e ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: e OK ENABLE completed
        C: s SELECT INBOX
        S: <skip 9>
        S: s OK <*>
        P: n NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange)) {misc}
        S: n OK NOTIFY completed
        C2: s SELECT INBOX
        S2: <skip 9>
        S2: s OK <*>
        C2: a STORE 1 +FLAGS.SILENT (\Deleted)
        S2: a OK STORE completed
        S: * 1 FETCH (UID 1 FLAGS (\Deleted \Recent) MODSEQ (<*>))
        C2: b EXPUNGE
        S2: * 1 EXPUNGE
        S2: b OK EXPUNGE completed
        S: * VANISHED 1
        C2: c SELECT misc
        S2: <skip 10>
        S2: c OK <*>
        C2: d STORE 1 +FLAGS.SILENT (\Seen \Deleted)
        S2: d OK STORE completed
        S: * STATUS misc (MESSAGES 1 UIDNEXT 2 UIDVALIDITY <*> UNSEEN 0 HIGHESTMODSEQ <*>)
        C2: e EXPUNGE
        S2: * 1 EXPUNGE
        S2: e OK EXPUNGE completed
        S: * STATUS misc (MESSAGES 0 UIDNEXT 2 UIDVALIDITY <*> UNSEEN 0 HIGHESTMODSEQ <*>)
        """.Replace("{misc}", "(MAILBOXES misc (MessageNew MessageExpunge FlagChange))", StringComparison.Ordinal), "one");

    /// <summary>Section 5.4: what comes, goes or is renamed, and the mailbox right above it.</summary>
    [Fact]
    public Task Names_come_with_the_name_above_them() => ImapBed.PlayAsync(Lists + """
        C: n NOTIFY SET (PERSONAL (MailboxName))
        S: n OK NOTIFY completed
        C2: a CREATE NewMailbox
        S2: a OK <*>
        S: * LIST (\HasNoChildren) "/" NewMailbox
        C2: b RENAME NewMailbox OtherMailbox
        S2: b OK <*>
        S: * LIST (\HasNoChildren) "/" OtherMailbox ("OLDNAME" (NewMailbox))
        C2: c DELETE OtherMailbox
        S2: c OK <*>
        S: * LIST (\NonExistent) "/" OtherMailbox
        C2: d CREATE misc/deep
        S2: d OK <*>
        S: * LIST (\HasNoChildren) "/" misc/deep
        S: * LIST (\HasChildren) "/" misc
        C2: e DELETE misc/deep
        S2: e OK <*>
        S: * LIST (\NonExistent) "/" misc/deep
        S: * LIST (\HasNoChildren) "/" misc
        """);

    /// <summary>Sections 5.5 to 5.7: subscriptions, and notes about mailboxes and the account (their names alone).</summary>
    [Fact]
    public Task Subscriptions_and_notes_are_told() => ImapBed.PlayAsync(Lists + """
        C: n NOTIFY SET (PERSONAL (SubscriptionChange MailboxMetadataChange ServerMetadataChange))
        S: n OK NOTIFY completed
        C2: a SUBSCRIBE misc
        S2: a OK <*>
        S: * LIST (\Subscribed \HasNoChildren) "/" misc
        C2: b UNSUBSCRIBE misc
        S2: b OK <*>
        S: * LIST (\HasNoChildren) "/" misc
        C2: c SETMETADATA INBOX (/shared/comment "words" /private/color "red")
        S2: c OK <*>
        S: * METADATA INBOX /private/color /shared/comment
        C2: d SETMETADATA INBOX (/shared/comment NIL /private/color "red")
        S2: d OK <*>
        S: * METADATA INBOX /shared/comment
        C2: e SETMETADATA "" (/shared/comment "words")
        S2: e OK <*>
        S: * METADATA "" /shared/comment
        """);

    /// <summary>Section 7: a result that is kept fetches what comes into it; not what only changed its flags.</summary>
    [Fact]
    public Task A_kept_result_fetches_what_is_new() => ImapBed.PlayAsync(LogInAndSelect + SecondLogIn + """
        C: a00 SEARCH RETURN (COUNT UPDATE (UID BODY[HEADER.FIELDS (TO FROM SUBJECT)])) FROM "boss" UNDELETED
        S: * ESEARCH (TAG "a00") COUNT 1
        S: a00 OK SEARCH completed
        R2: b APPEND INBOX {77+}\r\nSubject: Re: good morning\r\nFrom: myboss@example.org\r\nTo: bob@example.org\r\n\r\nx\r\n
        S2: b OK <*>
        R2: c APPEND INBOX {13+}\r\nFrom: bob\r\n\r\n\r\n
        S2: c OK <*>
        C: d NOOP
        S: * 3 EXISTS
        S: * 3 RECENT
        S: * 2 FETCH (UID 2 BODY[HEADER.FIELDS (TO FROM SUBJECT)] {76}
        S: Subject: Re: good morning
        S: From: myboss@example.org
        S: To: bob@example.org
        S: 
        S: )
        S: * ESEARCH (TAG "a00") ADDTO (0 2)
        S: d OK NOOP completed
        C: e STORE 1 +FLAGS.SILENT (\Deleted)
        S: * ESEARCH (TAG "a00") REMOVEFROM (0 1)
        S: e OK STORE completed
        C: f STORE 1 -FLAGS.SILENT (\Deleted)
        S: * ESEARCH (TAG "a00") ADDTO (0 1)
        S: f OK STORE completed
        C: g FETCH 2 FLAGS
        S: * 2 FETCH (FLAGS (\Recent))
        S: g OK FETCH completed
        """, "From: boss\r\n\r\n");

    /// <summary>Section 6: several groups may be about one mailbox, and what is selected is told by its own alone.</summary>
    [Fact]
    public Task The_selected_mailbox_has_a_rule_of_its_own() => ImapBed.PlayAsync(LogInAndSelect + SecondLogIn + """
        P: a notify set (selected (Messagenew (uid flags) messageExpunge)) (personal (MessageNew FlagChange MessageExpunge))
        S: a OK NOTIFY completed
        R2: b APPEND INBOX (\\Seen) {3+}\r\nnew\r\n
        S2: b OK <*>
        S: * 2 EXISTS
        S: * 2 RECENT
        S: * 2 FETCH (UID 2 FLAGS (\Seen \Recent))
        R2: c APPEND Sent (\\Seen) {3+}\r\nnew\r\n
        S2: c OK <*>
        S: * STATUS Sent (MESSAGES 1 UIDNEXT 2 UIDVALIDITY <*> UNSEEN 0 HIGHESTMODSEQ <*>)
        """, "one");
}
