using CompatBot.Protocols.Imap;
using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>Every limit, crossed by one.</summary>
public sealed class LimitTests
{
    private static readonly ImapLimits Small = new()
    {
        LiteralBytesBeforeLoginMax = 10,
        LiteralBytesMax = 30,
        DiscardBytesMax = 40,
    };

    private static string Xs(int count) => new('x', count);

    [Fact]
    public Task A_line_has_a_longest_length() => PlayAsync(new ImapLimits { CommandLineBytesMax = 100 }, $"""
        S: * OK <*>
        C: a1 {Xs(95)}
        S: a1 BAD Unknown command
        C: a2 {Xs(96)}
        S: * BAD Line too long
        C: a3 NOOP
        S: a3 OK NOOP completed
        """);

    [Fact]
    public Task A_line_without_end_is_given_up() => PlayAsync(new ImapLimits { CommandLineBytesMax = 100 }, $"""
        S: * OK <*>
        R: {Xs(3 << 20)}
        S: * BYE That line is too long to be read
        S: <closed>
        """);

    [Fact]
    public Task A_literal_has_a_longest_length_before_login() => PlayAsync(Small, $$"""
        S: * OK <*>
        C: a1 LOGIN {10}
        S: + Ready for the literal
        C: 0123456789 x
        S: a1 NO [AUTHENTICATIONFAILED] Wrong address or password
        C: a2 LOGIN {11}
        S: a2 BAD Literal too long
        C: a3 LOGIN {11+}
        C: 01234567890 x
        S: a3 BAD Literal too long
        C: a4 LOGIN x {30+}
        C: {{Xs(30)}}
        S: a4 BAD Literal too long
        C: a5 LOGIN x {31+}
        S: * BYE That was too long to be read
        S: <closed>
        """);

    [Fact]
    public Task A_literal_has_a_longest_length_after_login() => PlayAsync(Small, LogIn + $$"""
        C: a1 SUBSCRIBE {30}
        S: + Ready for the literal
        C: {{Xs(30)}}
        S: a1 OK SUBSCRIBE completed
        C: a2 SUBSCRIBE {31}
        S: a2 BAD Literal too long
        C: a3 SUBSCRIBE {40+}
        C: {{Xs(40)}}
        S: a3 BAD Literal too long
        C: a4 SUBSCRIBE {30+}
        C: {{Xs(30)}} {31+}
        C: {{Xs(31)}} {9+}
        C: {{Xs(9)}}
        S: a4 BAD Literal too long
        C: a5 SUBSCRIBE {31+}
        C: {{Xs(31)}} {10+}
        S: * BYE That was too long to be read
        S: <closed>
        """);

    [Fact]
    public Task A_command_has_a_longest_length() => PlayAsync(new ImapLimits { LiteralBytesMax = 60, CommandBytesMax = 100 }, LogIn + $$"""
        C: a1 RENAME {60}
        S: + Ready for the literal
        C: {{Xs(60)}} {5}
        S: + Ready for the literal
        C: abcde
        S: a1 NO [NONEXISTENT] No such mailbox
        C: a2 RENAME {60}
        S: + Ready for the literal
        C: {{Xs(60)}} {60}
        S: a2 BAD Literal too long
        """);

    [Fact]
    public Task A_message_has_a_largest_size() => PlayAsync(new ImapLimits { AppendBytesMax = 10, DiscardBytesMax = 20 }, LogIn + """
        C: a1 APPEND INBOX {10}
        S: + Ready for the message
        C: 0123456789
        S: a1 OK [APPENDUID <*> 1] APPEND completed
        C: a2 APPEND INBOX {11}
        S: a2 NO [TOOBIG] Message too big
        C: a3 APPEND INBOX {11+}
        C: 01234567890
        S: a3 NO [TOOBIG] Message too big
        C: a4 APPEND INBOX {20+}
        C: 01234567890123456789
        S: a4 NO [TOOBIG] Message too big
        C: a5 APPEND INBOX {21+}
        S: * BYE That was too long to be read
        S: <closed>
        """);

    [Fact]
    public Task An_append_before_login_is_read_away() => PlayAsync("""
        S: * OK <*>
        C: a1 APPEND INBOX {9+}
        C: a2 LOGOUT
        S: a1 BAD APPEND is not allowed now
        C: a3 APPEND INBOX {5000}
        S: a3 BAD Literal too long
        C: a4 NOOP
        S: a4 OK NOOP completed
        """);

    [Fact]
    public Task An_authentication_line_has_a_longest_length() => PlayAsync(new ImapLimits { AuthenticateLineBytesMax = 10 }, """
        S: * OK <*>
        C: a1 AUTHENTICATE PLAIN
        S: + 
        C: AAAAAAAA
        S: a1 BAD That is not what the mechanism says
        C: a2 AUTHENTICATE PLAIN
        S: + 
        C: AAAAAAAAA
        S: a2 BAD Expected a line of base64
        """);

    [Fact]
    public Task A_list_has_a_largest_number_of_patterns() => PlayAsync(new ImapLimits { ListPatternsMax = 2 }, LogIn + """
        C: a1 LIST "" (x y)
        S: a1 OK LIST completed
        C: a2 LIST "" (x y z)
        S: a2 BAD Expected fewer patterns
        """);

    [Fact]
    public Task A_header_is_looked_through_up_to_a_length() => PlayAsync(new ImapLimits { HeaderBytesMax = 22 }, LogInAndSelect + """
        C: a1 SEARCH HEADER X-First 1
        S: * SEARCH 1
        S: a1 OK SEARCH completed
        C: a2 SEARCH HEADER X-Second 2
        S: * SEARCH
        S: a2 OK SEARCH completed
        C: a3 FETCH 1 BODY.PEEK[HEADER]
        S: * 1 FETCH (BODY[HEADER] {28}
        S: X-First: 1
        S: X-Second:  2
        S: 
        S: )
        S: a3 OK FETCH completed
        """, "X-First: 1\r\nX-Second:  2\r\n\r\nbody");

    [Fact]
    public Task Id_takes_thirty_pairs() => PlayAsync($"""
        S: * OK <*>
        C: a1 ID ({string.Join(' ', Enumerable.Repeat("\"a\" NIL", 30))})
        S: <skip>
        S: a1 OK ID completed
        C: a2 ID ({string.Join(' ', Enumerable.Repeat("\"a\" NIL", 31))})
        S: a2 BAD Expected at most 30 pairs
        """);
}
