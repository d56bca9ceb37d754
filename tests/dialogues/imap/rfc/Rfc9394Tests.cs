using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>The examples of RFC 9394, PARTIAL, that <see cref="PartTests"/> does not have.</summary>
public sealed class Rfc9394Tests
{
    private static readonly string[] Nine = [.. Enumerable.Range(1, 9).Select(number => $"{number}")];

    /// <summary>Section 3.1: pages from the end, across the end, and beyond it.</summary>
    [Fact]
    public Task Pages_begin_at_either_end() => ImapBed.PlayAsync(LogInAndSelect + """
        C: x STORE 4,6 +FLAGS.SILENT (\Deleted)
        S: x OK STORE completed
        C: A01 UID SEARCH RETURN (PARTIAL -1:-3) UNDELETED UNKEYWORD $Junk
        S: * ESEARCH (TAG "A01") UID PARTIAL (-1:-3 7:9)
        S: A01 OK SEARCH completed
        P: A02 UID SEARCH RETURN (PARTIAL 6:9) UNDELETED UNKEYWORD $Junk
        P: A03 UID SEARCH RETURN (PARTIAL 1:5) UNDELETED UNKEYWORD $Junk
        P: A04 UID SEARCH RETURN (PARTIAL 8:9) UNDELETED UNKEYWORD $Junk
        S: * ESEARCH (TAG "A02") UID PARTIAL (6:9 8:9)
        S: A02 OK SEARCH completed
        S: * ESEARCH (TAG "A03") UID PARTIAL (1:5 1:3,5,7)
        S: A03 OK SEARCH completed
        S: * ESEARCH (TAG "A04") UID PARTIAL (8:9 NIL)
        S: A04 OK SEARCH completed
        # Section 4: 500:400 is the same as 400:500.
        C: A05 UID SEARCH RETURN (PARTIAL 5:4) ALL
        S: * ESEARCH (TAG "A05") UID PARTIAL (5:4 4:5)
        S: A05 OK SEARCH completed
        C: A06 UID SEARCH RETURN (PARTIAL -5:-4) ALL
        S: * ESEARCH (TAG "A06") UID PARTIAL (-5:-4 5:6)
        S: A06 OK SEARCH completed
        """, Nine);

    /// <summary>Section 3.2, table 1: what "$" stands for.</summary>
    [Theory]
    [InlineData("SAVE PARTIAL 3:4", "PARTIAL (3:4 3:4)", "3:4")]
    [InlineData("SAVE PARTIAL 3:4 MIN", "MIN 1 PARTIAL (3:4 3:4)", "1,3:4")]
    [InlineData("SAVE PARTIAL 3:4 MAX", "MAX 9 PARTIAL (3:4 3:4)", "3:4,9")]
    [InlineData("SAVE PARTIAL 3:4 MIN MAX", "MIN 1 MAX 9 PARTIAL (3:4 3:4)", "1,3:4,9")]
    [InlineData("SAVE PARTIAL 3:4 COUNT", "COUNT 9 PARTIAL (3:4 3:4)", "1:9")]
    [InlineData("SAVE PARTIAL 3:4 COUNT MIN", "MIN 1 COUNT 9 PARTIAL (3:4 3:4)", "1:9")]
    public Task A_saved_page_is_what_the_table_says(string options, string result, string saved) => ImapBed.PlayAsync(LogInAndSelect + $"""
        C: a SEARCH RETURN ({options}) ALL
        S: * ESEARCH (TAG "a") {result}
        S: a OK SEARCH completed
        C: b SEARCH RETURN (ALL) $
        S: * ESEARCH (TAG "b") ALL {saved}
        S: b OK SEARCH completed
        """, Nine);

    /// <summary>Sections 3.3 and 3.4: of the last messages those that changed, and not the last ones that changed.</summary>
    [Fact]
    public Task A_page_of_FETCH_is_cut_before_what_changed_is_looked_for() => ImapBed.PlayAsync(LogInAndSelect + """
        C: x STORE 2,8 +FLAGS.SILENT (\Seen)
        S: x OK STORE completed
        C: 10 UID FETCH 2:99 (UID FLAGS) (PARTIAL -1:-3)
        S: * 7 FETCH (UID 7 FLAGS (\Recent))
        S: * 8 FETCH (UID 8 FLAGS (\Seen \Recent))
        S: * 9 FETCH (UID 9 FLAGS (\Recent))
        S: 10 OK FETCH completed
        C: 11 UID FETCH 2:99 (UID FLAGS) (PARTIAL 1:2)
        S: * 2 FETCH (UID 2 FLAGS (\Seen \Recent))
        S: * 3 FETCH (UID 3 FLAGS (\Recent))
        S: 11 OK FETCH completed
        C: 101 UID FETCH 1:99 (UID FLAGS) (PARTIAL -1:-3 CHANGEDSINCE 11)
        S: * OK [HIGHESTMODSEQ 12] Highest
        S: * 8 FETCH (UID 8 FLAGS (\Seen \Recent) MODSEQ (12))
        S: 101 OK FETCH completed
        C: 102 UID FETCH 1:99 (UID FLAGS) (CHANGEDSINCE 11 PARTIAL -1:-3)
        S: * 8 FETCH (UID 8 FLAGS (\Seen \Recent) MODSEQ (12))
        S: 102 OK FETCH completed
        """, Nine);
}
