using CompatBot.Protocols.Imap;
using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>Results that are kept up to date (RFC 5267), and searches of many mailboxes (RFC 7377).</summary>
public sealed class ContextTests
{
    /// <summary>The dialogues of RFC 5267 section 4.</summary>
    [Fact]
    public Task A_result_is_kept_up_to_date() => ImapBed.PlayAsync(LogInAndSelect + """
        C: B01 UID SEARCH RETURN (UPDATE COUNT) UNDELETED KEYWORD $Junk
        S: * ESEARCH (TAG "B01") UID COUNT 0
        S: B01 OK SEARCH completed
        C: B02 SEARCH RETURN (CONTEXT UPDATE) FLAGGED
        S: * ESEARCH (TAG "B02")
        S: B02 OK SEARCH completed
        C: c STORE 2:3 +FLAGS.SILENT ($Junk)
        S: <skip 2>
        S: * ESEARCH (TAG "B01") UID ADDTO (0 2:3)
        S: c OK STORE completed
        C: d STORE 2 +FLAGS.SILENT (\Deleted \Flagged)
        S: * ESEARCH (TAG "B01") UID REMOVEFROM (0 2)
        S: * ESEARCH (TAG "B02") ADDTO (0 2)
        S: d OK STORE completed
        R: e APPEND INBOX (\\Flagged $junk) {3+}\r\nnew\r\n
        S: * 4 EXISTS
        S: * 4 RECENT
        S: * ESEARCH (TAG "B01") UID ADDTO (0 4)
        S: * ESEARCH (TAG "B02") ADDTO (0 4)
        S: e OK <*>
        C: f EXPUNGE
        S: * ESEARCH (TAG "B02") REMOVEFROM (0 2)
        S: * 2 EXPUNGE
        S: f OK EXPUNGE completed
        C: g CANCELUPDATE "B01" "B99"
        S: g OK CANCELUPDATE completed
        C: h STORE 2 -FLAGS.SILENT ($Junk)
        S: h OK STORE completed
        C: i SEARCH RETURN (UPDATE) 1:2
        S: * ESEARCH (TAG "i") ALL 1:2
        S: * NO [NOUPDATE "i"] This result is not kept up to date
        S: i OK SEARCH completed
        C: k UNSELECT
        S: k OK <*>
        C: l CANCELUPDATE "B02"
        S: l BAD CANCELUPDATE is not allowed now
        """, "one", "two", "three");

    /// <summary>RFC 5267 section 4.3.4: messages come in, and fall out, at a place.</summary>
    [Fact]
    public Task A_sorted_result_is_kept_in_its_order() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a UID SORT RETURN (UPDATE ALL) (REVERSE SUBJECT) UTF-8 UNDELETED
        S: * ESEARCH (TAG "a") UID ALL 1,3,2
        S: a OK SORT completed
        R: b APPEND INBOX {14+}\r\nSubject: cod\r\n {14+}\r\nSubject: eel\r\n {14+}\r\nSubject: d\r\n\r\n\r\n
        S: * 6 EXISTS
        S: * 6 RECENT
        S: * ESEARCH (TAG "a") UID ADDTO (2 4 2 5 3 6)
        S: b OK <*>
        C: c STORE 1,5 +FLAGS.SILENT (\Deleted)
        S: * ESEARCH (TAG "a") UID REMOVEFROM (1 1 1 5)
        S: c OK STORE completed
        C: d EXPUNGE
        S: * 5 EXPUNGE
        S: * 1 EXPUNGE
        S: d OK EXPUNGE completed
        R: e APPEND INBOX {14+}\r\nSubject: zoo\r\n\r\n
        S: * 5 EXISTS
        S: * 5 RECENT
        S: * ESEARCH (TAG "a") UID ADDTO (1 7)
        S: e OK <*>
        C: f UID SORT (REVERSE SUBJECT) UTF-8 UNDELETED
        S: * SORT 7 6 4 3 2
        S: f OK SORT completed
        """, "Subject: fly\r\n\r\n", "Subject: ape\r\n\r\n", "Subject: bee\r\n\r\n");

    /// <summary>The dialogue of RFC 7377 section 3.</summary>
    [Fact]
    public Task Many_mailboxes_are_searched_at_once() => ImapBed.PlayAsync(LogIn + """
        C: a CREATE folder2/salmon
        S: a OK <*>
        R: b APPEND folder2 {22+}\r\nSubject: chad\r\n\r\nhello\r\n
        S: b OK <*>
        R: c APPEND folder2/salmon {22+}\r\nSubject: chad\r\n\r\nworld\r\n
        S: c OK <*>
        C: d ESEARCH IN (mailboxes (INBOX Nowhere) subtree folder2) RETURN (ALL COUNT) SUBJECT "chad"
        S: * ESEARCH (TAG "d" MAILBOX INBOX UIDVALIDITY <*>) UID ALL 2 COUNT 1
        S: * ESEARCH (TAG "d" MAILBOX folder2 UIDVALIDITY <*>) UID ALL 1 COUNT 1
        S: * ESEARCH (TAG "d" MAILBOX folder2/salmon UIDVALIDITY <*>) UID ALL 1 COUNT 1
        S: d OK ESEARCH completed
        C: e ESEARCH IN (subtree-one folder2) BODY world
        S: * ESEARCH (TAG "e" MAILBOX folder2/salmon UIDVALIDITY <*>) UID ALL 1
        S: e OK ESEARCH completed
        C: f ESEARCH SUBJECT chad
        S: f BAD Expected IN, for no mailbox is selected
        C: g ESEARCH IN (personal) RETURN (SAVE) ALL
        S: g BAD Expected neither SAVE nor UPDATE
        C: h ESEARCH IN (nonsense) ALL
        S: h BAD Expected SELECTED, <*>
        C: s SELECT folder2
        S: <skip 10>
        C: i ESEARCH RETURN (MIN) ALL
        S: * ESEARCH (TAG "i" MAILBOX folder2 UIDVALIDITY <*>) UID MIN 1
        S: i OK ESEARCH completed
        C: j ESEARCH IN (selected inboxes) RETURN (COUNT) ALL
        S: * ESEARCH (TAG "j" MAILBOX INBOX UIDVALIDITY <*>) UID COUNT 2
        S: * ESEARCH (TAG "j" MAILBOX folder2 UIDVALIDITY <*>) UID COUNT 1
        S: j OK ESEARCH completed
        """, "other", "Subject: Chad\r\n\r\n");

    [Fact]
    public async Task A_long_search_says_how_far_it_is()
    {
        var always = new ImapLimits { ProgressEvery = TimeSpan.FromTicks(-1) };
        string[] messages = [.. Enumerable.Repeat("one", 299), "x: y\r\n\r\ntwo"];
        await using var bed = await ImapBed.MakeAsync(always, null, messages);
        await bed.PlayAsync(LogInAndSelect + """
            C: a SEARCH BODY two
            S: * OK [INPROGRESS ("a" 0 300)] Looked through 0 of 300 messages
            S: * OK [INPROGRESS ("a" 256 300)] Looked through 256 of 300 messages
            S: * SEARCH 300
            S: a OK SEARCH completed
            """);
    }
}
