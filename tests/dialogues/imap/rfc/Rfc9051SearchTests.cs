using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>The examples of RFC 9051 section 6.4.4 (and so of RFC 5182), in IMAP4rev2, where all results are ESEARCH.</summary>
public sealed class Rfc9051SearchTests
{
    private const string Select2 = LogIn + """
        C: e ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: e OK ENABLE completed
        C: s SELECT INBOX
        S: <skip 8>
        S: s OK <*>
        C: f STORE 2:3 +FLAGS.SILENT (\Flagged)
        S: f OK STORE completed

        """;

    /// <summary>The fifth says "мать".</summary>
    private static readonly string[] Six =
    [
        "From: Smith\r\n\r\n1",
        "From: Jones\r\n\r\n2",
        "From: Eric\r\n\r\n3",
        "From: Smith\r\n\r\n4",
        "From: Jones\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n0LzQsNGC0Yw=",
        "From: Eric\r\n\r\n6",
    ];

    /// <summary>Section 6.4.4: the examples without SAVE.</summary>
    [Fact]
    public Task What_is_returned() => ImapBed.PlayAsync(Select2 + """
        C: A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1969 NOT FROM "Smith"
        S: * ESEARCH (TAG "A282") MIN 2 COUNT 2
        S: A282 OK SEARCH completed
        C: A283 SEARCH RETURN () FLAGGED SINCE 1-Feb-1969 NOT FROM "Smith"
        S: * ESEARCH (TAG "A283") ALL 2:3
        S: A283 OK SEARCH completed
        C: A284 SEARCH TEXT "string not in mailbox"
        S: * ESEARCH (TAG "A284")
        S: A284 OK SEARCH completed
        C: A285 SEARCH CHARSET UTF-8 TEXT {8}
        S: + Ready for the literal
        C: мать
        S: * ESEARCH (TAG "A285") ALL 5
        S: A285 OK SEARCH completed
        C: A286 SEARCH RETURN (MIN) UNSEEN
        S: * ESEARCH (TAG "A286") MIN 1
        S: A286 OK SEARCH completed
        C: A287 UID SEARCH RETURN (MIN MAX) 1:6
        S: * ESEARCH (TAG "A287") UID MIN 1 MAX 6
        S: A287 OK SEARCH completed
        C: A288 SEARCH RETURN (COUNT) DELETED
        S: * ESEARCH (TAG "A288") COUNT 0
        S: A288 OK SEARCH completed
        """, Six);

    /// <summary>Section 6.4.4.4, examples 1 to 4: a result is used, also in the same packet, and in another search.</summary>
    [Fact]
    public Task A_saved_result_is_used() => ImapBed.PlayAsync(Select2 + """
        C: A282 SEARCH RETURN (SAVE) FLAGGED SINCE 1-Feb-1969 NOT FROM "Smith"
        S: A282 OK SEARCH completed
        C: A283 FETCH $ (UID FLAGS)
        S: * 2 FETCH (UID 2 FLAGS (\Flagged))
        S: * 3 FETCH (UID 3 FLAGS (\Flagged))
        S: A283 OK FETCH completed
        P: A282 SEARCH RETURN (SAVE) SINCE 1-Feb-1969 NOT FROM "Smith"
        P: A283 FETCH $ (UID)
        S: A282 OK SEARCH completed
        S: * 2 FETCH (UID 2)
        S: * 3 FETCH (UID 3)
        S: * 5 FETCH (UID 5)
        S: * 6 FETCH (UID 6)
        S: A283 OK FETCH completed
        C: A301 UID SEARCH UID $ SMALLER 20
        S: * ESEARCH (TAG "A301") UID ALL 2:3,6
        S: A301 OK SEARCH completed
        C: A302 UID SEARCH $ SMALLER 20
        S: * ESEARCH (TAG "A302") UID ALL 2:3,6
        S: A302 OK SEARCH completed
        C: A303 SEARCH RETURN (SAVE) FROM "Eric"
        S: A303 OK SEARCH completed
        C: P283 SEARCH CHARSET UTF-8 (OR $ 1,4:5) TEXT {8+}
        C: мать
        S: * ESEARCH (TAG "P283") ALL 5
        S: P283 OK SEARCH completed
        """, Six);

    /// <summary>Section 6.4.4.4, examples 5 and 6: a search that fails leaves nothing, and nothing is no mistake.</summary>
    [Fact]
    public Task A_failed_search_leaves_an_empty_result() => ImapBed.PlayAsync(Select2 + """
        C: c CREATE "Other Messages"
        S: c OK <*>
        C: B282 SEARCH RETURN (SAVE) SINCE 1-Feb-1969 NOT FROM "Smith"
        S: B282 OK SEARCH completed
        C: B283 SEARCH RETURN (SAVE) CHARSET KOI8-R (OR $ 1,3:6) TEXT {4}
        S: + Ready for the literal
        C: XXXX
        S: B283 NO [BADCHARSET (US-ASCII UTF-8)] <*>
        C: B284 FETCH $ (UID)
        S: B284 OK FETCH completed
        P: E282 SEARCH RETURN (SAVE) SINCE 28-Oct-2006 NOT FROM "Eric"
        P: E283 COPY $ "Other Messages"
        S: E282 OK SEARCH completed
        S: E283 OK COPY completed, nothing to copy
        """, Six);

    /// <summary>Section 6.4.4.4, examples 7 to 9: one after the other, and the last one counts.</summary>
    [Fact]
    public Task Results_are_saved_one_after_the_other() => ImapBed.PlayAsync(Select2 + """
        C: j STORE 1,4 +FLAGS.SILENT ($Junk)
        S: <skip 2>
        S: j OK STORE completed
        P: F282 SEARCH RETURN (SAVE) KEYWORD $Junk
        P: F283 COPY $ "Junk"
        P: F284 STORE $ +FLAGS.Silent (\Deleted)
        S: F282 OK SEARCH completed
        S: F283 OK [COPYUID <*> 1,4 1:2] COPY completed
        S: F284 OK STORE completed
        P: G282 SEARCH RETURN (SAVE) KEYWORD $Junk
        P: G283 SEARCH RETURN (ALL) SINCE 28-Oct-1969 FROM "Eric"
        S: G282 OK SEARCH completed
        S: * ESEARCH (TAG "G283") ALL 3,6
        S: G283 OK SEARCH completed
        P: H282 SEARCH RETURN (SAVE) KEYWORD $Junk
        P: H283 SEARCH RETURN (SAVE) SINCE 28-Oct-1969 FROM "Eric"
        P: H284 SEARCH RETURN (ALL) $
        S: H282 OK SEARCH completed
        S: H283 OK SEARCH completed
        S: * ESEARCH (TAG "H284") ALL 3,6
        S: H284 OK SEARCH completed
        """, Six);

    /// <summary>Section 6.4.4.4, example 10, and table 4: what is saved beside what is returned.</summary>
    [Theory]
    [InlineData("ALL", "ALL 2:3,5:6", "1")] // Without SAVE what was saved before stays.
    [InlineData("ALL SAVE", "ALL 2:3,5:6", "2:3,5:6")]
    [InlineData("SAVE MIN", "MIN 2", "2")]
    [InlineData("SAVE MAX", "MAX 6", "6")]
    [InlineData("MAX SAVE MIN", "MIN 2 MAX 6", "2,6")]
    [InlineData("MAX SAVE MIN COUNT", "MIN 2 MAX 6 COUNT 4", "2:3,5:6")]
    [InlineData("ALL SAVE MIN", "MIN 2 ALL 2:3,5:6", "2:3,5:6")]
    public Task What_is_saved_depends_on_what_is_returned(string options, string result, string saved) =>
        ImapBed.PlayAsync(Select2 + $"""
            C: b SEARCH RETURN (SAVE) 1
            S: b OK SEARCH completed
            C: C282 SEARCH RETURN ({options}) SINCE 12-Feb-1969 NOT FROM "Smith"
            S: * ESEARCH (TAG "C282") {result}
            S: C282 OK SEARCH completed
            C: d SEARCH RETURN (ALL) $
            S: * ESEARCH (TAG "d") ALL {saved}
            S: d OK SEARCH completed
            """, Six);
}
