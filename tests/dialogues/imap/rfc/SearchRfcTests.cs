using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>The examples of RFC 4731 (ESEARCH), RFC 5256 (SORT, THREAD) and RFC 8474 (OBJECTID).</summary>
public sealed class SearchRfcTests
{
    private static readonly string[] Eleven = [.. Enumerable.Range(1, 11).Select(number =>
        $"From: {(number % 2 == 0 ? "Jones" : "Smith")} <a@x.test>\r\nSubject: {(char)('z' - number)}\r\n\r\n")];

    /// <summary>RFC 4731 section 3.1.</summary>
    [Fact]
    public Task Rfc4731_returns_what_was_asked_for() => ImapBed.PlayAsync(LogInAndSelect + """
        C: x STORE 2,4,10:11 +FLAGS.SILENT (\Flagged)
        S: x OK STORE completed
        C: y STORE 1:3 +FLAGS.SILENT (\Seen)
        S: y OK STORE completed
        C: A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1969 NOT FROM "Smith"
        S: * ESEARCH (TAG "A282") MIN 2 COUNT 3
        S: A282 OK SEARCH completed
        C: A283 SEARCH RETURN () FLAGGED SINCE 1-Feb-1969 NOT FROM "Smith"
        S: * ESEARCH (TAG "A283") ALL 2,4,10
        S: A283 OK SEARCH completed
        C: A284 SEARCH RETURN (MIN) UNSEEN
        S: * ESEARCH (TAG "A284") MIN 4
        S: A284 OK SEARCH completed
        C: A285 UID SEARCH RETURN (MIN MAX) 1:11
        S: * ESEARCH (TAG "A285") UID MIN 1 MAX 11
        S: A285 OK SEARCH completed
        C: A286 SEARCH RETURN (COUNT) DELETED
        S: * ESEARCH (TAG "A286") COUNT 0
        S: A286 OK SEARCH completed
        """, Eleven);

    /// <summary>RFC 4731 section 3.2: the mod-sequence of what is returned, and with COUNT that of all.</summary>
    [Fact]
    public Task Rfc4731_tells_the_mod_sequence_of_what_it_returns() => ImapBed.PlayAsync(LogIn + """
        C: s SELECT INBOX (CONDSTORE)
        S: <skip 9>
        S: s OK <*>
        C: x STORE 2 +FLAGS.SILENT (\Flagged)
        S: * 2 FETCH (UID 2 MODSEQ (14))
        S: x OK STORE completed
        C: y STORE 5 +FLAGS.SILENT (\Flagged)
        S: * 5 FETCH (UID 5 MODSEQ (15))
        S: y OK STORE completed
        C: a1 SEARCH RETURN (MIN) MODSEQ "/flags/\\draft" all 11
        S: * ESEARCH (TAG "a1") MIN 2 MODSEQ 14
        S: a1 OK SEARCH completed
        C: a2 SEARCH RETURN (MAX) MODSEQ "/flags/\\draft" all 11
        S: * ESEARCH (TAG "a2") MAX 11 MODSEQ 12
        S: a2 OK SEARCH completed
        C: a3 SEARCH RETURN (MIN MAX) MODSEQ "/flags/\\draft" all 11
        S: * ESEARCH (TAG "a3") MIN 2 MAX 11 MODSEQ 14
        S: a3 OK SEARCH completed
        C: a4 SEARCH RETURN (MIN COUNT) MODSEQ "/flags/\\draft" all 11
        S: * ESEARCH (TAG "a4") MIN 2 COUNT 4 MODSEQ 15
        S: a4 OK SEARCH completed
        """, Eleven);

    /// <summary>RFC 5256 section 3: the three examples of SORT.</summary>
    [Fact]
    public Task Rfc5256_sorts() => ImapBed.PlayAsync(LogInAndSelect + """
        C: A282 SORT (SUBJECT) UTF-8 SINCE 1-Feb-1969 FROM "Jones"
        S: * SORT 10 8 6 4 2
        S: A282 OK SORT completed
        C: A283 SORT (SUBJECT REVERSE DATE) UTF-8 ALL
        S: * SORT 11 10 9 8 7 6 5 4 3 2 1
        S: A283 OK SORT completed
        C: A284 SORT (SUBJECT) US-ASCII TEXT "not in mailbox"
        S: * SORT
        S: A284 OK SORT completed
        """, Eleven);

    /// <summary>RFC 5256 section 4: the trees of its examples, "(2)(3 6 (4 23)(44 7 96))" and an absent parent, with our numbers.</summary>
    [Fact]
    public Task Rfc5256_threads() => ImapBed.PlayAsync(LogInAndSelect + """
        C: A283 THREAD ORDEREDSUBJECT UTF-8 SINCE 1-Feb-1969
        S: * THREAD (1)(2)(3)(4)(5)(6)(7)(8)(9)(10)
        S: A283 OK THREAD completed
        C: A284 THREAD REFERENCES UTF-8 SINCE 1-Feb-1969
        S: * THREAD (1)(2 3 (4 5)(6 7 8))((9)(10))
        S: A284 OK THREAD completed
        C: A285 THREAD ORDEREDSUBJECT US-ASCII TEXT "gewp"
        S: * THREAD
        S: A285 OK THREAD completed
        """,
        Threaded(1), Threaded(2), Threaded(3, 2), Threaded(4, 2, 3), Threaded(5, 2, 3, 4), Threaded(6, 2, 3), Threaded(7, 2, 3, 6),
        Threaded(8, 2, 3, 6, 7), Threaded(9, 99), Threaded(10, 99));

    /// <summary>RFC 8474 sections 4.1 to 4.3.</summary>
    [Fact]
    public Task Rfc8474_names_mailboxes_for_ever() => ImapBed.PlayAsync(LogIn + """
        C: 3 create foo
        S: 3 OK [MAILBOXID (F7)] CREATE completed
        C: 4 create bar
        S: 4 OK [MAILBOXID (F8)] CREATE completed
        C: 5 create foo
        S: 5 NO [ALREADYEXISTS] Mailbox already exists
        C: 27 select "foo"
        S: <skip 7>
        S: * OK [MAILBOXID (F7)] Ok
        S: 27 OK [READ-WRITE] SELECT completed
        C: 6 status foo (mailboxid)
        S: * STATUS foo (MAILBOXID (F7))
        S: 6 OK STATUS completed
        C: 8 rename foo renamed
        S: 8 OK RENAME completed
        C: 9 status renamed (mailboxid)
        S: * STATUS renamed (MAILBOXID (F7))
        S: 9 OK STATUS completed
        C: 10 create foo
        S: 10 OK [MAILBOXID (F9)] CREATE completed
        C: 11 list "" (bar renamed) return (status (mailboxid))
        S: * LIST (\HasNoChildren) "/" bar
        S: * STATUS bar (MAILBOXID (F8))
        S: * LIST (\HasNoChildren) "/" renamed
        S: * STATUS renamed (MAILBOXID (F7))
        S: 11 OK LIST completed
        """);

    /// <summary>RFC 8474 section 4: RENAME of INBOX makes a new mailbox, and INBOX stays what it is.</summary>
    [Fact]
    public Task Rfc8474_INBOX_keeps_its_id() => ImapBed.PlayAsync(LogIn + """
        C: a rename inbox old
        S: a OK RENAME completed
        C: b list "" (INBOX old) return (status (mailboxid messages))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MAILBOXID (F1) MESSAGES 0)
        S: * LIST (\HasNoChildren) "/" old
        S: * STATUS old (MAILBOXID (F7) MESSAGES 11)
        S: b OK LIST completed
        """, Eleven);

    /// <summary>RFC 8474 sections 5 and 6: a message keeps its ids where it goes.</summary>
    [Fact]
    public async Task Rfc8474_messages_keep_their_ids_where_they_go()
    {
        await using var bed = await ImapBed.MakeAsync(null, null, Threaded(1), Threaded(2, 1), Threaded(3));
        await using var client = new DialogueClient(new Protocols.Imap.ImapHandler(bed.Services, implicitTls: false));
        await client.SendAsync($"a LOGIN {Address} {Password}\r\nb SELECT INBOX\r\n22 fetch 1 (emailid threadid)\r\n");
        string line;
        do line = (await client.ReadLineAsync())!; while (!line.StartsWith("* 1 FETCH", StringComparison.Ordinal));
        var (email, thread) = (line[20..line.IndexOf(')', StringComparison.Ordinal)], line[(line.LastIndexOf('(') + 1)..^2]);
        await bed.PlayAsync(LogInAndSelect + $$"""
            C: 22 fetch 1:* (emailid threadid)
            S: * 1 FETCH (EMAILID ({{email}}) THREADID ({{thread}}))
            S: * 2 FETCH (EMAILID (M<*>) THREADID ({{thread}}))
            S: * 3 FETCH (EMAILID (M<*>) THREADID (T<*>))
            S: 22 OK FETCH completed
            C: 27 search emailid {{email}}
            S: * SEARCH 1
            S: 27 OK SEARCH completed
            C: 28 search threadid {{thread}}
            S: * SEARCH 1 2
            S: 28 OK SEARCH completed
            C: 23 move 1 Archive
            S: * OK [COPYUID <*> 1 1] Moved
            S: * 1 EXPUNGE
            S: 23 OK MOVE completed
            C: 25 select Archive
            S: <skip 10>
            S: 25 OK [READ-WRITE] SELECT completed
            C: 26 fetch 1:* (emailid threadid)
            S: * 1 FETCH (EMAILID ({{email}}) THREADID ({{thread}}))
            S: 26 OK FETCH completed
            """);
    }

    private static string Threaded(int id, params int[] references) =>
        $"Message-ID: <{id}@x>\r\nSubject: s{id}\r\nDate: {id} Mar 2026 10:00:00 +0000\r\n"
        + (references.Length == 0 ? "" : $"References: {string.Join(' ', references.Select(one => $"<{one}@x>"))}\r\n") + "\r\nb\r\n";
}
