using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>Commands on mailboxes and their names.</summary>
public sealed class MailboxTests
{
    [Fact]
    public Task Mailboxes_are_made_renamed_and_deleted() => PlayAsync(LogIn + """
        C: a1 CREATE Projects/2026/
        S: a1 OK [MAILBOXID (<*>)] CREATE completed
        C: a2 LIST "" "Projects*"
        S: * LIST (\HasChildren) "/" Projects
        S: * LIST (\HasNoChildren) "/" Projects/2026
        S: a2 OK LIST completed
        C: a3 CREATE projects/2026
        S: a3 OK [MAILBOXID (<*>)] CREATE completed
        C: a4 CREATE Projects/2026
        S: a4 NO [ALREADYEXISTS] Mailbox already exists
        C: a5 DELETE Projects
        S: a5 NO [HASCHILDREN] Mailbox has children
        C: a6 RENAME Projects Work/Old
        S: a6 OK RENAME completed
        C: a7 LIST "" Work*
        S: * LIST (\HasChildren) "/" Work
        S: * LIST (\HasChildren) "/" Work/Old
        S: * LIST (\HasNoChildren) "/" Work/Old/2026
        S: a7 OK LIST completed
        C: a8 DELETE Work/Old/2026
        S: a8 OK DELETE completed
        C: a9 DELETE "Nothing here"
        S: a9 NO [NONEXISTENT] No such mailbox
        C: b1 RENAME Nothing Something
        S: b1 NO [NONEXISTENT] No such mailbox
        C: b2 RENAME Work Sent
        S: b2 NO [ALREADYEXISTS] Mailbox already exists
        C: b3 DELETE inbox
        S: b3 NO [CANNOT] INBOX stays
        C: b4 CREATE inbox
        S: b4 NO [ALREADYEXISTS] Mailbox already exists
        """);

    [Theory]
    [InlineData("CREATE", "BAD Expected a space")]
    [InlineData("CREATE a b", "BAD Expected (")]
    [InlineData("CREATE \"a", "BAD Expected a closing quote")]
    [InlineData("CREATE &", "BAD Expected a mailbox name in modified UTF-7")]
    [InlineData("CREATE \"\"", "NO [CANNOT] No mailbox can have that name")]
    [InlineData("CREATE a//b", "NO [CANNOT] No mailbox can have that name")]
    [InlineData("CREATE /a", "NO [CANNOT] No mailbox can have that name")]
    [InlineData("CREATE \"a*\"", "NO [CANNOT] No mailbox can have that name")]
    [InlineData("CREATE a (USE (\\All))", "NO [USEATTR] One of \\Archive, \\Drafts, \\Junk, \\Sent and \\Trash, please")]
    [InlineData("CREATE a (FOO (\\All))", "BAD Expected USE")]
    [InlineData("CREATE a (USE (All))", "BAD Expected \\")]
    [InlineData("DELETE", "BAD Expected a space")]
    [InlineData("DELETE a b", "BAD Expected end of line")]
    [InlineData("RENAME a", "BAD Expected a space")]
    [InlineData("RENAME Sent a//b", "NO [CANNOT] No mailbox can have that name")]
    [InlineData("SUBSCRIBE", "BAD Expected a space")]
    [InlineData("SELECT Nothing", "NO [NONEXISTENT] No such mailbox")]
    [InlineData("EXAMINE", "BAD Expected a space")]
    [InlineData("STATUS INBOX", "BAD Expected a space")]
    [InlineData("STATUS INBOX ()", "BAD Expected an atom")]
    [InlineData("STATUS INBOX (FOO)", "BAD Expected something that STATUS knows")]
    [InlineData("STATUS Nothing (MESSAGES)", "NO [NONEXISTENT] No such mailbox")]
    [InlineData("LIST \"\"", "BAD Expected a space")]
    [InlineData("LIST \"\" \"*\" RETURN", "BAD Expected a space")]
    [InlineData("LIST \"\" \"*\" RETURN (FOO)", "BAD Expected SUBSCRIBED, CHILDREN, SPECIAL-USE, MYRIGHTS, METADATA or STATUS")]
    [InlineData("LIST (FOO) \"\" \"*\"", "BAD Expected SUBSCRIBED, REMOTE, RECURSIVEMATCH or SPECIAL-USE")]
    [InlineData("LIST (RECURSIVEMATCH) \"\" \"*\"", "BAD Expected SUBSCRIBED or SPECIAL-USE beside RECURSIVEMATCH")]
    [InlineData("LSUB \"\" x y", "BAD Expected end of line")]
    [InlineData("CLOSE", "BAD CLOSE is not allowed now")]
    [InlineData("NAMESPACE x", "BAD Expected end of line")]
    public Task A_mistake_is_answered_with_what_was_expected(string command, string reply) => PlayAsync(LogIn + $"""
        C: a1 {command}
        S: a1 {reply}
        """);

    [Fact] // iOS 18 gives up where the empty pattern is not answered.
    public Task List_answers_the_question_for_the_separator() => PlayAsync(LogIn + """
        C: a1 LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: a1 OK LIST completed
        C: a2 LSUB "" ""
        S: * LSUB (\Noselect) "/" ""
        S: a2 OK LSUB completed
        """);

    [Fact]
    public Task List_shows_roles_children_subscriptions_and_counts() => PlayAsync(LogIn + """
        C: a1 LIST "" "*" RETURN (SPECIAL-USE)
        S: * LIST (\HasNoChildren \Archive) "/" Archive
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren \Junk) "/" Junk
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: a1 OK LIST completed
        C: a2 LIST (SPECIAL-USE) "" ("S%" "Tr%")
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: a2 OK LIST completed
        C: a3 LIST "" "in%" RETURN (SUBSCRIBED STATUS (MESSAGES UNSEEN))
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * STATUS INBOX (MESSAGES 1 UNSEEN 1)
        S: a3 OK LIST completed
        C: a4 SUBSCRIBE Gone/Away
        S: a4 OK SUBSCRIBE completed
        C: a5 LIST (SUBSCRIBED) "" "G*"
        S: * LIST (\NonExistent \Noselect \HasNoChildren \Subscribed) "/" Gone/Away
        S: a5 OK LIST completed
        C: a6 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%" RETURN (CHILDREN)
        S: * LIST (\HasNoChildren \Subscribed \Archive) "/" Archive
        S: * LIST (\HasNoChildren \Subscribed \Drafts) "/" Drafts
        S: * LIST (\NonExistent \Noselect \HasNoChildren) "/" Gone ("CHILDINFO" ("SUBSCRIBED"))
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * LIST (\HasNoChildren \Subscribed \Junk) "/" Junk
        S: * LIST (\HasNoChildren \Subscribed \Sent) "/" Sent
        S: * LIST (\HasNoChildren \Subscribed \Trash) "/" Trash
        S: a6 OK LIST completed
        """, SampleMessages.Minutes);

    [Fact] // RFC 3501 section 6.3.9
    public Task Lsub_shows_what_lies_above_a_subscription() => PlayAsync(LogIn + """
        C: a1 UNSUBSCRIBE Sent
        S: a1 OK UNSUBSCRIBE completed
        C: a2 SUBSCRIBE Groups/comp/mail
        S: a2 OK SUBSCRIBE completed
        C: a3 LSUB "" %
        S: * LSUB (\Archive) "/" Archive
        S: * LSUB (\Drafts) "/" Drafts
        S: * LSUB (\Noselect) "/" Groups
        S: * LSUB () "/" INBOX
        S: * LSUB (\Junk) "/" Junk
        S: * LSUB (\Trash) "/" Trash
        S: a3 OK LSUB completed
        C: a4 LSUB Groups/ *
        S: * LSUB (\Noselect) "/" Groups/comp/mail
        S: a4 OK LSUB completed
        """);

    [Fact]
    public Task Names_are_Unicode_in_modified_UTF7() => PlayAsync(LogIn + """
        C: a1 CREATE "Entw&APw-rfe &- mehr"
        S: a1 OK [MAILBOXID (<*>)] CREATE completed
        C: a2 LIST "" "Entw*"
        S: * LIST (\HasNoChildren) "/" "Entw&APw-rfe &- mehr"
        S: a2 OK LIST completed
        C: a3 LIST "" "Entw&APw-%"
        S: * LIST (\HasNoChildren) "/" "Entw&APw-rfe &- mehr"
        S: a3 OK LIST completed
        C: a4 CREATE {7}
        S: + Ready for the literal
        C: &U,BTFw
        S: a4 BAD Expected a mailbox name in modified UTF-7
        """);

    [Fact] // RFC 6154 section 5.4
    public Task Create_gives_a_role() => PlayAsync(LogIn + """
        C: a1 DELETE Archive
        S: a1 OK DELETE completed
        C: a2 CREATE Lager (USE (\Archive))
        S: a2 OK [MAILBOXID (<*>)] CREATE completed
        C: a3 LIST "" "Lager"
        S: * LIST (\HasNoChildren \Archive) "/" Lager
        S: a3 OK LIST completed
        """);

    [Fact]
    public Task Status_counts() => PlayAsync(LogIn + """
        C: a1 STATUS inbox (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN SIZE)
        S: * STATUS INBOX (MESSAGES 2 RECENT 2 UIDNEXT 3 UIDVALIDITY <*> UNSEEN 2 SIZE 726)
        S: a1 OK STATUS completed
        C: a2 STATUS Sent (MESSAGES RECENT UIDNEXT)
        S: * STATUS Sent (MESSAGES 0 RECENT 0 UIDNEXT 1)
        S: a2 OK STATUS completed
        """, SampleMessages.Minutes, SampleMessages.Minutes);

    [Fact] // RFC 3501 section 6.3.5
    public Task Renaming_INBOX_moves_its_messages_away() => PlayAsync(LogIn + """
        C: a1 RENAME INBOX Old
        S: a1 OK RENAME completed
        C: a2 STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: a2 OK STATUS completed
        C: a3 STATUS Old (MESSAGES)
        S: * STATUS Old (MESSAGES 1)
        S: a3 OK STATUS completed
        """, SampleMessages.Minutes);

    [Fact]
    public Task Select_and_examine_change_what_is_selected() => PlayAsync(LogInAndSelect + """
        C: a1 EXAMINE Sent
        S: * OK [CLOSED] The mailbox before is closed
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS ()] No flag can be changed
        S: * 0 EXISTS
        S: * 0 RECENT
        S: * OK [UIDVALIDITY <*>] UIDs valid
        S: * OK [UIDNEXT 1] Predicted next UID
        S: * OK [HIGHESTMODSEQ <*>] Highest
        S: * OK [MAILBOXID (<*>)] Ok
        S: a1 OK [READ-ONLY] EXAMINE completed
        C: a2 SELECT Nothing
        S: * OK [CLOSED] The mailbox before is closed
        S: a2 NO [NONEXISTENT] No such mailbox
        C: a3 CLOSE
        S: a3 BAD CLOSE is not allowed now
        """, SampleMessages.Minutes);

    [Fact]
    public Task Close_expunges_and_unselect_does_not() => PlayAsync(LogInAndSelect + """
        C: a1 STORE 1 +FLAGS.SILENT (\Deleted)
        S: a1 OK STORE completed
        C: a2 UNSELECT
        S: a2 OK UNSELECT completed
        C: a3 STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 2)
        S: a3 OK STATUS completed
        C: a4 EXAMINE INBOX
        S: <skip>
        S: <skip>
        S: * 2 EXISTS
        S: <skip>
        S: <skip>
        S: <skip>
        S: <skip>
        S: <skip>
        S: <skip>
        S: a4 OK [READ-ONLY] EXAMINE completed
        C: a5 CLOSE
        S: a5 OK CLOSE completed
        C: a6 STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 2)
        S: a6 OK STATUS completed
        C: a7 SELECT INBOX
        S: <skip>
        S: <skip>
        S: * 2 EXISTS
        S: * 0 RECENT
        S: <skip>
        S: <skip>
        S: <skip>
        S: <skip>
        S: <skip>
        S: a7 OK [READ-WRITE] SELECT completed
        C: a8 CLOSE
        S: a8 OK CLOSE completed
        C: a9 STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 1)
        S: a9 OK STATUS completed
        """, SampleMessages.Minutes, SampleMessages.Minutes);

    [Fact]
    public Task A_read_only_device_reads() => PlayAsync($$"""
        S: * OK <*>
        C: a1 LOGIN {{Address}} {{ReadOnlyPassword}}
        S: a1 OK <*>
        C: a2 SELECT INBOX
        S: <skip>
        S: * OK [PERMANENTFLAGS ()] No flag can be changed
        S: * 1 EXISTS
        S: * 1 RECENT
        S: <skip>
        S: <skip>
        S: <skip>
        S: <skip>
        S: <skip>
        S: a2 OK [READ-ONLY] SELECT completed
        C: a3 STORE 1 +FLAGS (\Seen)
        S: a3 NO [READ-ONLY] The mailbox is open for reading only
        C: a4 FETCH 1 (FLAGS BODY[TEXT])
        S: * 1 FETCH (FLAGS (\Recent) BODY[TEXT] {21}
        S: The minutes follow.
        S: )
        S: a4 OK FETCH completed
        C: a5 EXPUNGE
        S: a5 NO [READ-ONLY] The mailbox is open for reading only
        C: a6 MOVE 1 Sent
        S: a6 NO [READ-ONLY] The mailbox is open for reading only
        C: a7 COPY 1 Sent
        S: a7 NO [NOPERM] This device may not do that
        C: a8 CREATE x
        S: a8 NO [NOPERM] This device may not do that
        C: a9 APPEND INBOX {5}
        S: a9 NO [NOPERM] This device may not do that
        C: b1 CLOSE
        S: b1 OK CLOSE completed
        """, SampleMessages.Minutes);

    [Fact]
    public Task A_selected_mailbox_can_be_deleted() => PlayAsync(LogIn + """
        C: a1 SELECT Sent
        S: <skip>
        S: <skip>
        S: <skip>
        S: <skip>
        S: <skip>
        S: <skip>
        S: <skip>
        S: <skip>
        S: a1 OK [READ-WRITE] SELECT completed
        C: a2 DELETE Sent
        S: a2 OK DELETE completed
        C: a3 CHECK
        S: a3 BAD CHECK is not allowed now
        C2: l LOGIN ann@mail.test aaaaaaaaaaaaaaaaaaaaaaaaaa
        S2: * OK <*>
        S2: l OK <*>
        C2: a1 SELECT Junk
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: <skip>
        S2: a1 OK [READ-WRITE] SELECT completed
        C: a4 DELETE Junk
        S: a4 OK DELETE completed
        C2: a2 NOOP
        S2: * BYE The selected mailbox was deleted
        S2: <closed>
        """);
}
