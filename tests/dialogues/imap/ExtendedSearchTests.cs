using Xunit;

namespace CompatBot.DialogueTests.Imap;

/// <summary>RFC 4731 (ESEARCH), RFC 5182 (SEARCHRES), RFC 5032 (WITHIN), RFC 8474 (OBJECTID).</summary>
public sealed class ExtendedSearchTests
{
    private static readonly string[] Four =
        ["Subject: one\r\n\r\nbody\r\n", "Subject: two\r\n\r\nbody\r\n", "Subject: three\r\n\r\nbody\r\n", "Subject: one\r\n\r\nbody\r\n"];

    [Fact]
    public async Task A_search_returns_what_was_asked_for() => await ImapBed.PlayAsync(
        ImapBed.LogInAndSelect + """
        C: a1 STORE 2,4 +FLAGS.SILENT (\Flagged)
        S: a1 OK STORE completed
        C: a2 SEARCH RETURN (MIN COUNT) FLAGGED
        S: * ESEARCH (TAG "a2") MIN 2 COUNT 2
        S: a2 OK SEARCH completed
        C: a3 UID SEARCH RETURN () UNFLAGGED
        S: * ESEARCH (TAG "a3") UID ALL 1,3
        S: a3 OK SEARCH completed
        C: a4 SEARCH RETURN (MIN MAX ALL COUNT) CHARSET UTF-8 KEYWORD nothing
        S: * ESEARCH (TAG "a4") COUNT 0
        S: a4 OK SEARCH completed
        C: a5 SEARCH RETURN (MAX) ALL
        S: * ESEARCH (TAG "a5") MAX 4
        S: a5 OK SEARCH completed
        C: a6 SEARCH RETURN (MEAN) ALL
        S: a6 BAD Expected MIN, MAX, ALL, COUNT, SAVE, RELEVANCY, PARTIAL, CONTEXT or UPDATE
        C: a7 SEARCH RETURN ALL
        S: a7 BAD Expected (
        """,
        Four);

    [Fact]
    public async Task A_result_is_kept_for_the_next_commands() => await ImapBed.PlayAsync(
        ImapBed.LogInAndSelect + """
        C: a1 FETCH $ UID
        S: a1 OK FETCH completed
        C: a2 SEARCH RETURN (SAVE) NOT 2
        S: a2 OK SEARCH completed
        C: a3 FETCH $ UID
        S: * 1 FETCH (UID 1)
        S: * 3 FETCH (UID 3)
        S: * 4 FETCH (UID 4)
        S: a3 OK FETCH completed
        C: a4 UID SEARCH RETURN (ALL) $ NOT 3
        S: * ESEARCH (TAG "a4") UID ALL 1,4
        S: a4 OK SEARCH completed
        C: a5 UID STORE $ +FLAGS.SILENT (\Seen)
        S: a5 OK STORE completed
        C: a6 SEARCH RETURN (SAVE MIN) SEEN
        S: * ESEARCH (TAG "a6") MIN 1
        S: a6 OK SEARCH completed
        C: a7 UID MOVE $ Trash
        S: * OK [COPYUID <*> 1 1] Moved
        S: * 1 EXPUNGE
        S: a7 OK MOVE completed
        C: a8 FETCH $ UID
        S: a8 OK FETCH completed
        C: a9 SEARCH RETURN (SAVE) CHARSET X-NONE ALL
        S: a9 NO [BADCHARSET (US-ASCII UTF-8)] <*>
        C: b1 COPY $ Trash
        S: b1 OK COPY completed, nothing to copy
        """,
        Four);

    [Fact]
    public async Task Younger_and_older_count_from_now() => await ImapBed.PlayAsync(
        ImapBed.LogInAndSelect + """
        C: a0 APPEND INBOX {3+}
        P: a:b
        S: * 2 EXISTS
        S: * 2 RECENT
        S: a0 OK <*>
        T: 00:01:00
        C: a1 SEARCH YOUNGER 61
        S: * SEARCH 2
        S: a1 OK SEARCH completed
        C: a2 SEARCH OLDER 59 2
        S: * SEARCH 2
        S: a2 OK SEARCH completed
        C: a3 SEARCH YOUNGER 59
        S: * SEARCH
        S: a3 OK SEARCH completed
        C: a4 SEARCH YOUNGER 0
        S: a4 BAD Expected at least one second
        """,
        Four[0]);

    [Fact]
    public async Task Copies_share_an_id_and_a_mailbox_keeps_its_own() => await ImapBed.PlayAsync(
        ImapBed.LogInAndSelect + """
        C: a1 COPY 2 Archive
        S: a1 OK [COPYUID <*>] COPY completed
        C: a2 CREATE work
        S: a2 OK [MAILBOXID (F7)] CREATE completed
        C: a3 RENAME work play
        S: a3 OK RENAME completed
        C: a4 STATUS play (MAILBOXID MESSAGES)
        S: * STATUS play (MAILBOXID (F7) MESSAGES 0)
        S: a4 OK STATUS completed
        C: a5 FETCH 1 (EMAILID THREADID)
        S: * 1 FETCH (EMAILID (M<*>) THREADID NIL)
        S: a5 OK FETCH completed
        C: a6 SEARCH EMAILID M00000000000000000000000000000000
        S: * SEARCH
        S: a6 OK SEARCH completed
        C: a7 SEARCH OR THREADID T1 2
        S: * SEARCH 2
        S: a7 OK SEARCH completed
        """,
        Four);
}
