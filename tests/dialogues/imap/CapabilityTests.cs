using CompatBot.Protocols.Imap;
using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>Capabilities that are switched off, by the operator or for an account: neither told nor known.</summary>
public sealed class CapabilityTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_does_without_what_is_switched_off_for_it()
    {
        await using var bed = await MakeAsync(null, null, "one");
        string[] without = ["IDLE", "COMPRESS=DEFLATE", "MOVE", "UIDPLUS", "CONDSTORE", "SORT", "THREAD=REFERENCES", "QUOTA"];
        Assert.Equal(default, await bed.Accounts.SetImapWithoutAsync(bed.Account.Id, without, Cancellation));
        await bed.PlayAsync($"""
            S: * OK [CAPABILITY IMAP4rev1 <*> IDLE <*>] CompatBot ready
            C: l LOGIN {Address} {Password}
            S: l OK [CAPABILITY IMAP4rev1 IMAP4rev2 SASL-IR LITERAL+ ENABLE ID NAMESPACE UNSELECT <*>] LOGIN completed
            C: a CAPABILITY
            S: * CAPABILITY <*> STATUS=SIZE QRESYNC <*> UIDBATCHES METADATA <*> MULTIAPPEND UNAUTHENTICATE ESORT THREAD=ORDEREDSUBJECT <*>
            S: a OK CAPABILITY completed
            C: b IDLE
            S: b BAD Unknown command
            C: c COMPRESS DEFLATE
            S: c BAD Unknown command
            C: d GETQUOTAROOT INBOX
            S: d BAD Unknown command
            C: e ENABLE CONDSTORE QRESYNC
            S: * ENABLED QRESYNC
            S: e OK ENABLE completed
            C: s SELECT INBOX
            S: <skip 9>
            S: s OK <*>
            C: f UID MOVE 1 Trash
            S: f BAD Unknown command
            C: g UID EXPUNGE 1
            S: g BAD Unknown command
            C: h SORT (SUBJECT) UTF-8 ALL
            S: h BAD Unknown command
            C: i UID THREAD REFERENCES UTF-8 ALL
            S: i BAD No such algorithm
            C: j UID THREAD ORDEREDSUBJECT UTF-8 ALL
            S: * THREAD (1)
            S: j OK THREAD completed
            C: k EXPUNGE
            S: k OK [HIGHESTMODSEQ <*>] EXPUNGE completed
            C: m UID COPY 1 Trash
            S: m OK <*> COPY completed
            # Who logs out hears of all again.
            C: n UNAUTHENTICATE
            S: n OK UNAUTHENTICATE completed
            C: o CAPABILITY
            S: * CAPABILITY <*> IDLE <*> MOVE <*>
            S: o OK CAPABILITY completed
            """);
        Assert.Equal(without, await bed.Accounts.ImapWithoutAsync(bed.Account.Id, Cancellation));
        Assert.Equal(default, await bed.Accounts.SetImapWithoutAsync(bed.Account.Id, [], Cancellation));
        await bed.PlayAsync(LogIn + """
            C: b IDLE
            S: + idling
            """);
    }

    [Fact]
    public async Task A_server_does_without_what_its_operator_switches_off()
    {
        await using var bed = await MakeAsync();
        var without = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "notify", "AUTH=LOGIN", "acl" };
        var services = bed.Services with { Without = without };
        await Dialogue.PlayAsync(new ImapHandler(services, implicitTls: false), $"""
            S: * OK [CAPABILITY <*> OBJECTID INPROGRESS <*> LIST-METADATA RIGHTS=kxte <*> AUTH=SCRAM-SHA-256 AUTH=PLAIN] CompatBot ready
            C: a AUTHENTICATE LOGIN
            S: a NO [CANNOT] No such mechanism here
            C: b LOGIN {Address} {Password}
            S: b OK <*>
            C: c NOTIFY NONE
            S: c BAD Unknown command
            C: d GETACL INBOX
            S: d BAD Unknown command
            """, bed.Time);
    }

    [Fact] // RFC 5255 section 4.7, with the one comparator there is.
    public Task COMPARATOR_tells_how_text_is_compared() => ImapBed.PlayAsync(LogIn + """
        C: A000 COMPARATOR
        S: * COMPARATOR i;unicode-casemap
        S: A000 OK COMPARATOR completed
        C: A001 COMPARATOR "cz;*" "i;*"
        S: * COMPARATOR i;unicode-casemap
        S: A001 OK COMPARATOR completed
        C: A002 COMPARATOR default
        S: * COMPARATOR i;unicode-casemap
        S: A002 OK COMPARATOR completed
        C: A003 COMPARATOR "cz;*" i;basic -i;unicode-casemap
        S: A003 NO [BADCOMPARATOR] Only i;unicode-casemap
        C: A004 COMPARATOR "
        S: A004 BAD Expected a closing quote
        """);
}
