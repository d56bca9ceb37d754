using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>UIDBATCHES (RFC 10022), SAVEDATE (RFC 8514), THREADID (RFC 8474).</summary>
public sealed class BatchTests
{
    [Fact]
    public async Task Batches_meet_and_reach_down_to_the_first_UID()
    {
        await using var bed = await ImapBed.MakeAsync(null, null, [.. Enumerable.Range(0, 1250).Select(number => $"{number}")]);
        await bed.PlayAsync(LogInAndSelect + """
            C: a UID STORE 700,1249 +FLAGS.SILENT (\Deleted)
            S: a OK STORE completed
            C: b EXPUNGE
            S: * 1249 EXPUNGE
            S: * 700 EXPUNGE
            S: b OK EXPUNGE completed
            C: c UIDBATCHES 500
            S: * UIDBATCHES (TAG "c") 1250:750,749:249,248:1
            S: c OK UIDBATCHES completed
            C: d UIDBATCHES 500 2:2
            S: * UIDBATCHES (TAG "d") 749:249
            S: d OK UIDBATCHES completed
            C: e UIDBATCHES 4294967295 1:1
            S: * UIDBATCHES (TAG "e") 1250:1
            S: e OK UIDBATCHES completed
            C: f UIDBATCHES 500 4:9
            S: * UIDBATCHES (TAG "f")
            S: f OK UIDBATCHES completed
            C: g UIDBATCHES 10
            S: g NO [TOOFEW] <*>
            C: h UIDBATCHES 500 20:10
            S: h BAD [CLIENTBUG] <*>
            C: i UIDBATCHES 500 10
            S: i BAD <*>
            C: j UIDBATCHES 500 0:1
            S: j BAD <*>
            C: k SELECT Drafts
            S: <skip 9>
            S: k OK <*>
            C: l UIDBATCHES 1000
            S: * UIDBATCHES (TAG "l")
            S: l OK UIDBATCHES completed
            """);
    }

    /// <summary>RFC 8514 section 4: a copy is saved when it is made, whatever its INTERNALDATE.</summary>
    [Fact]
    public Task The_date_of_saving_is_that_of_the_mailbox() => ImapBed.PlayAsync(LogInAndSelect + """
        R: a APPEND INBOX "01-Feb-1994 10:00:00 +0000" {3+}\r\nold\r\n
        S: * 2 EXISTS
        S: * 2 RECENT
        S: a OK <*>
        T: 00:20:00
        C: b COPY 2 INBOX
        S: * 3 EXISTS
        S: * 3 RECENT
        S: b OK <*>
        C: c STORE 2 +FLAGS.SILENT (\Seen)
        S: c OK <*>
        C: d FETCH 2:3 (INTERNALDATE SAVEDATE)
        S: * 2 FETCH (INTERNALDATE "01-Feb-1994 10:00:00 +0000" SAVEDATE "21-Nov-2026 12:00:00 +0000")
        S: * 3 FETCH (INTERNALDATE "01-Feb-1994 10:00:00 +0000" SAVEDATE "21-Nov-2026 12:20:00 +0000")
        S: d OK FETCH completed
        C: e SEARCH 2:3 SAVEDON 21-Nov-2026
        S: * SEARCH 2 3
        S: e OK SEARCH completed
        C: f SEARCH OR SAVEDBEFORE 21-Nov-2026 SAVEDSINCE 22-Nov-2026
        S: * SEARCH
        S: f OK SEARCH completed
        C: g SEARCH SAVEDATESUPPORTED
        S: * SEARCH 1 2 3
        S: g OK SEARCH completed
        """, "one");

    [Fact]
    public Task Answers_belong_to_the_conversation_that_they_name() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a FETCH 1:4 THREADID
        S: * 1 FETCH (THREADID (Tca978112ca1bbdcafac231b39a23dc4d))
        S: * 2 FETCH (THREADID (Tca978112ca1bbdcafac231b39a23dc4d))
        S: * 3 FETCH (THREADID (Tca978112ca1bbdcafac231b39a23dc4d))
        S: * 4 FETCH (THREADID NIL)
        S: a OK FETCH completed
        C: b SEARCH THREADID Tca978112ca1bbdcafac231b39a23dc4d
        S: * SEARCH 1 2 3
        S: b OK SEARCH completed
        """,
        "Message-ID: <a>\r\n\r\n",
        "Message-ID: <b>\r\nIn-Reply-To: <a>\r\n\r\n",
        "Message-ID: <c>\r\nReferences: <a> <b>\r\nIn-Reply-To: <b>\r\n\r\n",
        "Subject: alone\r\n\r\n");
}
