using System.Net;
using Xunit;
using static CompatBot.DialogueTests.Pop3.Pop3Bed;

namespace CompatBot.DialogueTests.Pop3;

/// <summary>RFC 1939 and its extensions: each dialogue is one of theirs, with our texts, or what real clients do.</summary>
public sealed class Pop3Tests
{
    [Fact]
    public Task A_session_of_RFC_1939() => PlayAsync("""
        S: +OK CompatBot ready
        C: USER ann@mail.test
        S: +OK Send PASS
        C: PASS aaaaaaaaaaaaaaaaaaaaaaaaaa
        S: +OK 2 messages (82 octets)
        C: STAT
        S: +OK 2 82
        C: LIST
        S: +OK 2 messages (82 octets)
        S: 1 57
        S: 2 25
        S: .
        C: LIST 2
        S: +OK 2 25
        C: LIST 3
        S: -ERR No such message
        C: RETR 1
        S: +OK 57 octets
        S: Subject: first
        S: 
        S: line one
        S: ..line two
        S: ...line three
        S: last
        S: .
        C: DELE 1
        S: +OK Message 1 deleted
        C: DELE 1
        S: -ERR No such message
        C: RETR 1
        S: -ERR No such message
        C: LIST
        S: +OK 1 messages (25 octets)
        S: 2 25
        S: .
        C: RSET
        S: +OK 2 messages (82 octets)
        C: DELE 2
        S: +OK Message 2 deleted
        C: NOOP
        S: +OK Nothing done
        C: QUIT
        S: +OK Goodbye
        S: <closed>
        """, left: 1);

    [Fact]
    public Task TOP_gives_the_header_and_so_many_lines() => PlayAsync(LogIn + """
        C: TOP 1 0
        S: +OK Top of message follows
        S: Subject: first
        S: 
        S: .
        C: TOP 1 2
        S: +OK Top of message follows
        S: Subject: first
        S: 
        S: line one
        S: ..line two
        S: .
        C: TOP 1 99
        S: +OK Top of message follows
        S: Subject: first
        S: 
        S: line one
        S: ..line two
        S: ...line three
        S: last
        S: .
        C: TOP 1
        S: -ERR The arguments are not what this command takes
        C: TOP 1 -1
        S: -ERR The arguments are not what this command takes
        """);

    [Fact]
    public Task Names_stay_and_are_found_again() => PlayAsync(LogIn + """
        C: UIDL
        S: +OK Names follow
        S: 1 <*>00000001
        S: 2 <*>00000002
        S: .
        C: UIDL 2
        S: +OK 2 <*>00000002
        C: DELE 1
        S: +OK Message 1 deleted
        C: UIDL
        S: +OK Names follow
        S: 2 <*>00000002
        S: .
        C: UIDL 1
        S: -ERR No such message
        """);

    [Fact]
    public Task What_was_marked_stays_when_the_client_hangs_up() => PlayAsync(LogIn + """
        C: DELE 1
        S: +OK Message 1 deleted
        H:
        """, left: 2);

    [Fact]
    public Task What_was_marked_stays_when_time_is_up() => PlayAsync(LogIn + """
        C: DELE 1
        S: +OK Message 1 deleted
        T: 00:11:00
        S: -ERR [SYS/TEMP] Timeout, closing connection
        S: <closed>
        """, left: 2);

    [Fact]
    public Task Commands_in_one_packet_are_answered_in_order() => PlayAsync("""
        S: +OK CompatBot ready
        P: USER ann@mail.test
        P: PASS aaaaaaaaaaaaaaaaaaaaaaaaaa
        P: STAT
        P: DELE 1
        P: QUIT
        S: +OK Send PASS
        S: +OK 2 messages (82 octets)
        S: +OK 2 82
        S: +OK Message 1 deleted
        S: +OK Goodbye
        S: <closed>
        """, left: 1);

    [Fact]
    public Task CAPA_says_what_there_is_before_and_behind_a_login() => PlayAsync("""
        S: +OK CompatBot ready
        C: CAPA
        S: +OK Capability list follows
        S: TOP
        S: UIDL
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: EXPIRE NEVER
        S: UTF8 USER
        S: USER
        S: SASL SCRAM-SHA-256 PLAIN LOGIN
        S: STLS
        S: IMPLEMENTATION CompatBot
        S: .
        C: UTF8
        S: +OK UTF-8 it is
        C: USER ann@mail.test
        S: +OK Send PASS
        C: PASS aaaaaaaaaaaaaaaaaaaaaaaaaa
        S: +OK <*>
        C: CAPA
        S: +OK Capability list follows
        S: TOP
        S: UIDL
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: EXPIRE NEVER
        S: UTF8 USER
        S: IMPLEMENTATION CompatBot
        S: .
        C: STLS
        S: -ERR Not now
        """);

    [Fact]
    public Task Without_TLS_no_password_is_taken_from_another_machine() => PlayAsync("""
        S: +OK CompatBot ready
        C: USER ann@mail.test
        S: -ERR [AUTH] Not without TLS: STLS first
        C: AUTH PLAIN
        S: -ERR [AUTH] Not without TLS: STLS first
        C: STLS
        S: +OK Begin TLS
        TLS:
        C: USER ann@mail.test
        S: +OK Send PASS
        C: PASS aaaaaaaaaaaaaaaaaaaaaaaaaa
        S: +OK <*>
        C: QUIT
        S: +OK Goodbye
        """, address: IPAddress.Parse("192.0.2.1"));

    [Fact]
    public Task What_is_pipelined_behind_STLS_is_refused() => PlayAsync("""
        S: +OK CompatBot ready
        P: STLS
        P: USER mallory
        S: -ERR Nothing may follow STLS
        S: <closed>
        """);

    [Fact]
    public Task SASL_PLAIN_with_and_without_an_initial_response() => PlayAsync("""
        S: +OK CompatBot ready
        C: AUTH
        S: +OK Mechanisms follow
        S: SCRAM-SHA-256
        S: PLAIN
        S: LOGIN
        S: .
        C: AUTH CRAM-MD5
        S: -ERR No such mechanism here
        C: AUTH PLAIN !!!
        S: -ERR Not base64
        C: AUTH PLAIN
        S: + 
        C: *
        S: -ERR Authentication cancelled
        C: AUTH PLAIN AGFubkBtYWlsLnRlc3QAYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=
        S: +OK 2 messages (82 octets)
        C2: CAPA
        S2: +OK CompatBot ready
        S2: +OK Capability list follows
        C3: AUTH PLAIN
        S3: +OK CompatBot ready
        S3: + 
        C3: AGFubkBtYWlsLnRlc3QAYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=
        S3: +OK 2 messages (82 octets)
        """);

    [Fact]
    public Task Wrong_credentials_say_AUTH_and_end_the_third_time() => PlayAsync("""
        S: +OK CompatBot ready
        C: PASS x
        S: -ERR USER first
        C: USER ann@mail.test
        S: +OK Send PASS
        C: PASS wrong
        S: -ERR [AUTH] Authentication failed
        C: USER nobody@mail.test
        S: +OK Send PASS
        C: PASS aaaaaaaaaaaaaaaaaaaaaaaaaa
        S: -ERR [AUTH] Authentication failed
        C: USER ann@mail.test
        S: +OK Send PASS
        C: PASS cccccccccccccccccccccccccc
        S: -ERR [AUTH] <*>
        C: USER ann@mail.test
        S: +OK Send PASS
        C: PASS wrong
        S: -ERR [AUTH] Authentication failed
        S: <closed>
        """);

    [Fact]
    public Task A_device_that_may_only_read_deletes_nothing() => PlayAsync("""
        S: +OK CompatBot ready
        C: USER ann@mail.test
        S: +OK Send PASS
        C: PASS bbbbbbbbbbbbbbbbbbbbbbbbbb
        S: +OK <*>
        C: DELE 1
        S: -ERR [SYS/PERM] This device may only read
        C: RETR 2
        S: +OK 25 octets
        S: Subject: second
        S: 
        S: body
        S: .
        C: QUIT
        S: +OK Goodbye
        """, left: 2);

    [Fact]
    public Task What_is_no_command_is_said_so_and_ends_at_last() => PlayAsync("""
        S: +OK CompatBot ready
        C: STAT
        S: -ERR Not now
        C: HELO x
        S: -ERR No such command
        C: 
        S: -ERR No such command
        R: NOOP\n
        S: -ERR Lines end in CRLF
        R: US\0ER x\r\n
        S: -ERR CR or NUL in a command
        R: USER \xff\r\n
        S: -ERR The arguments are not what this command takes
        C: quit x
        S: -ERR The arguments are not what this command takes
        C: user ann@mail.test 
        S: +OK Send PASS
        C: pass aaaaaaaaaaaaaaaaaaaaaaaaaa
        S: +OK <*>
        C: RETR 0
        S: -ERR No such message
        C: RETR 99999999999999999999
        S: -ERR The arguments are not what this command takes
        C: RETR one
        S: -ERR The arguments are not what this command takes
        C: STAT 1
        S: -ERR The arguments are not what this command takes
        C: list 2 
        S: +OK 2 25
        """);

    [Fact]
    public async Task Twenty_mistakes_end_a_connection() => await PlayAsync(
        "S: +OK CompatBot ready\n" + string.Concat(Enumerable.Repeat("C: X\nS: -ERR No such command\n", 19))
        + "C: X\nS: -ERR Too many errors\nS: <closed>");

    [Fact]
    public async Task A_line_without_an_end_is_cut_off() => await PlayAsync(
        "S: +OK CompatBot ready\nR: " + new string('A', 1100) + "\\r\\n\nS: -ERR Line too long\n"
        + "C: QUIT\nS: +OK Goodbye");
}
