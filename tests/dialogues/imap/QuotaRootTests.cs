using CompatBot.Core.Identity;
using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>QUOTA (RFC 9208), APPENDLIMIT (RFC 7889), UNAUTHENTICATE (RFC 8437).</summary>
public sealed class QuotaRootTests
{
    [Fact]
    public async Task The_one_quota_root_says_what_is_used_and_allowed()
    {
        await using var bed = await MakeAsync(null, null, new string('a', 5000));
        await bed.SetQuotaAsync(new Quota(8192, null));
        await bed.PlayAsync(LogIn + """
            C: a GETQUOTAROOT inbox
            S: * QUOTAROOT INBOX ""
            S: * QUOTA "" (STORAGE 5 8)
            S: a OK GETQUOTAROOT completed
            C: b GETQUOTA ""
            S: * QUOTA "" (STORAGE 5 8)
            S: b OK GETQUOTA completed
            C: c GETQUOTA "other"
            S: c NO [NONEXISTENT] <*>
            C: d GETQUOTAROOT nowhere
            S: d NO [NONEXISTENT] <*>
            C: e SETQUOTA "" (STORAGE 100)
            S: e BAD <*>
            C: f GETQUOTA
            S: f BAD <*>
            R: g APPEND INBOX {4000+}\r\n
            """ + "\nR: " + new string('b', 4000) + "\\r\\n\n" + """
            S: g NO [OVERQUOTA] Quota exceeded
            """);
    }

    [Fact]
    public Task Without_a_limit_the_list_is_empty() => ImapBed.PlayAsync(LogIn + """
        C: a GETQUOTA ""
        S: * QUOTA "" ()
        S: a OK GETQUOTA completed
        """);

    [Fact]
    public Task STATUS_tells_the_limit_of_APPEND_and_what_EXPUNGE_would_free() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a STORE 2:3 +FLAGS.SILENT (\Deleted)
        S: a OK STORE completed
        C: b STATUS INBOX (APPENDLIMIT DELETED DELETED-STORAGE MESSAGES)
        S: * STATUS INBOX (APPENDLIMIT 104857600 DELETED 2 DELETED-STORAGE 7 MESSAGES 3)
        S: b OK STATUS completed
        C: c CAPABILITY
        S: * CAPABILITY <*> QUOTA QUOTA=RES-STORAGE UNAUTHENTICATE <*> APPENDLIMIT=104857600
        S: c OK CAPABILITY completed
        """, "one", "two", "four");

    [Fact]
    public Task After_UNAUTHENTICATE_another_logs_in_and_nothing_is_enabled() => ImapBed.PlayAsync(LogInAndSelect + $"""
        C: a ENABLE QRESYNC
        S: * ENABLED <*>
        S: * OK [HIGHESTMODSEQ <*>
        S: a OK <*>
        C: b UNAUTHENTICATE
        S: b OK UNAUTHENTICATE completed
        C: c STATUS INBOX (MESSAGES)
        S: c BAD <*>
        C: d FETCH 1 FLAGS
        S: d BAD <*>
        C: e LOGIN {ImapBed.Address} {ReadOnlyPassword}
        S: e OK [CAPABILITY <*>] LOGIN completed
        C: f SELECT INBOX (QRESYNC (1 1))
        S: f BAD Expected ENABLE QRESYNC first
        C: g UNAUTHENTICATE now
        S: g BAD <*>
        """, "one");
}
