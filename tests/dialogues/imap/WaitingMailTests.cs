using CompatBot.Protocols.Imap;
using Xunit;

namespace CompatBot.DialogueTests.Imap;

/// <summary>Mail that arrived while nobody was logged in comes into INBOX slice by slice, and open sessions hear of each.</summary>
public sealed class WaitingMailTests
{
    [Fact]
    public async Task A_session_that_began_with_the_first_slice_sees_exists_grow()
    {
        await using var bed = await ImapBed.MakeAsync();
        await bed.CloseAccountAsync();
        for (var i = 1; i <= 600; i++) await bed.DeliverAsync($"Subject: {i}\r\n\r\n");
        using var slices = new SemaphoreSlim(1);
        bed.HoldSlices(slices);
        await using var client = new DialogueClient(new ImapHandler(bed.Services, implicitTls: false));
        await client.PlayAsync("""
            S: * OK [CAPABILITY <*>] CompatBot ready
            C: l LOGIN ann@mail.test aaaaaaaaaaaaaaaaaaaaaaaaaa
            S: l OK [CAPABILITY <*>] LOGIN completed
            C: a1 EXAMINE INBOX
            S: * FLAGS <*>
            S: * OK [PERMANENTFLAGS ()] <*>
            S: * 256 EXISTS
            S: * 256 RECENT
            S: <skip>
            S: * OK [UIDVALIDITY <*>] UIDs valid
            S: * OK [UIDNEXT 257] Predicted next UID
            S: * OK [HIGHESTMODSEQ <*>] Highest
            S: * OK [MAILBOXID (<*>)] Ok
            S: a1 OK [READ-ONLY] EXAMINE completed
            C: a2 IDLE
            S: + idling
            """);

        // What arrives now stands behind what waits.
        await bed.DeliverAsync("Subject: 601\r\n\r\n");
        slices.Release();
        await client.PlayAsync("""
            S: * 512 EXISTS
            S: * 512 RECENT
            C: done
            S: a2 OK IDLE completed
            C: a3 NOOP
            S: a3 OK NOOP completed
            C: a4 IDLE
            S: + idling
            """);
        slices.Release();
        await client.PlayAsync("""
            S: * 601 EXISTS
            S: * 601 RECENT
            C: done
            S: a4 OK IDLE completed
            C: a5 FETCH 1,256:257,512:513,601 (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])
            S: * 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)] {14}
            S: Subject: 1
            S: <skip>
            S: )
            S: * 256 FETCH (UID 256 BODY[HEADER.FIELDS (SUBJECT)] {16}
            S: Subject: 256
            S: <skip>
            S: )
            S: * 257 FETCH (UID 257 BODY[HEADER.FIELDS (SUBJECT)] {16}
            S: Subject: 257
            S: <skip>
            S: )
            S: * 512 FETCH (UID 512 BODY[HEADER.FIELDS (SUBJECT)] {16}
            S: Subject: 512
            S: <skip>
            S: )
            S: * 513 FETCH (UID 513 BODY[HEADER.FIELDS (SUBJECT)] {16}
            S: Subject: 513
            S: <skip>
            S: )
            S: * 601 FETCH (UID 601 BODY[HEADER.FIELDS (SUBJECT)] {16}
            S: Subject: 601
            S: <skip>
            S: )
            S: a5 OK FETCH completed
            """);
    }
}
