using System.Net;
using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap;

/// <summary>Greeting, login, states and goodbyes.</summary>
public sealed class SessionTests
{
    [Fact] // RFC 3501 section 8, adapted
    public Task The_sample_connection_of_the_standard() => PlayAsync(LogIn + """
        C: a002 select inbox
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] These flags are kept
        S: * 1 EXISTS
        S: * 1 RECENT
        S: * OK [UNSEEN 1] First unseen message
        S: * OK [UIDVALIDITY <*>] UIDs valid
        S: * OK [UIDNEXT 2] Predicted next UID
        S: * OK [HIGHESTMODSEQ <*>] Highest
        S: * OK [MAILBOXID (<*>)] Ok
        S: a002 OK [READ-WRITE] SELECT completed
        C: a003 fetch 1 full
        S: * 1 FETCH (FLAGS (\Recent) INTERNALDATE "01-Jan-1970 <*>" RFC822.SIZE 363 ENVELOPE (<*>) BODY ("TEXT" "PLAIN" <*> 21 1))
        S: a003 OK FETCH completed
        C: a004 fetch 1 body[header]
        S: * 1 FETCH (BODY[HEADER] {342}
        S: Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
        S: From: Terry Gray <gray@cac.washington.edu>
        S: Subject: IMAP4rev1 WG mtg summary and minutes
        S: To: imap@cac.washington.edu
        S: cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
        S: Message-Id: <B27397-0100000@cac.washington.edu>
        S: MIME-Version: 1.0
        S: Content-Type: TEXT/PLAIN; CHARSET=US-ASCII
        S: 
        S:  FLAGS (\Seen \Recent))
        S: a004 OK FETCH completed
        C: a005 store 1 +flags \deleted
        S: * 1 FETCH (FLAGS (\Deleted \Seen \Recent))
        S: a005 OK STORE completed
        C: a006 logout
        S: * BYE See you
        S: a006 OK LOGOUT completed
        S: <closed>
        """, SampleMessages.Minutes);

    [Fact]
    public Task Capabilities_are_in_the_greeting_and_after_login() => PlayAsync($"""
        S: * OK [CAPABILITY IMAP4rev1 <*> NAMESPACE <*> STARTTLS AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=LOGIN] CompatBot ready
        C: a1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 <*> AUTH=LOGIN
        S: a1 OK CAPABILITY completed
        C: a2 LOGIN {Address} {Password}
        S: a2 OK [CAPABILITY IMAP4rev1 <*> UIDPLUS MOVE UNSELECT CHILDREN <*> SPECIAL-USE <*> STATUS=SIZE <*>] LOGIN completed
        """);

    [Theory]
    [InlineData("LOGIN ann@mail.test wrong", "NO [AUTHENTICATIONFAILED] Wrong address or password")]
    [InlineData("LOGIN nobody@mail.test aaaaaaaaaaaaaaaaaaaaaaaaaa", "NO [AUTHENTICATIONFAILED] Wrong address or password")]
    [InlineData("LOGIN ann@mail.test cccccccccccccccccccccccccc", "NO [AUTHORIZATIONFAILED] Mail is outside of this device's scope")]
    [InlineData("LOGIN ann@mail.test", "BAD Expected a space")]
    [InlineData("LOGIN", "BAD Expected a space")]
    [InlineData("LOGIN a b c", "BAD Expected end of line")]
    [InlineData("AUTHENTICATE", "BAD Expected a space")]
    [InlineData("AUTHENTICATE CRAM-MD5", "NO [CANNOT] No such mechanism here")]
    [InlineData("AUTHENTICATE PLAIN !", "BAD Expected base64")]
    [InlineData("AUTHENTICATE PLAIN AAAA", "BAD That is not what the mechanism says")]
    [InlineData("SELECT INBOX", "BAD SELECT is not allowed now")]
    [InlineData("FETCH 1 ALL", "BAD FETCH is not allowed now")]
    [InlineData("IDLE", "BAD IDLE is not allowed now")]
    [InlineData("FOO", "BAD Unknown command")]
    [InlineData("NOOP x", "BAD Expected end of line")]
    [InlineData("(", "BAD Expected a command")]
    [InlineData("ENABLE CONDSTORE", "BAD ENABLE is not allowed now")]
    public Task A_mistake_before_login_is_answered(string command, string reply) => PlayAsync($"""
        S: * OK <*>
        C: a1 {command}
        S: a1 {reply}
        """);

    [Theory]
    [InlineData("R: \\r\\n", "* BAD Expected a tag")]
    [InlineData("C: a1", "* BAD Expected a space")]
    [InlineData("C: a+1 NOOP", "* BAD Expected a tag")]
    [InlineData("R: a1 NO\\0OP\\r\\n", "a1 BAD NUL has no place in a command")]
    [InlineData("R: a1 NOOP\\n", "* BAD Expected CRLF, not a bare LF")]
    [InlineData("R: a1 LOGIN {3}\\n", "* BAD Expected CRLF, not a bare LF")]
    public Task What_is_no_command_is_answered_and_survived(string line, string reply) => PlayAsync($"""
        S: * OK <*>
        {line}
        S: {reply}
        C: a9 NOOP
        S: a9 OK NOOP completed
        """);

    [Fact]
    public Task Login_takes_literals_and_quoted_strings() => PlayAsync($$"""
        S: * OK <*>
        C: a1 LOGIN {13}
        S: + Ready for the literal
        C: {{Address}} "wro\"ng"
        S: a1 NO [AUTHENTICATIONFAILED] Wrong address or password
        C: a2 LOGIN {13+}
        C: {{Address}} {26}
        S: + Ready for the literal
        C: {{Password}}
        S: a2 OK <*>
        """);

    [Fact]
    public Task Plain_works_with_and_without_an_initial_response() => PlayAsync($"""
        S: * OK <*>
        C: a1 AUTHENTICATE PLAIN
        S: + 
        C: *
        S: a1 BAD AUTHENTICATE cancelled
        C: a2 AUTHENTICATE PLAIN
        S: + 
        C: !!!
        S: a2 BAD Expected base64
        C: a3 AUTHENTICATE PLAIN {Plain(Address, "wrong")}
        S: a3 NO [AUTHENTICATIONFAILED] Wrong address or password
        C: a4 AUTHENTICATE plain {Plain(Address, Password)}
        S: a4 OK [CAPABILITY <*>] AUTHENTICATE completed
        C: a5 LOGIN a b
        S: a5 BAD LOGIN is not allowed now
        """);

    [Fact]
    public async Task Passwords_are_not_taken_in_the_clear_from_afar()
    {
        await using var bed = await MakeAsync();
        await bed.PlayAsync($"""
            S: * OK [CAPABILITY <*> STARTTLS LOGINDISABLED] CompatBot ready
            C: a1 LOGIN {Address} {Password}
            S: a1 NO [PRIVACYREQUIRED] Not without TLS
            C: a2 AUTHENTICATE PLAIN
            S: a2 NO [PRIVACYREQUIRED] Not without TLS
            C: a3 STARTTLS
            S: a3 OK Begin TLS negotiation now
            TLS:
            C: a4 CAPABILITY
            S: * CAPABILITY <*> AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=LOGIN
            S: a4 OK CAPABILITY completed
            C: a5 STARTTLS
            S: a5 BAD TLS is on already
            C: a6 LOGIN {Address} {Password}
            S: a6 OK <*>
            C: a7 STARTTLS
            S: a7 BAD STARTTLS is not allowed now
            """, IPAddress.Parse("192.0.2.1"));
    }

    [Fact]
    public Task What_is_pipelined_behind_STARTTLS_is_an_attack() => PlayAsync("""
        S: * OK <*>
        P: a1 STARTTLS
        P: a2 LOGIN a b
        S: * BYE Nothing may follow STARTTLS before its reply
        S: <closed>
        """);

    [Fact]
    public async Task Implicit_TLS_speaks_TLS_first()
    {
        await using var bed = await MakeAsync();
        await bed.PlayAsync($"""
            TLS:
            S: * OK [CAPABILITY <*> AUTH=LOGIN] CompatBot ready
            C: a1 LOGIN {Address} {Password}
            S: a1 OK <*>
            """, implicitTls: true);
    }

    [Fact]
    public async Task Who_makes_one_mistake_after_another_is_sent_away()
    {
        var limits = new Protocols.Imap.ImapLimits { MistakesMax = 2 };
        await PlayAsync(limits, """
            S: * OK <*>
            C: a1 FOO
            S: a1 BAD Unknown command
            C: a2 FOO
            S: a2 BAD Unknown command
            C: a3 NOOP
            S: a3 OK NOOP completed
            C: a4 FOO
            S: a4 BAD Unknown command
            C: a5 FOO
            S: a5 BAD Unknown command
            C: a6 FOO
            S: * BYE Too many mistakes
            S: <closed>
            """);
    }

    [Fact]
    public Task Silence_ends_sooner_before_login_than_after() => PlayAsync($"""
        S: * OK <*>
        T: 00:02:05
        S: * BYE Silent for too long
        S: <closed>
        S2: * OK <*>
        C2: a1 LOGIN {Address} {Password}
        S2: a1 OK <*>
        C2: a2 NOOP
        S2: a2 OK NOOP completed
        T: 00:29:00
        C2: a3 NOOP
        S2: a3 OK NOOP completed
        T: 00:30:05
        S2: * BYE Silent for too long
        S2: <closed>
        """);

    [Fact]
    public async Task A_stopping_server_says_goodbye()
    {
        await using var bed = await MakeAsync();
        await using var client = new DialogueClient(new Protocols.Imap.ImapHandler(bed.Services, implicitTls: false));
        await client.ExpectAsync("* OK <*>");
        await bed.Lines.DrainAsync(TestContext.Current.CancellationToken);
        await client.ExpectAsync("* BYE The server is stopping, come back soon");
        await client.ExpectAsync("<closed>");
    }

    [Fact]
    public async Task A_revoked_device_is_cut()
    {
        await using var bed = await MakeAsync();
        await using var client = new DialogueClient(new Protocols.Imap.ImapHandler(bed.Services, implicitTls: false));
        await client.ExpectAsync("* OK <*>");
        await client.SendSlowlyAsync($"a1 LOGIN {Address} {Password}\r\na2 IDLE\r\n");
        await client.ExpectAsync("a1 OK <*>");
        await client.ExpectAsync("+ idling");
        await bed.Accounts.RevokeAsync(bed.Account.Id, bed.Account.Devices[0].Id, TestContext.Current.CancellationToken);
        await client.ExpectAsync("* BYE This device was revoked");
        await client.ExpectAsync("<closed>");
    }

    [Fact]
    public Task Id_enable_and_namespace_answer() => PlayAsync(LogIn + """
        C: a1 ID ("name" "x" "version" NIL)
        S: * ID ("name" "CompatBot")
        S: a1 OK ID completed
        C: a2 ID NIL
        S: * ID ("name" "CompatBot")
        S: a2 OK ID completed
        C: a3 ID ("name")
        S: a3 BAD Expected a space
        C: a4 ENABLE CONDSTORE X-FOO
        S: * ENABLED CONDSTORE
        S: a4 OK ENABLE completed
        C: a5 NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: a5 OK NAMESPACE completed
        """);

    private static string Plain(string login, string password) =>
        Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0{login}\0{password}"));
}
