using System.Net;
using System.Text;
using CompatBot.Core.Mail.Filters;
using CompatBot.DialogueTests.Imap;
using CompatBot.Protocols.ManageSieve;
using CompatBot.Protocols.Sieve;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.DialogueTests.ManageSieve;

/// <summary>RFC 5804, command by command, and what a hostile client does.</summary>
public sealed class ManageSieveTests
{
    private const string Greeting = """
        S: "IMPLEMENTATION" "CompatBot"
        S: "SIEVE" "fileinto reject envelope <*>"
        S: "NOTIFY" "mailto"
        S: "SASL" "SCRAM-SHA-256 PLAIN LOGIN"
        S: "STARTTLS"
        S: "MAXREDIRECTS" "4"
        S: "LANGUAGE" "en"
        S: "UNAUTHENTICATE"
        S: "VERSION" "1.0"
        S: OK "CompatBot ready"

        """;

    /// <summary>"\0ann@mail.test\0aaaaaaaaaaaaaaaaaaaaaaaaaa".</summary>
    private const string Plain = "AGFubkBtYWlsLnRlc3QAYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=";

    private const string LogIn = Greeting + $"""
        C: AUTHENTICATE "PLAIN" "{Plain}"
        S: OK "Logged in"

        """;

    [Fact]
    public Task Scripts_are_put_listed_read_activated_renamed_and_deleted() => PlayAsync(LogIn + """
        C: LISTSCRIPTS
        S: OK "Done"
        C: HAVESPACE "main" 1000
        S: OK "Done"
        R: PutScript "main" {36+}\r\nrequire "fileinto";\r\nfileinto "A";\r\n\r\n
        S: OK "Done"
        C: PUTSCRIPT "other" "keep;"
        S: OK "Done"
        C: LISTSCRIPTS
        S: "main"
        S: "other"
        S: OK "Done"
        C: SETACTIVE "main"
        S: OK "Done"
        C: LISTSCRIPTS
        S: "main" ACTIVE
        S: "other"
        S: OK "Done"
        C: GETSCRIPT "main"
        S: {36}
        S: require "fileinto";
        S: fileinto "A";
        S: 
        S: OK "Done"
        C: DELETESCRIPT "main"
        S: NO (ACTIVE) "The active script can not be deleted"
        C: RENAMESCRIPT "main" "other"
        S: NO (ALREADYEXISTS) "There is a script of that name already"
        C: RENAMESCRIPT "main" "n\"e\\w"
        S: OK "Done"
        C: LISTSCRIPTS
        S: "n\"e\\w" ACTIVE
        S: "other"
        S: OK "Done"
        C: SETACTIVE ""
        S: OK "Done"
        C: DELETESCRIPT "n\"e\\w"
        S: OK "Done"
        C: DELETESCRIPT "gone"
        S: NO (NONEXISTENT) "There is no script of that name"
        C: GETSCRIPT "gone"
        S: NO (NONEXISTENT) "There is no script of that name"
        C: SETACTIVE "gone"
        S: NO (NONEXISTENT) "There is no script of that name"
        C: LISTSCRIPTS
        S: "other"
        S: OK "Done"
        C: LOGOUT
        S: OK "Bye"
        S: <closed>
        """);

    [Fact]
    public Task What_is_no_script_is_not_taken_and_the_line_is_named() => PlayAsync(LogIn + """
        C: PUTSCRIPT "bad" "keep; fileinto \"x\";"
        S: NO "line 1: \"fileinto\" needs require \"fileinto\""
        R: CHECKSCRIPT {16+}\r\nkeep;\r\nnonsense;\r\n
        S: NO "line 2: no command \"nonsense\""
        C: CHECKSCRIPT "keep;"
        S: OK "Done"
        C: LISTSCRIPTS
        S: OK "Done"
        C: PUTSCRIPT "" "keep;"
        S: NO "That can not be a script's name"
        C: HAVESPACE "big" 65537
        S: NO (QUOTA/MAXSIZE) "The script is too large"
        C: PUTSCRIPT "x"
        S: NO "The arguments are not what this command takes"
        C: PUTSCRIPT "x" "un\finished"
        S: NO "The arguments are not well-formed"
        R: CHECKSCRIPT {5+}\r\nkeep;\n\r\n
        S: NO "The line goes on wrongly behind a literal"
        S: NO "No such command"
        C: FOO
        S: NO "No such command"
        C: "PUTSCRIPT"
        S: NO "No such command"
        """);

    [Fact]
    public Task Nothing_but_greeting_and_login_before_the_login() => PlayAsync(Greeting + $"""
        C: LISTSCRIPTS
        S: NO "Not now"
        C: NOOP "tag me"
        S: OK (TAG "tag me") "Done"
        C: NOOP
        S: OK "Done"
        C: AUTHENTICATE "NONE"
        S: NO "No such mechanism here"
        C: AUTHENTICATE "PLAIN" "%"
        S: NO "Not base64"
        C: AUTHENTICATE "PLAIN" "AGFubkBtYWlsLnRlc3QAd3Jvbmc="
        S: NO "Authentication failed"
        C: AUTHENTICATE "PLAIN"
        S: ""
        C: "*"
        S: NO "Authentication cancelled"
        C: AUTHENTICATE "PLAIN"
        S: ""
        C: "{Plain}"
        S: OK "Logged in"
        C: AUTHENTICATE "PLAIN" "{Plain}"
        S: NO "Not now"
        C: UNAUTHENTICATE
        S: OK "Done"
        C: LISTSCRIPTS
        S: NO "Not now"
        """);

    [Fact]
    public Task STARTTLS_is_followed_by_the_capabilities() => PlayAsync(Greeting + """
        C: STARTTLS
        S: OK "Begin TLS"
        TLS:
        S: "IMPLEMENTATION" "CompatBot"
        S: <skip 2>
        S: "SASL" "SCRAM-SHA-256 PLAIN LOGIN"
        S: "MAXREDIRECTS" "4"
        S: <skip 3>
        S: OK "CompatBot ready"
        C: STARTTLS
        S: NO "Already under TLS"
        """);

    [Fact]
    public Task What_follows_STARTTLS_in_clear_ends_the_connection() => PlayAsync(Greeting + """
        P: STARTTLS
        P: NOOP
        S: BYE "Nothing may follow STARTTLS"
        S: <closed>
        """);

    [Fact]
    public Task From_elsewhere_nobody_logs_in_without_TLS() => PlayAsync("""
        S: <skip 3>
        S: "SASL" ""
        S: "STARTTLS"
        S: <skip 4>
        S: OK "CompatBot ready"
        C: AUTHENTICATE "PLAIN" "AGFubkBtYWlsLnRlc3QAd3Jvbmc="
        S: NO (ENCRYPT-NEEDED) "Not without TLS: STARTTLS first"
        """, IPAddress.Parse("192.0.2.7"));

    [Fact]
    public Task A_read_only_device_changes_nothing() => PlayAsync(Greeting + """
        C: AUTHENTICATE "PLAIN" "AGFubkBtYWlsLnRlc3QAYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI="
        S: OK "Logged in"
        C: PUTSCRIPT "x" "keep;"
        S: NO "That is outside of this device's scope"
        C: LISTSCRIPTS
        S: OK "Done"
        """);

    [Fact]
    public Task A_literal_that_no_script_could_be_ends_the_connection() => PlayAsync(LogIn + """
        C: PUTSCRIPT "x" {99999999+}
        S: BYE (QUOTA/MAXSIZE) "Too long"
        S: <closed>
        """);

    [Fact]
    public Task Before_the_login_literals_are_short() => PlayAsync(Greeting + """
        C: AUTHENTICATE "PLAIN" {20000+}
        S: BYE (QUOTA/MAXSIZE) "Too long"
        S: <closed>
        """);

    [Fact]
    public Task Silence_ends_the_connection() => PlayAsync(Greeting + """
        T: 00:02:01
        S: BYE (TRYLATER) "Timeout, closing connection"
        S: <closed>
        """);

    [Fact]
    public async Task Twenty_commands_that_are_none_end_the_connection()
    {
        var dialogue = new StringBuilder(Greeting);
        for (var i = 0; i < 19; i++) dialogue.Append("C: NONSENSE\nS: NO \"No such command\"\n");
        await PlayAsync(dialogue.Append("C: NONSENSE\nS: BYE \"Too many errors\"\nS: <closed>\n").ToString());
    }

    [Fact]
    public async Task Scripts_are_limited_in_number_and_in_all()
    {
        await using var bed = await ImapBed.MakeAsync();
        await using var session = await bed.OpenAsync();
        var filters = session.Mail!.Filters;
        var stop = TestContext.Current.CancellationToken;
        var large = "#" + new string('x', MailFilters.ScriptBytesMax - 1);
        for (var i = 0; i < 4; i++) Assert.False((await filters.PutAsync($"{i}", large, stop)).Declined);
        Assert.Equal(Core.Store.Refusal.OverQuota, (await filters.PutAsync("4", "keep;", stop)).Refusal);
        for (var i = 0; i < 4; i++) Assert.False((await filters.PutAsync($"{i}", "keep;", stop)).Declined);
        for (var i = 4; i < MailFilters.ScriptsMax; i++) Assert.False((await filters.PutAsync($"{i}", "keep;", stop)).Declined);
        Assert.Equal(Core.Store.Refusal.TooMany, (await filters.PutAsync("more", "keep;", stop)).Refusal);
        Assert.False((await filters.PutAsync("5", "discard;", stop)).Declined);
        Assert.Equal(Core.Store.Refusal.Invalid, (await filters.PutAsync("a\nb", "keep;", stop)).Refusal);
    }

    private static async Task PlayAsync(string dialogue, IPAddress? address = null)
    {
        await using var bed = await ImapBed.MakeAsync();
        var language = new SieveFilter(
            new SieveServices(bed.Accounts, new Sieve.FilterBed.Post(), "mx.mail.test", bed.Time, NullLogger<SieveFilter>.Instance));
        var services = new ManageSieveServices(
            bed.Lines, bed.Services.Logins, bed.Accounts, language, new ManageSieveLimits(), NullLogger<ManageSieveHandler>.Instance);
        await Dialogue.PlayAsync(new ManageSieveHandler(services), dialogue, bed.Time, address);
    }
}
