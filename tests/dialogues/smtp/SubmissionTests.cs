using System.Net;
using CompatBot.DialogueTests.Net;
using CompatBot.Protocols.Net;
using CompatBot.Protocols.Smtp;
using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>RFC 6409 and RFC 4954: who may submit mail, as whom, and how they say who they are.</summary>
public sealed class SubmissionTests
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("192.0.2.9");

    [Fact]
    public async Task Submission_needs_a_login_and_ones_own_sender()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlaySubmissionAsync($"""
            S: 220 mx.mail.test ESMTP CompatBot
            C: AUTH PLAIN
            S: 503 5.5.1 After EHLO, not within a transaction
            P: EHLO phone
            S: 250-mx.mail.test
            S: 250-SIZE 52428800
            S: 250-8BITMIME
            S: 250-SMTPUTF8
            S: 250-PIPELINING
            S: 250-CHUNKING
            S: 250-ENHANCEDSTATUSCODES
            S: 250-LIMITS RCPTMAX=1000
            S: 250-DSN
            S: 250-BINARYMIME
            S: 250-DELIVERBY
            S: 250-MT-PRIORITY
            S: 250-FUTURERELEASE 2592000 2026-12-21T12:00:00Z
            S: 250-AUTH SCRAM-SHA-256 PLAIN LOGIN
            S: 250 HELP
            C: MAIL FROM:<anna@mail.test>
            S: 530 5.7.0 Authentication required
            C: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}
            S: 235 2.7.0 Authentication successful
            C: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}
            S: 503 5.5.1 Already authenticated
            C: MAIL FROM:<bert@mail.test>
            S: 553 5.7.1 Sender address is not yours
            C: MAIL FROM:<anna@else.example>
            S: 553 5.7.1 Sender address is not yours
            C: MAIL FROM:<Info+sales@mail.test>
            S: 250 2.1.0 Sender OK
            C: RCPT TO:<carla@999.999>
            S: 550 5.1.2 No such domain can be
            C: RCPT TO:<bert@mail.test>
            S: 250 2.1.5 Recipient OK
            C: DATA
            S: 354 <*>
            C: Subject: to bert
            C: .
            S: 250 2.0.0 Delivered
            C: MAIL FROM:<>
            S: 250 2.1.0 Sender OK
            """);
        Assert.Contains(" with ESMTPA id ", Assert.Single(await house.InboxAsync("bert@mail.test")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_way_to_send_name_and_password_works()
    {
        await using var house = await SmtpHouse.OpenAsync();
        var (name, password) = (SmtpHouse.Base64("anna@mail.test"), SmtpHouse.Base64(SmtpHouse.Password));
        foreach (var dialogue in new[]
        {
            $"C: AUTH PLAIN\nS: 334 \nC: {SmtpHouse.Plain("anna@mail.test")}\nS: 235 <*>",
            $"C: auth plain {SmtpHouse.Plain("anna@mail.test", actFor: "Anna@mail.test")}\nS: 235 <*>",
            $"C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {name}\nS: 334 UGFzc3dvcmQ6\nC: {password}\nS: 235 <*>",
            $"C: AUTH LOGIN {name}\nS: 334 UGFzc3dvcmQ6\nC: {password}\nS: 235 <*>", // Outlook
            $"C: AUTH PLAIN {SmtpHouse.Plain("ANNA@mail.test", "ABCDE-FGHIJ klmno-pqrst-uvwxy-z")}\nS: 235 <*>", // as printed
        })
        {
            await house.PlaySubmissionAsync($"S: 220 <*>\nC: HELO a\nS: 250 <*>\n{dialogue}");
        }
    }

    [Theory]
    [InlineData("AUTH", "501 5.5.4 Expected a space")]
    [InlineData("AUTH CRAM-MD5", "504 5.5.4 Mechanism not recognized")]
    [InlineData("AUTH SCRAM-SHA-256-PLUS", "504 5.5.4 Mechanism not recognized")]
    [InlineData("AUTH PLAIN ***", "501 5.5.2 Not base64")]
    [InlineData("AUTH PLAIN =", "501 5.5.2 Not what the mechanism says")]
    [InlineData("AUTH PLAIN AAAA", "501 5.5.2 Not what the mechanism says")]
    [InlineData("AUTH PLAIN YW5uYQBhbm5h", "501 5.5.2 Not what the mechanism says")]
    [InlineData("AUTH PLAIN AP//AGE=", "501 5.5.2 Not what the mechanism says")]
    [InlineData("AUTH PLAIN AAAA x", "501 5.5.4 Expected end of line")]
    [InlineData("AUTH SCRAM-SHA-256 bm9wZQ==", "501 5.5.2 Not what the mechanism says")]
    public async Task Mistakes_in_auth_are_named(string command, string reply)
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlaySubmissionAsync($"""
            S: 220 <*>
            C: HELO a
            S: 250 <*>
            C: {command}
            S: {reply}
            C: NOOP
            S: 250 2.0.0 OK
            """);
    }

    [Fact]
    public async Task An_exchange_can_be_cancelled_and_its_lines_have_a_limit()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlaySubmissionAsync($"""
            S: 220 <*>
            C: HELO a
            S: 250 <*>
            C: AUTH LOGIN
            S: 334 VXNlcm5hbWU6
            C: *
            S: 501 5.7.0 Authentication cancelled
            C: AUTH LOGIN
            S: 334 VXNlcm5hbWU6
            P: {new string('A', 12_290)}
            S: 500 5.5.6 Response too long
            C: AUTH LOGIN
            S: 334 VXNlcm5hbWU6
            C: !
            S: 501 5.5.2 Not base64
            C: NOOP
            S: 250 2.0.0 OK
            """);
    }

    [Fact]
    public async Task Wrong_names_and_wrong_passwords_sound_alike_and_end_the_connection()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await house.PlaySubmissionAsync($"""
            S: 220 <*>
            C: HELO a
            S: 250 <*>
            C: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test", "abcdefghijklmnopqrstuvwxy2")}
            S: 535 5.7.8 Authentication credentials invalid
            C: AUTH PLAIN {SmtpHouse.Plain("nobody@mail.test")}
            S: 535 5.7.8 Authentication credentials invalid
            C: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test", actFor: "bert@mail.test")}
            S: 421 4.7.0 Too many failed logins
            S: <closed>
            """);
    }

    [Fact]
    public async Task Guessing_locks_the_login_out_for_a_while()
    {
        var guard = new LoginGuardLimits { LoginFailuresMax = 3 };
        await using var house = await SmtpHouse.OpenAsync(new SmtpLimits { FailedLoginsMax = 10 }, guard: guard);
        await house.PlaySubmissionAsync($"""
            S: 220 <*>
            C: HELO a
            S: 250 <*>
            C: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test", "wrong")}
            S: 535 <*>
            C: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test", "wrong")}
            S: 535 <*>
            C: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test", "wrong")}
            S: 535 <*>
            C: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}
            S: 454 4.7.0 Too many failures, try again later
            C: AUTH PLAIN {SmtpHouse.Plain("bert@mail.test")}
            S: 235 <*>
            T: 00:16:00
            S: 421 4.4.2 Timeout, closing connection
            S: <closed>
            C2: HELO a
            S2: 220 <*>
            S2: 250 <*>
            C2: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}
            S2: 235 <*>
            """);
    }

    [Fact]
    public async Task Passwords_are_not_taken_in_clear_from_elsewhere()
    {
        await using var house = await SmtpHouse.OpenAsync(tls: TestCertificate.Tls);
        await house.PlaySubmissionAsync($"""
            S: 220 <*>
            C: EHLO a
            S: 250-mx.mail.test
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: 250-DSN
            S: 250-BINARYMIME
            S: 250-DELIVERBY
            S: 250-MT-PRIORITY
            S: 250-FUTURERELEASE 2592000 2026-12-21T12:00:00Z
            S: 250-STARTTLS
            S: 250 HELP
            C: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}
            S: 538 5.7.11 Encryption required: STARTTLS first
            C: STARTTLS
            S: 220 2.0.0 Ready to start TLS
            TLS:
            C: MAIL FROM:<anna@mail.test>
            S: 503 5.5.1 Say EHLO first, and one MAIL at a time
            C: STARTTLS
            S: 503 5.5.1 Already under TLS
            C: EHLO a
            S: 250-mx.mail.test
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: 250-REQUIRETLS
            S: 250-DSN
            S: 250-BINARYMIME
            S: 250-DELIVERBY
            S: 250-MT-PRIORITY
            S: 250-FUTURERELEASE 2592000 2026-12-21T12:00:00Z
            S: 250-AUTH SCRAM-SHA-256 PLAIN LOGIN
            S: 250 HELP
            C: AUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}
            S: 235 2.7.0 Authentication successful
            P: MAIL FROM:<anna@mail.test>
            P: RCPT TO:<bert@mail.test>
            P: DATA
            S: 250 <*>
            S: 250 <*>
            S: 354 <*>
            P: secret
            P: .
            S: 250 2.0.0 Delivered
            """, Elsewhere);
        var message = Assert.Single(await house.InboxAsync("bert@mail.test"));
        Assert.Contains(" with ESMTPSA id ", message, StringComparison.Ordinal);
        Assert.Contains("from a ([192.0.2.9])", message, StringComparison.Ordinal);
    }

    [Fact] // CVE-2011-0411
    public async Task Commands_behind_starttls_in_clear_are_refused()
    {
        await using var house = await SmtpHouse.OpenAsync(tls: TestCertificate.Tls);
        await house.PlayMxAsync("""
            S: 220 <*>
            P: EHLO a
            P: STARTTLS
            P: MAIL FROM:<evil@e.example>
            S: 250-mx.mail.test
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: <skip>
            S: 250 HELP
            S: 554 5.5.1 Nothing may follow STARTTLS
            S: <closed>
            """);
    }

    [Theory]
    [InlineData(false, "n,,")]
    [InlineData(true, "n,,")]
    [InlineData(true, "y,,")] // the client knows bindings, and was not offered any
    [InlineData(true, "p=tls-server-end-point,,")]
    public async Task Scram_logs_in_without_showing_the_password(bool tls, string header)
    {
        await using var house = await SmtpHouse.OpenAsync(tls: TestCertificate.Tls);
        var handler = new SmtpHandler(house.Services, new SmtpPort(SmtpRole.Submission, ImplicitTls: tls));
        await using var client = new DialogueClient(handler);
        if (tls) await client.StartTlsAsync();
        await client.ExpectAsync("220 <*>");
        await client.SendAsync("HELO a\r\n");
        await client.ExpectAsync("250 <*>");
        var binding = header[0] == 'p' ? TestCertificate.Tls.EndPointBinding.ToArray() : null;
        var mechanism = binding is null ? "SCRAM-SHA-256" : "SCRAM-SHA-256-PLUS";

        var wrong = new ScramClient("anna@mail.test", "abcdefghijklmnopqrstuvwxy2", header, binding);
        await client.SendAsync($"AUTH {mechanism} {wrong.First()}\r\n");
        await client.SendAsync(wrong.Final((await client.ReadLineAsync())![4..]) + "\r\n");
        await client.ExpectAsync("535 5.7.8 Authentication credentials invalid");

        var scram = new ScramClient("anna@mail.test", SmtpHouse.Password, header, binding);
        await client.SendAsync($"AUTH {mechanism}\r\n");
        await client.ExpectAsync("334 ");
        await client.SendAsync(scram.First() + "\r\n");
        await client.SendAsync(scram.Final((await client.ReadLineAsync())![4..]) + "\r\n");
        Assert.True(scram.Trusts((await client.ReadLineAsync())![4..]));
        await client.SendAsync("\r\n");
        await client.ExpectAsync("235 2.7.0 Authentication successful");
        await client.SendAsync("MAIL FROM:<anna@mail.test>\r\n");
        await client.ExpectAsync("250 <*>");
    }

    [Theory]
    [InlineData("SCRAM-SHA-256-PLUS", "n,,")]
    [InlineData("SCRAM-SHA-256", "p=tls-server-end-point,,")]
    [InlineData("SCRAM-SHA-256-PLUS", "p=tls-unique,,")]
    public async Task Scram_refuses_bindings_that_do_not_fit(string mechanism, string header)
    {
        await using var house = await SmtpHouse.OpenAsync(tls: TestCertificate.Tls);
        await using var client = new DialogueClient(new SmtpHandler(house.Services, new SmtpPort(SmtpRole.Submission, ImplicitTls: true)));
        await client.StartTlsAsync();
        await client.ExpectAsync("220 <*>");
        await client.SendAsync($"HELO a\r\nAUTH {mechanism} {new ScramClient("anna@mail.test", SmtpHouse.Password, header).First()}\r\n");
        await client.ExpectAsync("250 <*>");
        await client.ExpectAsync("501 5.5.2 Not what the mechanism says");
    }

    [Fact]
    public async Task A_revoked_device_is_cut_off_at_once()
    {
        await using var house = await SmtpHouse.OpenAsync();
        await using var client = new DialogueClient(house.Submission);
        await client.SendAsync($"HELO a\r\nAUTH PLAIN {SmtpHouse.Plain("anna@mail.test")}\r\n");
        await client.ExpectAsync("220 <*>");
        await client.ExpectAsync("250 <*>");
        await client.ExpectAsync("235 <*>");
        var cancellation = TestContext.Current.CancellationToken;
        Assert.Equal(default, await house.Accounts.RevokeAsync(house.Anna.Id, house.Anna.Devices[0].Id, cancellation));
        await client.ExpectAsync("421 4.7.0 Session ended by the owner of the account");
        await client.ExpectAsync("<closed>");
    }
}
