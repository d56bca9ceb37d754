using System.Net;
using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>Examples of RFC 9051 (and so RFC 3501) about a connection: sections 6.1, 6.2, 6.3.1, 6.5, 7.1 and 7.6.</summary>
public sealed class Rfc9051SessionTests
{
    /// <summary>Sections 6.1.1, 6.2.1 and 6.2.2: what is told changes with TLS; the initial response is optional.</summary>
    [Fact]
    public async Task CAPABILITY_STARTTLS_and_AUTHENTICATE()
    {
        await using var bed = await MakeAsync();
        var plain = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0{Address}\0{Password}"));
        await bed.PlayAsync($"""
            S: * OK [CAPABILITY <*> STARTTLS LOGINDISABLED] CompatBot ready
            C: abcd CAPABILITY
            S: * CAPABILITY IMAP4rev1 IMAP4rev2 <*> STARTTLS LOGINDISABLED
            S: abcd OK CAPABILITY completed
            C: efgh STARTTLS
            S: efgh OK Begin TLS negotiation now
            TLS:
            C: ijkl CAPABILITY
            S: * CAPABILITY IMAP4rev1 IMAP4rev2 <*> AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=LOGIN
            S: ijkl OK CAPABILITY completed
            C: A001 AUTHENTICATE GSSAPI
            S: A001 NO [CANNOT] No such mechanism here
            C: A02 AUTHENTICATE EXTERNAL =
            S: A02 NO [CANNOT] No such mechanism here
            C: A03 AUTHENTICATE PLAIN {plain}
            S: A03 OK [CAPABILITY <*>] AUTHENTICATE completed
            C: A04 UNAUTHENTICATE
            S: A04 OK UNAUTHENTICATE completed
            C: A01 AUTHENTICATE PLAIN
            S: + 
            C: {plain}
            S: A01 OK [CAPABILITY <*>] AUTHENTICATE completed
            """, IPAddress.Parse("192.0.2.1"));
    }

    /// <summary>Sections 6.1.3, 6.2.3 and 7.1.5.</summary>
    [Fact]
    public Task LOGIN_and_LOGOUT() => ImapBed.PlayAsync($"""
        S: * OK <*>
        C: b LOGIN "fred" "foo"
        S: b NO [AUTHENTICATIONFAILED] Wrong address or password
        C: a001 LOGIN {Address} {Password}
        S: a001 OK [CAPABILITY <*>] LOGIN completed
        C: A023 LOGOUT
        S: * BYE See you
        S: A023 OK LOGOUT completed
        S: <closed>
        """);

    /// <summary>Section 6.1.2: what others did meanwhile comes with the next command.</summary>
    [Fact]
    public Task NOOP() => ImapBed.PlayAsync(LogIn + SecondLogIn + """
        C: a002 NOOP
        S: a002 OK NOOP completed
        C: e ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: e OK ENABLE completed
        C: s SELECT INBOX
        S: <skip 8>
        S: s OK <*>
        C2: s SELECT INBOX
        S2: <skip 9>
        S2: s OK <*>
        C2: t STORE 2 +FLAGS.SILENT (\Deleted)
        S2: t OK STORE completed
        C2: u EXPUNGE
        S2: * 2 EXPUNGE
        S2: u OK EXPUNGE completed
        C2: v STORE 2 +FLAGS.SILENT (\Seen \Deleted)
        S2: v OK STORE completed
        R2: w APPEND INBOX {3+}\r\nnew\r\n
        S2: <skip 2>
        S2: w OK <*>
        C: a047 NOOP
        S: * 2 EXPUNGE
        S: * 2 FETCH (UID 3 FLAGS (\Deleted \Seen))
        S: * 3 EXISTS
        S: a047 OK NOOP completed
        """, "one", "two", "three");

    /// <summary>Section 6.3.1: what is known is enabled, and nothing else; the capabilities stay what they are.</summary>
    [Fact]
    public Task ENABLE() => ImapBed.PlayAsync(LogIn + """
        C: t1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 IMAP4rev2 SASL-IR LITERAL+ ENABLE ID IDLE NAMESPACE UIDPLUS <*>
        S: t1 OK CAPABILITY completed
        C: t2 ENABLE CONDSTORE X-GOOD-IDEA
        S: * ENABLED CONDSTORE
        S: t2 OK ENABLE completed
        C: t3 CAPABILITY
        S: * CAPABILITY IMAP4rev1 IMAP4rev2 SASL-IR LITERAL+ ENABLE ID IDLE NAMESPACE UIDPLUS <*>
        S: t3 OK CAPABILITY completed
        C: a1 ENABLE X-GOOD-IDEA
        S: * ENABLED
        S: a1 OK ENABLE completed
        C: a2 ENABLE CONDSTORE QRESYNC
        S: * ENABLED CONDSTORE QRESYNC
        S: a2 OK ENABLE completed
        """);

    /// <summary>Section 7.1: response codes.</summary>
    [Theory]
    [InlineData("RENAME Sent Trash", "NO [ALREADYEXISTS] Mailbox already exists")]
    [InlineData("RENAME this that", "NO [NONEXISTENT] No such mailbox")]
    [InlineData("CREATE \"///////\"", "NO [CANNOT] No mailbox can have that name")]
    [InlineData("SELECT \"/archive/projects/experiment-iv\"", "NO [NONEXISTENT] No such mailbox")]
    [InlineData("SEARCH CHARSET KOI8-R ALL", "BAD SEARCH is not allowed now")]
    [InlineData("XPIG-LATIN", "BAD Unknown command")] // Section 6.5
    [InlineData("BLURDYBLOOP {102856}", "BAD <*>")] // Section 7.6: no literal is asked for.
    public Task A_command_is_refused_with_its_code(string command, string reply) => ImapBed.PlayAsync(LogIn + $"""
        C: o356 {command}
        S: o356 {reply}
        C: n NOOP
        S: n OK NOOP completed
        """);

    /// <summary>Section 7.1.3: mistakes without a tag of their own.</summary>
    [Fact]
    public async Task BAD_for_an_empty_and_for_a_very_long_line()
    {
        var limits = new Protocols.Imap.ImapLimits { CommandLineBytesMax = 100 };
        await ImapBed.PlayAsync(limits, $"""
            S: * OK <*>
            C: a {new string('x', 200)}
            S: * BAD <*>
            R: \r\n
            S: * BAD Expected a tag
            C: n NOOP
            S: n OK NOOP completed
            """);
    }

    /// <summary>Section 7.6: each literal is asked for.</summary>
    [Fact]
    public Task A_command_continues_behind_its_literals() => ImapBed.PlayAsync($$"""
        S: * OK <*>
        C: A001 LOGIN {13}
        S: + Ready for the literal
        C: {{Address}} {26}
        S: + Ready for the literal
        C: {{Password}}
        S: A001 OK <*>
        """);
}
