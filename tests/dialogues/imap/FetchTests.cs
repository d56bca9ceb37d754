using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

public sealed class FetchTests
{
    [Fact] // RFC 3501 section 6.4.5
    public Task Sections_are_found_by_number() => PlayAsync(LogInAndSelect + """
        C: a1 FETCH 1 (BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[2] BODY.PEEK[2.HEADER] BODY.PEEK[2.TEXT])
        S: * 1 FETCH (BODY[1] {2}
        S: hi BODY[1.MIME] {43}
        S: Content-Type: text/plain; charset=utf-8
        S: 
        S:  BODY[2] {16}
        S: Subject: in
        S: 
        S: ! BODY[2.HEADER] {15}
        S: Subject: in
        S: 
        S:  BODY[2.TEXT] {1}
        S: !)
        S: a1 OK FETCH completed
        C: b1 FETCH 1 (BODY.PEEK[2.1] BODY.PEEK[3] BODY.PEEK[1.HEADER])
        S: * 1 FETCH (BODY[2.1] {1}
        S: ! BODY[3] NIL BODY[1.HEADER] NIL)
        S: b1 OK FETCH completed
        C: a2 FETCH 1 (BODY.PEEK[HEADER.FIELDS (SUBJECT DATE)] BODY.PEEK[HEADER.FIELDS.NOT (Content-Type)])
        S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT DATE)] {16}
        S: Subject: out
        S: 
        S:  BODY[HEADER.FIELDS.NOT (Content-Type)] {16}
        S: Subject: out
        S: 
        S: )
        S: a2 OK FETCH completed
        C: a3 FETCH 1 (BODY.PEEK[2.HEADER.FIELDS (subject)] BODY.PEEK[HEADER.FIELDS (X-Nothing)])
        S: * 1 FETCH (BODY[2.HEADER.FIELDS (subject)] {15}
        S: Subject: in
        S: 
        S:  BODY[HEADER.FIELDS (X-Nothing)] {2}
        S: 
        S: )
        S: a3 OK FETCH completed
        """, SampleMessages.Nested);

    [Fact] // iOS asks for BODY.PEEK[]<0.393216> and loops for ever where the reply does not say <0> and the true length.
    public Task A_partial_says_where_it_starts_and_how_long_it_is() => PlayAsync(LogInAndSelect + """
        C: a1 UID FETCH 1 (BODY.PEEK[TEXT]<0.393216>)
        S: * 1 FETCH (UID 1 BODY[TEXT]<0> {21}
        S: The minutes follow.
        S: )
        S: a1 OK FETCH completed
        C: a2 FETCH 1 BODY.PEEK[TEXT]<4.7>
        S: * 1 FETCH (BODY[TEXT]<4> {7}
        S: minutes)
        S: a2 OK FETCH completed
        C: a3 FETCH 1 BODY.PEEK[TEXT]<21.5>
        S: * 1 FETCH (BODY[TEXT]<21> {0}
        S: )
        S: a3 OK FETCH completed
        C: a4 FETCH 1 BODY.PEEK[]<99999999999.9223372036854775807>
        S: * 1 FETCH (BODY[]<99999999999> {0}
        S: )
        S: a4 OK FETCH completed
        C: a5 FETCH 1 BODY.PEEK[HEADER.FIELDS (Mime-Version)]<5.9>
        S: * 1 FETCH (BODY[HEADER.FIELDS (Mime-Version)]<5> {9}
        S: Version: )
        S: a5 OK FETCH completed
        """, SampleMessages.Minutes);

    [Fact]
    public Task A_body_sets_seen_and_says_so_once() => PlayAsync(LogInAndSelect + """
        C: a1 FETCH 1 BODY.PEEK[TEXT]
        S: * 1 FETCH (BODY[TEXT] {1}
        S: x)
        S: a1 OK FETCH completed
        C: a2 FETCH 1:2 RFC822.TEXT
        S: * 1 FETCH (RFC822.TEXT {1}
        S: x FLAGS (\Seen \Recent))
        S: * 2 FETCH (RFC822.TEXT {1}
        S: y FLAGS (\Seen \Recent))
        S: a2 OK FETCH completed
        C: a3 FETCH 1 (RFC822 FLAGS)
        S: * 1 FETCH (RFC822 {3}
        S: 
        S: x FLAGS (\Seen \Recent))
        S: a3 OK FETCH completed
        C: a4 NOOP
        S: a4 OK NOOP completed
        """, "\r\nx", "\r\ny");

    [Fact]
    public Task Structures_of_strange_messages_are_sound() => PlayAsync(LogInAndSelect + """
        C: a1 FETCH 1:2 (BODYSTRUCTURE)
        S: * 1 FETCH (BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL))
        S: * 2 FETCH (BODYSTRUCTURE (("text" "plain" <*> NIL NIL "7bit" 0 0 NIL NIL NIL NIL) "mixed" NIL NIL NIL NIL))
        S: a1 OK FETCH completed
        C: a2 FETCH 1:3 (ENVELOPE RFC822.SIZE)
        S: * 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) RFC822.SIZE 1)
        S: * 2 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) RFC822.SIZE 33)
        S: * 3 FETCH (ENVELOPE (NIL {5}
        S: <*> NIL NIL NIL NIL NIL NIL NIL NIL) RFC822.SIZE 16)
        S: a2 OK FETCH completed
        """, "x", "Content-Type: multipart/mixed\r\n\r\n", "Subject: \xE9t\xE9\xE9\xE9\r\n");

    [Theory]
    [InlineData("FETCH 3 FLAGS", "BAD Expected numbers of messages that exist")]
    [InlineData("FETCH 1:3 FLAGS", "BAD Expected numbers of messages that exist")]
    [InlineData("FETCH 0 FLAGS", "BAD Expected a sequence set")]
    [InlineData("FETCH x FLAGS", "BAD Expected a sequence set")]
    [InlineData("FETCH 1", "BAD Expected a space")]
    [InlineData("FETCH 1 FLAGS x", "BAD Expected (")]
    [InlineData("UID FETCH 99 FLAGS", "OK FETCH completed")]
    [InlineData("UID FOO 1", "BAD Expected COPY, EXPUNGE, FETCH, MOVE, REPLACE, SEARCH, SORT, STORE or THREAD")]
    [InlineData("UID", "BAD Expected a space")]
    public Task A_mistake_is_answered_with_what_was_expected(string command, string reply) => PlayAsync(LogInAndSelect + $"""
        C: a1 {command}
        S: a1 {reply}
        """, "x", "y");

    [Fact]
    public Task Star_names_the_last_message() => PlayAsync(LogInAndSelect + """
        C: a1 UID FETCH 99:* FLAGS
        S: * 2 FETCH (UID 2 FLAGS (\Recent))
        S: a1 OK FETCH completed
        C: a2 FETCH * UID
        S: * 2 FETCH (UID 2)
        S: a2 OK FETCH completed
        """, "x", "y");

    [Fact]
    public async Task What_is_damaged_is_said_and_the_rest_is_sent()
    {
        await using var bed = await MakeAsync(null, null, "Subject: lost\r\n\r\nwords");
        await bed.LoseContentAsync();
        await using var other = await bed.OpenAsync();
        await AppendAsync(other.Mail!, "INBOX", "kept");
        await bed.PlayAsync(LogInAndSelect + """
            C: a1 FETCH 1:2 (UID BODY.PEEK[])
            S: * 2 FETCH (UID 2 BODY[] {4}
            S: kept)
            S: a1 NO [CORRUPTION] 1 of 2 messages could not be read
            C: a2 SEARCH BODY words
            S: * SEARCH
            S: a2 NO [CORRUPTION] 1 messages could not be read
            C: a3 FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject)]
            S: * 1 FETCH (BODY[HEADER.FIELDS (Subject)] {17}
            S: Subject: lost
            S: 
            S: )
            S: a3 OK FETCH completed
            C: a4 SEARCH SUBJECT lost
            S: * SEARCH 1
            S: a4 OK SEARCH completed
            """);
    }

    [Fact]
    public async Task Every_byte_of_a_large_message_comes_back()
    {
        var text = new System.Text.StringBuilder("Subject: large\r\n\r\n");
        for (var line = 0; text.Length < 3_000_000; line++) text.Append(FormattableString.Invariant($"line {line} \xFF\0\r\n"));
        var message = text.ToString();
        await using var bed = await MakeAsync(null, null, message, "\r\nnext");
        await using var client = new DialogueClient(new Protocols.Imap.ImapHandler(bed.Services, implicitTls: false));
        await client.SendAsync($"a1 LOGIN {Address} {Password}\r\na2 SELECT INBOX\r\na3 FETCH 1:2 BODY.PEEK[]\r\n");
        string? reply;
        do reply = await client.ReadLineAsync(); while (reply is not null && !reply.StartsWith("* 1 FETCH", StringComparison.Ordinal));
        Assert.Equal($"* 1 FETCH (BODY[] {{{message.Length}}}", reply);
        Assert.Equal(System.Text.Encoding.Latin1.GetBytes(message), await client.ReadBytesAsync(message.Length));
        await client.ExpectAsync(")");
        await client.ExpectAsync("* 2 FETCH (BODY[] {6}");
        await client.ExpectAsync("");
        await client.ExpectAsync("next)");
        await client.ExpectAsync("a3 OK FETCH completed");
    }
}
