using CompatBot.Protocols.Imap;
using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>MULTIAPPEND (RFC 3502): all messages of one APPEND, or none.</summary>
public sealed class MultiAppendTests
{
    [Fact]
    public Task Messages_with_their_own_flags_and_dates_go_in_together() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a APPEND INBOX (\Seen) "01-Feb-1994 10:00:00 +0000" {3}
        S: + Ready for the message
        R: one (\\Flagged $k) {4+}\r\nfour {5}\r\n
        S: + Ready for the message
        R: fiver\r\n
        S: * FLAGS <*>
        S: <skip>
        S: * 4 EXISTS
        S: * 4 RECENT
        S: a OK [APPENDUID <*> 2:4] APPEND completed
        C: b FETCH 2:4 (FLAGS RFC822.SIZE BODY.PEEK[])
        S: * 2 FETCH (FLAGS (\Seen \Recent) RFC822.SIZE 3 BODY[] {3}
        S: one)
        S: * 3 FETCH (FLAGS (\Flagged \Recent $k) RFC822.SIZE 4 BODY[] {4}
        S: four)
        S: * 4 FETCH (FLAGS (\Recent) RFC822.SIZE 5 BODY[] {5}
        S: fiver)
        S: b OK FETCH completed
        C: c FETCH 2 INTERNALDATE
        S: * 2 FETCH (INTERNALDATE "01-Feb-1994 10:00:00 +0000")
        S: c OK FETCH completed
        """, "zero");

    [Fact]
    public Task One_that_is_refused_or_no_message_takes_all_with_it() => ImapBed.PlayAsync(
        new ImapLimits { AppendBytesMax = 10, MultiAppendBytesMax = 12, MultiAppendMessagesMax = 3 },
        LogInAndSelect + """
        R: a APPEND INBOX {3+}\r\none {11+}\r\nelevenbytes {1+}\r\nx\r\n
        S: a NO [TOOBIG] <*>
        R: b APPEND INBOX {3+}\r\none nonsense\r\n
        S: b BAD Expected end of line after the message
        R: c APPEND INBOX {3+}\r\none {0+}\r\n\r\n
        S: c BAD Expected a message that is not empty
        R: d APPEND INBOX {7+}\r\nseventy {6+}\r\nsixers\r\n
        S: d NO [TOOBIG] <*>
        R: e APPEND INBOX {1+}\r\na {1+}\r\nb {1+}\r\nc {1+}\r\nd\r\n
        S: e NO [LIMIT] <*>
        C: f STATUS INBOX (MESSAGES UIDNEXT)
        S: * STATUS INBOX (MESSAGES 1 UIDNEXT 2)
        S: f OK STATUS completed
        R: g APPEND INBOX {1+}\r\na {1+}\r\nb {1+}\r\nc\r\n
        S: * 4 EXISTS
        S: * 4 RECENT
        S: g OK [APPENDUID <*> 2:4] APPEND completed
        """, "zero");
}
