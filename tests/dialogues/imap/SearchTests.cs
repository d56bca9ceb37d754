using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

public sealed class SearchTests
{
    private static readonly string[] Messages =
    [
        "From: Ann <ann@mail.test>\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= aus Bonn\r\n"
            + "Date: Tue, 1 Feb 1994 23:30:00 -0500\r\n\r\nHello World\r\n",
        "From: bob@mail.test\r\nTo: ann@mail.test\r\nX-Mark: yes\r\nContent-Type: text/plain; charset=utf-8\r\n"
            + "Content-Transfer-Encoding: base64\r\n\r\nWsO8cmljaCBpc3Qgc2Now7Zu\r\n",
        "Cc: carl@mail.test\r\nBcc: dora@mail.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            + "--b\r\n\r\nplain needle\r\n--b\r\nContent-Type: image/png\r\n\r\npicture needle2\r\n--b--\r\n",
    ];

    [Theory]
    [InlineData("ALL", "1 2 3")]
    [InlineData("2:*", "2 3")]
    [InlineData("UID 1,3", "1 3")]
    [InlineData("NOT 1", "2 3")]
    [InlineData("OR 1 3", "1 3")]
    [InlineData("(OR FROM ann FROM bob) NOT 2", "1")]
    [InlineData("FROM ANN", "1")]
    [InlineData("TO ann", "2")]
    [InlineData("CC carl", "3")]
    [InlineData("BCC dora", "3")]
    [InlineData("SUBJECT bonn", "1")]
    [InlineData("HEADER X-Mark \"\"", "2")]
    [InlineData("HEADER X-Mark no", "")]
    [InlineData("BODY world", "1")]
    [InlineData("BODY needle", "3")]
    [InlineData("BODY needle2", "")]
    [InlineData("BODY Bonn", "")]
    [InlineData("TEXT Bonn", "1")]
    [InlineData("TEXT \"\"", "1 2 3")]
    [InlineData("UNSEEN", "1 2 3")]
    [InlineData("SEEN", "")]
    [InlineData("RECENT NEW", "1 2 3")]
    [InlineData("OLD", "")]
    [InlineData("UNKEYWORD $x", "1 2 3")]
    [InlineData("KEYWORD $x", "")]
    [InlineData("LARGER 100 SMALLER 160", "1 2")]
    [InlineData("SENTON 1-Feb-1994", "1")]
    [InlineData("SENTBEFORE 1-Feb-1994", "")]
    [InlineData("SENTSINCE 2-Feb-1994", "")]
    [InlineData("ON 1-Jan-1970", "1 2 3")]
    [InlineData("SINCE 2-Jan-1970", "")]
    [InlineData("BEFORE 2-Jan-1970", "1 2 3")]
    [InlineData("CHARSET US-ASCII TEXT hello", "1")]
    public Task Search_finds(string key, string found) => PlayAsync(LogInAndSelect + $"""
        C: a1 SEARCH {key}
        S: * SEARCH{(found.Length > 0 ? " " : "")}{found}
        S: a1 OK SEARCH completed
        C: a2 SEARCH TEXT "now every message's signature is known"
        S: * SEARCH
        S: a2 OK SEARCH completed
        C: a3 SEARCH {key}
        S: * SEARCH{(found.Length > 0 ? " " : "")}{found}
        S: a3 OK SEARCH completed
        """, Messages);

    [Fact]
    public Task Search_decodes_what_it_looks_through() => PlayAsync(LogInAndSelect + """
        C: a1 SEARCH CHARSET UTF-8 SUBJECT {7}
        S: + Ready for the literal
        R: gr\xC3\xBC\xC3\x9F
        C: e
        S: * SEARCH 1
        S: a1 OK SEARCH completed
        C: a2 UID SEARCH CHARSET utf-8 SUBJECT {6+}
        C: GRÜß BODY hello
        S: * SEARCH 1
        S: a2 OK SEARCH completed
        C: a3 SEARCH BODY {7}
        S: + Ready for the literal
        C: zürich
        S: * SEARCH 2
        S: a3 OK SEARCH completed
        """, Messages);

    [Theory]
    [InlineData("SEARCH", "BAD Expected a space")]
    [InlineData("SEARCH FOO", "BAD Expected a search key")]
    [InlineData("SEARCH 4", "BAD Expected numbers of messages that exist")]
    [InlineData("SEARCH NOT (OR 1 9)", "BAD Expected numbers of messages that exist")]
    [InlineData("SEARCH CHARSET ISO-8859-1 ALL", "NO [BADCHARSET (US-ASCII UTF-8)] US-ASCII or UTF-8, please")]
    [InlineData("SEARCH BEFORE x", "BAD Expected a date such as 1-Feb-1994")]
    public Task A_mistake_is_answered_with_what_was_expected(string command, string reply) => PlayAsync(LogInAndSelect + $"""
        C: a1 {command}
        S: a1 {reply}
        """, Messages);
}
