using CompatBot.Protocols.Imap;
using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>MESSAGELIMIT (RFC 9738): where a command may work on three messages, it works on those with the highest UIDs.</summary>
public sealed class MessageLimitTests
{
    private static readonly ImapLimits Three = new() { CommandMessagesMax = 3 };
    private static readonly string[] Five = ["1", "2", "3", "4", "5"];

    [Fact]
    public Task FETCH_and_STORE_say_how_far_down_they_came() => ImapBed.PlayAsync(Three, LogInAndSelect + """
        C: 01 CAPABILITY
        S: * CAPABILITY <*> APPENDLIMIT=104857600 MESSAGELIMIT=3
        S: 01 OK CAPABILITY completed
        C: 02 FETCH 3:5 (UID)
        S: * 3 FETCH (UID 3)
        S: * 4 FETCH (UID 4)
        S: * 5 FETCH (UID 5)
        S: 02 OK FETCH completed
        C: 03 FETCH 1:2,4:5 (UID)
        S: * 2 FETCH (UID 2)
        S: * 4 FETCH (UID 4)
        S: * 5 FETCH (UID 5)
        S: 03 OK [MESSAGELIMIT 3 2] FETCH completed
        C: 04 UID FETCH 1:* (BODY.PEEK[])
        S: * 3 FETCH (UID 3 BODY[] {1}
        S: 3)
        S: * 4 FETCH (UID 4 BODY[] {1}
        S: 4)
        S: * 5 FETCH (UID 5 BODY[] {1}
        S: 5)
        S: 04 OK [MESSAGELIMIT 3 3] FETCH completed
        C: 05 UID FETCH 1:* (UID) (PARTIAL 1:4)
        S: * 2 FETCH (UID 2)
        S: * 3 FETCH (UID 3)
        S: * 4 FETCH (UID 4)
        S: 05 OK [MESSAGELIMIT 3 2] FETCH completed
        C: 06 UID STORE 1:4 +FLAGS.SILENT (\Deleted)
        S: 06 OK [MESSAGELIMIT 3 2] STORE completed
        C: 07 SEARCH DELETED UID 1:5
        S: * SEARCH 3 4
        S: 07 OK [MESSAGELIMIT 3 3] SEARCH completed
        """, Five);

    [Fact] // Messages that are searched count, not those that match.
    public Task SEARCH_goes_on_where_it_stopped() => ImapBed.PlayAsync(Three, LogInAndSelect + """
        C: 04 UID SEARCH UNDELETED
        S: * SEARCH 3 4 5
        S: 04 OK [MESSAGELIMIT 3 3] SEARCH completed
        C: 05 UID SEARCH UIDBEFORE 3 UNDELETED
        S: * SEARCH 1 2
        S: 05 OK SEARCH completed
        C: 06 UID SEARCH RETURN (COUNT) UIDAFTER 1
        S: * ESEARCH (TAG "06") UID COUNT 3
        S: 06 OK [MESSAGELIMIT 3 3] SEARCH completed
        C: 07 UID SEARCH NOT UIDAFTER 2 2:3
        S: * SEARCH 2
        S: 07 OK SEARCH completed
        C: 08 SORT (ARRIVAL) UTF-8 ALL
        S: 08 NO [MESSAGELIMIT 3] Too many messages at once
        C: 09 THREAD ORDEREDSUBJECT UTF-8 1:4
        S: 09 NO [MESSAGELIMIT 3] Too many messages at once
        C: 10 SORT (ARRIVAL) UTF-8 1:3
        S: * SORT 1 2 3
        S: 10 OK SORT completed
        C: 11 UID SEARCH UIDAFTER x
        S: 11 BAD Expected a number
        """, Five);

    [Fact]
    public Task COPY_and_APPEND_do_all_or_nothing_MOVE_and_EXPUNGE_a_part() => ImapBed.PlayAsync(Three, LogInAndSelect + """
        C: 05 COPY 1:4 Archive
        S: 05 NO [MESSAGELIMIT 3] Too many messages at once
        C: 06 UID COPY 1:3 Archive
        S: 06 OK [COPYUID <*> 1:3 1:3] COPY completed
        R: 07 APPEND Sent {1+}\r\na {1+}\r\nb {1+}\r\nc {1+}\r\nd\r\n
        S: 07 NO [MESSAGELIMIT 3] Too many messages at once
        C: 08 UID MOVE 1:4 Archive
        S: * OK [COPYUID <*> 2:4 4:6] Moved
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: * 2 EXPUNGE
        S: 08 OK [MESSAGELIMIT 3 2] MOVE completed
        C: 09 EXAMINE Archive
        S: * OK [CLOSED] The mailbox before is closed
        S: <skip 2>
        S: * 6 EXISTS
        S: <skip 6>
        S: 09 OK <*>
        C: 10 SELECT Archive
        S: <skip 10>
        S: 10 OK <*>
        C: 11 STORE 1:3 +FLAGS.SILENT (\Deleted)
        S: 11 OK STORE completed
        C: 12 STORE 5 +FLAGS.SILENT (\Deleted)
        S: 12 OK STORE completed
        C: 13 UID EXPUNGE 1:6
        S: * 5 EXPUNGE
        S: * 3 EXPUNGE
        S: * 2 EXPUNGE
        S: 13 OK [MESSAGELIMIT 3 2] EXPUNGE completed
        C: 14 EXPUNGE
        S: * 1 EXPUNGE
        S: 14 OK EXPUNGE completed
        """, Five);

    [Fact] // The tagged reply has room for one code.
    public Task With_QRESYNC_the_code_comes_in_a_line_of_its_own() => ImapBed.PlayAsync(Three, LogIn + """
        C: e ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: e OK ENABLE completed
        C: s SELECT INBOX
        S: <skip 9>
        S: s OK <*>
        C: 08 UID MOVE 1:4 Archive
        S: * OK [COPYUID <*> 2:4 1:3] Moved
        S: * OK [MESSAGELIMIT 3 2] Some messages were left out
        S: * VANISHED 2:4
        S: 08 OK [HIGHESTMODSEQ <*>] MOVE completed
        """, Five);
}
