using System.Net;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Proof;
using CompatBot.Protocols.Smtp.Checks;
using CompatBot.Protocols.Smtp.Dkim;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Checks;

/// <summary>DKIM and DMARC of what comes in (RFC 6376, RFC 8601, RFC 9989): what is on top of the message, and what is refused.</summary>
public sealed class DmarcTests : IDisposable
{
    private static readonly IPAddress Stranger = IPAddress.Parse("192.0.2.10");

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly DkimKey[] _keys;

    public DmarcTests() =>
        _keys = [new RsaDkimKey("r", _rsa.ExportPkcs8PrivateKeyPem()), new Ed25519DkimKey("e", new byte[Ed25519Key.SeedBytes])];

    public void Dispose()
    {
        foreach (var key in _keys) key.Dispose();
        _rsa.Dispose();
    }

    [Fact]
    public async Task Signatures_of_both_kinds_verify_and_the_results_stand_on_top()
    {
        var message = Sign("From: A <a@author.example>\r\nSubject: x\r\n\r\nbody \r\n\r\n", "author.example");
        var found = await TakeAsync("_dmarc.author.example TXT v=DMARC1; p=reject", message);
        Assert.StartsWith(
            "Return-Path: <bounce@sender.example>\r\nAuthentication-Results: mx.mail.test;\r\n\tspf=none smtp.mailfrom=sender.example;\r\n"
            + "\tdkim=pass header.d=author.example header.s=r header.a=rsa-sha256;\r\n"
            + "\tdkim=pass header.d=author.example header.s=e header.a=ed25519-sha256;\r\n"
            + "\tdmarc=pass (p=reject) header.from=author.example\r\nReceived: from client ",
            found,
            StringComparison.Ordinal);
        Assert.EndsWith(message, found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p=reject", "fail")]
    [InlineData("p=reject; sp=none", "fail")]
    public async Task What_an_author_did_not_send_is_refused_where_the_domain_asks_for_it(string record, string result)
    {
        await using var house = await OpenAsync($"_dmarc.author.example TXT v=DMARC1; {record}", rejects: true);
        await house.PlayMxAsync(
            Dialogue("From: a@author.example\r\n\r\nspoofed\r\n",
                "S: 550 5.7.1 author.example asks to refuse mail that it did not sign or send (DMARC)"),
            Stranger);
        Assert.Empty(await house.InboxAsync());
        await using var marks = await OpenAsync($"_dmarc.author.example TXT v=DMARC1; {record}", rejects: false);
        await marks.PlayMxAsync(Dialogue("From: a@author.example\r\n\r\nspoofed\r\n", "S: 250 <*>"), Stranger);
        Assert.Contains(
            $"dmarc={result} (p=reject) header.from=author.example\r\n", Assert.Single(await marks.InboxAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p=none", "a@author.example", "author.example", "pass")]
    [InlineData("p=none", "a@author.example", "mail.author.example", "pass")]
    [InlineData("p=none; adkim=s", "a@author.example", "mail.author.example", "fail")]
    [InlineData("p=none", "a@news.author.example", "author.example", "pass")]
    [InlineData("p=none", "a@author.example", "other.example", "fail")]
    [InlineData("p=none", "a@author.example, b@author.example", "author.example", "pass")]
    [InlineData("p=none", "a@author.example, b@other.example", "author.example", "permerror (From names no single domain)")]
    [InlineData("p=none", "nobody", "author.example", "permerror (From names no single domain)")]
    public async Task A_signature_counts_where_it_is_of_the_authors_organization(string record, string from, string signer, string result)
    {
        var found = await TakeAsync($"_dmarc.author.example TXT v=DMARC1; {record}", Sign($"From: {from}\r\n\r\nb\r\n", signer));
        Assert.Contains($"\r\n\tdmarc={result}", found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("_dmarc.example TXT v=DMARC1; p=reject; psd=y\n_dmarc.author.example TXT v=DMARC1; p=none", "pass")]
    [InlineData("_dmarc.example TXT v=DMARC1; p=reject; psd=y", "pass")]
    [InlineData("_dmarc.author.example TXT v=DMARC1; p=none; psd=n", "pass")]
    [InlineData("_dmarc.news.author.example TXT v=DMARC1; p=none; psd=n", "fail")]
    [InlineData("", "none")]
    [InlineData("_dmarc.news.author.example FAIL", "temperror")]
    public async Task The_organization_is_found_by_a_walk_up_the_DNS(string records, string result)
    {
        var found = await TakeAsync(records, Sign("From: a@news.author.example\r\n\r\nb\r\n", "author.example"));
        Assert.Contains($"\r\n\tdmarc={result} ", found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SPF_that_is_aligned_is_enough()
    {
        var found = await TakeAsync(
            "_dmarc.sender.example TXT v=DMARC1; p=reject\nsender.example TXT v=spf1 ip4:192.0.2.10 -all",
                "From: a@sender.example\r\n\r\nb\r\n");
        Assert.Contains("\tdkim=none;\r\n\tdmarc=pass (p=reject)", found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("body", "other body", "fail (body hash did not verify)")]
    [InlineData("Subject: x", "Subject: y", "fail (signature did not verify)")]
    [InlineData("From: a@", "From: evil@else.example\r\nFrom: a@", "fail (signature did not verify)")]
    [InlineData("s=r;", "s=gone;", "permerror (no key)")]
    [InlineData("a=rsa-sha256", "a=rsa-sha1", "permerror (unknown algorithm)")]
    [InlineData("h=from:from", "h=to", "permerror (From is not signed)")]
    [InlineData("v=1;", "v=2;", "permerror (unknown version)")]
    [InlineData("d=author.example;", "d=author.example; x=1000000000;", "neutral (signature expired)")]
    [InlineData("d=author.example;", "d=author.example; l=x;", "permerror (l is no number)")]
    [InlineData("d=author.example;", "d=author.example; i=@else.example;", "permerror (i is not of d)")]
    [InlineData("d=author.example;", "d=author.example; d=author.example;", "permerror (malformed)")]
    public async Task A_change_breaks_a_signature(string what, string into, string result)
    {
        var signed = Sign("From: a@author.example\r\nSubject: x\r\n\r\nbody\r\n", "author.example", onlyRsa: true);
        var at = what.Contains('=', StringComparison.Ordinal)
            ? signed.IndexOf(what, StringComparison.Ordinal) : signed.LastIndexOf(what, StringComparison.Ordinal);
        Assert.True(at >= 0);
        var found = await TakeAsync("", string.Concat(signed.AsSpan(0, at), into, signed.AsSpan(at + what.Length)));
        Assert.Contains($"\r\n\tdkim={result} ", found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_that_others_wrote_in_our_name_are_taken_out()
    {
        var found =
            await TakeAsync("", "From: a@b.example\r\nAuthentication-Results: mx.mail.test;\r\n\tdkim=pass header.d=bank.example\r\n"
            + "Authentication-Results: else.example; spf=pass\r\nX: y\r\n\r\nAuthentication-Results: mx.mail.test; kept\r\n");
        Assert.DoesNotContain("bank.example", found, StringComparison.Ordinal);
        Assert.EndsWith(
            "From: a@b.example\r\nAuthentication-Results: else.example; spf=pass\r\nX: y\r\n\r\n"
            + "Authentication-Results: mx.mail.test; kept\r\n",
            found,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_message_is_marked_without_its_signatures_and_refused_by_them_all_the_same()
    {
        var body = string.Concat(Enumerable.Repeat(new string('x', 78) + "\r\n", 20_000));
        var found = await TakeAsync("", Sign("From: a@author.example\r\n\r\n" + body, "author.example"));
        Assert.Contains("\tdkim=policy (a message of this size is not held until its signatures are known)\r\nReceived:", found,
            StringComparison.Ordinal);
        Assert.EndsWith(body, found, StringComparison.Ordinal);
        await using var house = await OpenAsync("_dmarc.author.example TXT v=DMARC1; p=reject", rejects: true);
        await house.PlayMxAsync(Dialogue("From: a@author.example\r\n\r\n" + body, "S: 550 5.7.1 <*>"), Stranger);
        Assert.Empty(await house.InboxAsync());
    }

    [Fact]
    public async Task Trusted_clients_are_not_looked_at()
    {
        await using var house = await SmtpHouse.OpenAsync();
        house.Services = house.Services with { Checks = new MailChecks(new TestZone(""), true, [IPNetwork.Parse("192.0.2.0/24")]) };
        await house.PlayMxAsync(Dialogue("From: a@b.example\r\n\r\nb\r\n", "S: 250 <*>"), Stranger);
        Assert.DoesNotContain("Authentication-Results", Assert.Single(await house.InboxAsync()), StringComparison.Ordinal);
    }

    private static string Dialogue(string message, string end) =>
        "S: <skip>\nC: EHLO client\nS: <skip 9>\n"
        + "C: MAIL FROM:<bounce@sender.example>\nS: 250 <*>\nC: RCPT TO:<anna@mail.test>\nS: 250 <*>\n"
        + $"C: BDAT {message.Length} LAST\nR: {Escaped(message)}\n{end}";

    private static string Escaped(string message) => message
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\r", "\\r", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal)
        .Replace("\t", "\\t", StringComparison.Ordinal);

    private string Sign(string message, string domain, bool onlyRsa = false)
    {
        using var signer = new DkimSigner();
        signer.Write(Encoding.ASCII.GetBytes(message));
        return Encoding.ASCII.GetString(signer.Finish(domain, onlyRsa ? _keys[..1] : _keys, DateTimeOffset.UnixEpoch)) + message;
    }

    private async Task<SmtpHouse> OpenAsync(string records, bool rejects)
    {
        var keys = from domain in (string[])["author.example", "mail.author.example", "other.example"]
            from key in _keys
            select $"{DkimKeys.NameOf(key, domain)} TXT {key.Record}";
        var house = await SmtpHouse.OpenAsync();
        house.Services =
            house.Services with { Checks = new MailChecks(new TestZone($"{records}\n{string.Join('\n', keys)}"), rejects, []) };
        return house;
    }

    private async Task<string> TakeAsync(string records, string message)
    {
        await using var house = await OpenAsync(records, rejects: false);
        await house.PlayMxAsync(Dialogue(message, "S: 250 2.0.0 Delivered"), Stranger);
        for (var tries = 0; tries < 100; tries++)
        {
            // A long one is taken in a moment after the account was opened.
            if (await house.InboxAsync() is [var only]) return only;
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        return "(nothing arrived)";
    }
}
