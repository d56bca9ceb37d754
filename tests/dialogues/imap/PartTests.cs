using CompatBot.Protocols.Imap.Fetching;
using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>BINARY (RFC 3516), PREVIEW (RFC 8970), PARTIAL (RFC 9394).</summary>
public sealed class PartTests
{
    private static readonly string Encoded = """
        Subject: parts
        Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: text/plain; charset=iso-8859-1
        Content-Transfer-Encoding: quoted-printable

        gr=FC=DFe
        --b
        Content-Type: application/octet-stream
        Content-Transfer-Encoding: base64

        AGFiYw==
        --b
        Content-Type: text/plain
        Content-Transfer-Encoding: x-riddle

        ???
        --b--

        """.ReplaceLineEndings("\r\n");

    [Fact]
    public Task Parts_come_without_their_transfer_encoding() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a FETCH 1 (BINARY.SIZE[1] BINARY.SIZE[2] BINARY.PEEK[2])
        S: * 1 FETCH (BINARY.SIZE[1] 5 BINARY.SIZE[2] 4 BINARY[2] ~{4}
        S: <*>abc)
        S: a OK FETCH completed
        C: b FETCH 1 BINARY[2]<1.2>
        S: * 1 FETCH (BINARY[2]<1> ~{2}
        S: ab FLAGS (\Seen \Recent))
        S: b OK FETCH completed
        C: c FETCH 1 BINARY.PEEK[2]<9.5>
        S: * 1 FETCH (BINARY[2]<9> ~{0}
        S: )
        S: c OK FETCH completed
        C: d FETCH 1 BINARY.PEEK[3]
        S: d NO [UNKNOWN-CTE] A transfer encoding is not known
        C: e FETCH 1 BINARY.PEEK[1.TEXT]
        S: e BAD Expected part numbers alone
        C: f FETCH 1 (BINARY.PEEK[7] BINARY.SIZE[7])
        S: * 1 FETCH (BINARY[7] NIL BINARY.SIZE[7] NIL)
        S: f OK FETCH completed
        C: g FETCH 2 BINARY[]
        S: * 2 FETCH (BINARY[] {5}
        S: hello FLAGS (\Seen \Recent))
        S: g OK FETCH completed
        R: h APPEND INBOX ~{3+}\r\na\0b\r\n
        S: * 3 EXISTS
        S: * 3 RECENT
        S: h OK [APPENDUID <*> 3] APPEND completed
        """, Encoded, "hello");

    [Fact]
    public Task A_list_of_messages_shows_their_first_words() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a FETCH 1:4 (PREVIEW)
        S: * 1 FETCH (PREVIEW "The minutes follow.")
        S: * 2 FETCH (PREVIEW {7}
        S: grüße)
        S: * 3 FETCH (PREVIEW "a < b and more")
        S: * 4 FETCH (PREVIEW "")
        S: a OK FETCH completed
        C: b UID FETCH 1 (PREVIEW (LAZY) FLAGS)
        S: * 1 FETCH (UID 1 PREVIEW "The minutes follow." FLAGS (\Recent))
        S: b OK FETCH completed
        C: c FETCH 1 PREVIEW (CHANGEDSINCE 1)
        S: * OK [HIGHESTMODSEQ <*>] Highest
        S: * 1 FETCH (PREVIEW "The minutes follow." MODSEQ (<*>))
        S: c OK FETCH completed
        """,
        SampleMessages.Minutes,
        Encoded,
        "Content-Type: text/html\r\n\r\n<HTML><head><title>x</title></head><style>p{}</style><!-- no -->\r\n<p>a &lt; b</p>and <b>more</b>",
        "Content-Type: image/png\r\n\r\nxyz");

    [Theory]
    [InlineData("> you wrote\n\nYes.\n> and\nNo.", "Yes. No.")]
    [InlineData("> only\n> this", "> only > this")]
    [InlineData("a\u200b\t \r\nb", "a b")]
    [InlineData("", "")]
    public void Answers_begin_with_what_is_new(string text, string preview) => Assert.Equal(preview, Preview.Plain(text));

    [Theory]
    [InlineData("<style>never closed", "")]
    [InlineData("<p", "")]
    [InlineData("a<br>b<styled>c", "a b c")]
    [InlineData("&#x48;i&nbsp;&amp;", "Hi &")]
    public void Only_what_readers_show_counts(string html, string preview) => Assert.Equal(preview, Preview.Html(html));

    [Fact]
    public void It_ends_where_it_is_long_enough()
    {
        Assert.Equal(Preview.CharactersMax, Preview.Plain(new string('x', 5000)).Length);
        Assert.Equal(new string('x', Preview.CharactersMax - 1), Preview.Plain(new string('x', Preview.CharactersMax - 1) + "\U0001F600"));
    }

    /// <summary>The examples of RFC 9394 section 3.</summary>
    [Fact]
    public Task A_result_comes_in_pages() => ImapBed.PlayAsync(LogInAndSelect + """
        C: a UID SEARCH RETURN (PARTIAL -1:-2) ALL
        S: * ESEARCH (TAG "a") UID PARTIAL (-1:-2 4:5)
        S: a OK SEARCH completed
        C: b SEARCH RETURN (PARTIAL 2:3 COUNT) ALL
        S: * ESEARCH (TAG "b") COUNT 5 PARTIAL (2:3 2:3)
        S: b OK SEARCH completed
        C: c SEARCH RETURN (PARTIAL 9:12) ALL
        S: * ESEARCH (TAG "c") PARTIAL (9:12 NIL)
        S: c OK SEARCH completed
        C: d SEARCH RETURN (PARTIAL 1:2 ALL) ALL
        S: d BAD Expected ALL or PARTIAL, not both
        C: e SEARCH RETURN (PARTIAL 1:-2) ALL
        S: e BAD Expected both places from one end
        C: f UID FETCH 1:* (UID) (PARTIAL -1:-2)
        S: * 4 FETCH (UID 4)
        S: * 5 FETCH (UID 5)
        S: f OK FETCH completed
        C: g SEARCH RETURN (SAVE PARTIAL -1:-1) ALL
        S: * ESEARCH (TAG "g") PARTIAL (-1:-1 5)
        S: g OK SEARCH completed
        C: h SEARCH RETURN (COUNT RELEVANCY) FUZZY (UID $)
        S: * ESEARCH (TAG "h") RELEVANCY (100) COUNT 1
        S: h OK SEARCH completed
        C: i UID SEARCH RETURN (RELEVANCY ALL) FUZZY SUBJECT "" $
        S: * ESEARCH (TAG "i") UID
        S: i OK SEARCH completed
        C: j UID SEARCH RETURN (RELEVANCY ALL) $ FUZZY ALL
        S: * ESEARCH (TAG "j") UID ALL 5 RELEVANCY (100)
        S: j OK SEARCH completed
        """, "1", "2", "3", "4", "5");
}
