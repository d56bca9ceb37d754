using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>Examples of RFC 3501 that RFC 9051 has no more: LSUB, CHECK, \Recent, and SEARCH as it answers there.</summary>
public sealed class Rfc3501Tests
{
    /// <summary>Section 6.3.9, with our separator.</summary>
    [Fact]
    public Task LSUB() => ImapBed.PlayAsync(LogIn + """
        C: x SUBSCRIBE #news/comp/mail/mime
        S: x OK SUBSCRIBE completed
        C: y SUBSCRIBE #news/comp/mail/misc
        S: y OK SUBSCRIBE completed
        C: A002 LSUB "#news/" "comp/mail/*"
        S: * LSUB (\Noselect) "/" #news/comp/mail/mime
        S: * LSUB (\Noselect) "/" #news/comp/mail/misc
        S: A002 OK LSUB completed
        C: A003 LSUB "#news/" "comp/%"
        S: * LSUB (\Noselect) "/" #news/comp/mail
        S: A003 OK LSUB completed
        """);

    /// <summary>Sections 6.3.1 and 6.4.1: SELECT with \Recent and the first unseen message; CHECK.</summary>
    [Fact]
    public Task SELECT_and_CHECK() => ImapBed.PlayAsync(LogIn + """
        C: A142 SELECT INBOX
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] These flags are kept
        S: * 2 EXISTS
        S: * 2 RECENT
        S: * OK [UNSEEN 1] First unseen message
        S: * OK [UIDVALIDITY 1795262400] UIDs valid
        S: * OK [UIDNEXT 3] Predicted next UID
        S: <skip 2>
        S: A142 OK [READ-WRITE] SELECT completed
        C: FXXZ CHECK
        S: FXXZ OK CHECK completed
        """, "one", "two");

    /// <summary>Section 6.4.4.</summary>
    [Fact]
    public Task SEARCH() => ImapBed.PlayAsync(LogInAndSelect + """
        C: x STORE 2 +FLAGS.SILENT (\Flagged)
        S: x OK STORE completed
        C: A282 SEARCH FLAGGED SINCE 1-Feb-1969 NOT FROM "Smith"
        S: * SEARCH 2
        S: A282 OK SEARCH completed
        C: A283 SEARCH TEXT "string not in mailbox"
        S: * SEARCH
        S: A283 OK SEARCH completed
        C: A284 SEARCH CHARSET UTF-8 TEXT {6}
        S: + Ready for the literal
        C: wörld
        S: * SEARCH 1
        S: A284 OK SEARCH completed
        """, "From: Smith\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nw\xF6rld", "From: Jones\r\n\r\n");
}
