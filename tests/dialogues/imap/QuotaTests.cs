using CompatBot.Core.Identity;
using Xunit;

namespace CompatBot.DialogueTests.Imap;

/// <summary>A full account: what a client may still do, and what it is told (RFC 5530).</summary>
public sealed class QuotaTests
{
    [Fact]
    public async Task On_a_full_account_nothing_is_added_and_all_else_goes_on()
    {
        await using var bed = await ImapBed.MakeAsync(null, null, "xxxx", "yyyy");
        await bed.SetQuotaAsync(new Quota(9, null));
        await bed.PlayAsync(ImapBed.LogInAndSelect + """
            C: a1 APPEND INBOX {2}
            S: + Ready for the message
            C: ww
            S: a1 NO [OVERQUOTA] Quota exceeded
            C: a2 COPY 1 Archive
            S: a2 NO [OVERQUOTA] Quota exceeded
            C: a3 MOVE 1 Archive
            S: * OK [COPYUID <*> 1 1] <*>
            S: * 1 EXPUNGE
            S: a3 OK MOVE completed
            C: a4 STORE 1 +FLAGS.SILENT (\Deleted)
            S: a4 OK STORE completed
            C: a5 EXPUNGE
            S: * 1 EXPUNGE
            S: a5 OK EXPUNGE completed
            C: a6 APPEND Sent {2}
            S: + Ready for the message
            C: ww
            S: a6 OK [APPENDUID <*> 1] APPEND completed
            """);
    }
}
