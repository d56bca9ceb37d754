using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>STORE, EXPUNGE, COPY, MOVE and APPEND.</summary>
public sealed class MessageTests
{
    [Fact] // RFC 3501 section 6.4.6
    public Task Store_changes_flags() => PlayAsync(LogInAndSelect + """
        C: a1 STORE 1:2 +FLAGS (\Deleted $Later)
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Later)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Later \*)] These flags are kept
        S: * 1 FETCH (FLAGS (\Deleted \Recent $Later))
        S: * 2 FETCH (FLAGS (\Deleted \Recent $Later))
        S: a1 OK STORE completed
        C: a2 UID STORE 1 -FLAGS \Deleted $LATER
        S: * 1 FETCH (UID 1 FLAGS (\Recent))
        S: a2 OK STORE completed
        C: a3 STORE 1 FLAGS.SILENT (\Seen \Draft)
        S: a3 OK STORE completed
        C: a4 STORE 2 FLAGS ()
        S: * 2 FETCH (FLAGS (\Recent))
        S: a4 OK STORE completed
        C: a5 FETCH 1:2 FLAGS
        S: * 1 FETCH (FLAGS (\Seen \Draft \Recent))
        S: * 2 FETCH (FLAGS (\Recent))
        S: a5 OK FETCH completed
        C: a6 UID STORE 77 +FLAGS (\Seen)
        S: a6 OK STORE completed, no such message
        """, "x", "y");

    [Theory]
    [InlineData("STORE 1 FLAGS", "BAD Expected a space")]
    [InlineData("STORE 1 FOO (\\Seen)", "BAD Expected FLAGS, +FLAGS or -FLAGS")]
    [InlineData("STORE 1 +FLAGS (\\Recent)", "BAD Expected a flag that clients may set")]
    [InlineData("STORE 1 +FLAGS (\\Seen", "BAD Expected a space")]
    [InlineData("STORE 9 +FLAGS (\\Seen)", "BAD Expected numbers of messages that exist")]
    [InlineData("COPY 1 Nothing", "NO [TRYCREATE] No such mailbox")]
    [InlineData("COPY 9 Sent", "BAD Expected numbers of messages that exist")]
    [InlineData("UID COPY 9 Sent", "OK COPY completed, nothing to copy")]
    [InlineData("MOVE 1 Nothing", "NO [TRYCREATE] No such mailbox")]
    [InlineData("UID MOVE 9 Sent", "OK MOVE completed, nothing to move")]
    [InlineData("COPY 1", "BAD Expected a space")]
    [InlineData("EXPUNGE 1", "BAD Expected end of line")]
    [InlineData("UID EXPUNGE", "BAD Expected a space")]
    [InlineData("APPEND", "BAD Expected a space")]
    [InlineData("APPEND INBOX", "BAD Expected a space")]
    [InlineData("APPEND INBOX x", "BAD Expected a literal")]
    [InlineData("APPEND INBOX {0}", "BAD Expected a message that is not empty")]
    [InlineData("APPEND Nothing {5}", "NO [TRYCREATE] No such mailbox")]
    [InlineData("APPEND INBOX {104857601}", "NO [TOOBIG] Message too big")]
    [InlineData(
        "APPEND INBOX \"x\" \"01-Jan-2020 00:00:00 +0000\" x",
        "BAD Expected a date and time such as \"17-Jul-1996 02:44:25 -0700\"")]
    public Task A_mistake_is_answered_with_what_was_expected(string command, string reply) => PlayAsync(LogInAndSelect + $"""
        C: a1 {command}
        S: a1 {reply}
        C: a2 NOOP
        S: a2 OK NOOP completed
        """, "x", "y");

    [Fact] // RFC 3501 section 6.4.3, RFC 4315 section 2.1
    public Task Expunge_removes_what_is_deleted() => PlayAsync(LogInAndSelect + """
        C: a1 STORE 1,3:4 +FLAGS.SILENT \Deleted
        S: a1 OK STORE completed
        C: a2 UID EXPUNGE 3,5
        S: * 3 EXPUNGE
        S: a2 OK EXPUNGE completed
        C: a3 EXPUNGE
        S: * 3 EXPUNGE
        S: * 1 EXPUNGE
        S: a3 OK EXPUNGE completed
        C: a4 FETCH 1:* UID
        S: * 1 FETCH (UID 2)
        S: * 2 FETCH (UID 5)
        S: a4 OK FETCH completed
        """, "1", "2", "3", "4", "5");

    [Fact] // RFC 4315 section 3, RFC 6851 section 3.3
    public Task Copy_and_move_say_where_the_messages_went() => PlayAsync(LogInAndSelect + """
        C: a1 COPY 2:3 Sent
        S: a1 OK [COPYUID <*> 2:3 1:2] COPY completed
        C: a2 UID MOVE 1,3 Sent
        S: * OK [COPYUID <*> 1,3 3:4] Moved
        S: * 3 EXPUNGE
        S: * 1 EXPUNGE
        S: a2 OK MOVE completed
        C: a3 MOVE 1 Trash
        S: * OK [COPYUID <*> 2 1] Moved
        S: * 1 EXPUNGE
        S: a3 OK MOVE completed
        C: a4 STATUS Sent (MESSAGES UIDNEXT)
        S: * STATUS Sent (MESSAGES 4 UIDNEXT 5)
        S: a4 OK STATUS completed
        """, "1", "2", "3");

    [Fact]
    public Task Copy_into_the_selected_mailbox_shows_at_once() => PlayAsync(LogInAndSelect + """
        C: a1 COPY 1 INBOX
        S: * 2 EXISTS
        S: * 2 RECENT
        S: a1 OK [COPYUID <*> 1 2] COPY completed
        """, "1");

    [Fact] // RFC 3501 section 6.3.11, RFC 4315 section 3
    public Task Append_takes_a_message() => PlayAsync(LogInAndSelect + """
        C: a1 APPEND INBOX (\Seen $Done) "17-Jul-1996 02:44:25 -0700" {12}
        S: + Ready for the message
        C: Subject: x
        C: 
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Done)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Done \*)] These flags are kept
        S: * 2 EXISTS
        S: * 2 RECENT
        S: a1 OK [APPENDUID <*> 2] APPEND completed
        C: a2 FETCH 2 (FLAGS INTERNALDATE BODY.PEEK[])
        S: * 2 FETCH (FLAGS (\Seen \Recent $Done) INTERNALDATE "17-Jul-1996 09:44:25 +0000" BODY[] {12}
        S: Subject: x
        S: )
        S: a2 OK FETCH completed
        """, "x");

    [Fact] // RFC 7888
    public Task Append_takes_literals_that_do_not_wait() => PlayAsync(LogIn + """
        C: a1 APPEND {4+}
        C: Sent {3+}
        C: abc
        S: a1 OK [APPENDUID <*> 1] APPEND completed
        C: a2 APPEND Nothing {5+}
        C: a3 NO
        S: a2 NO [TRYCREATE] No such mailbox
        P: a4 APPEND Sent {3+}
        P: abc
        P: a5 APPEND Sent (\Seen) {3+}
        P: abc x {3+}
        P: a9
        P: a6 NOOP
        S: a4 OK [APPENDUID <*> 2] APPEND completed
        S: a5 BAD Expected end of line after the message
        S: a6 OK NOOP completed
        C: a7 STATUS Sent (MESSAGES)
        S: * STATUS Sent (MESSAGES 2)
        S: a7 OK STATUS completed
        """);

    [Fact]
    public async Task An_append_cut_in_the_middle_stores_nothing()
    {
        await using var bed = await MakeAsync();
        await bed.PlayAsync(LogIn + """
            C: a1 APPEND INBOX {1000}
            S: + Ready for the message
            C: Subject: half
            H:
            S: <closed>
            """);
        await using var session = await bed.OpenAsync();
        Assert.Equal(0, session.Mail!.State.Find("INBOX")!.Count);
    }

    [Fact]
    public Task A_keyword_too_many_is_refused() => PlayAsync(LogInAndSelect + string.Concat(Enumerable.Range(1, 7).Select(block => $"""
        C: a{block} STORE 1 +FLAGS.SILENT ({string.Join(' ', Enumerable.Range(1, 8).Select(number => $"k{block}{number}"))})
        S: * FLAGS (<*>)
        S: * OK [PERMANENTFLAGS (<*>)] These flags are kept
        S: a{block} OK STORE completed

        """)) + """
        C: b1 STORE 1 +FLAGS (onemore)
        S: b1 NO [LIMIT] That would be one too many
        C: b2 SELECT INBOX
        S: <skip 2>
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft k11 <*> k78)] These flags are kept
        """, "x");
}
