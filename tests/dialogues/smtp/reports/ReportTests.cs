using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using CompatBot.Core.Notes;
using CompatBot.DialogueTests.Smtp.Checks;
using CompatBot.Protocols.Smtp;
using CompatBot.Protocols.Smtp.Checks;
using CompatBot.Protocols.Smtp.Relay.Security;
using CompatBot.Protocols.Smtp.Reports;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace CompatBot.DialogueTests.Smtp.Reports;

/// <summary>What other domains are told of a day: by whom it was asked for, once, and also after a restart.</summary>
public sealed class ReportTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_domain_hears_how_TLS_went_with_its_servers()
    {
        await using var house = await SmtpHouse.OpenAsync();
        using var notes = new HostNotes(house.Store, house.Host);
        var tls = new TlsReports(notes, house.Time);
        for (var count = 0; count < 3; count++) tls.Add(
            new TlsOutcome("b.example", TlsPolicyType.Sts, ["*.b.example"], null, "mx.b.example"));
        tls.Add(new TlsOutcome(
            "b.example", TlsPolicyType.Sts, ["*.b.example"], TlsFailure.Expired, "mx.b.example", IPAddress.Parse("192.0.2.5")));
        tls.Add(new TlsOutcome("quiet.example", TlsPolicyType.Tlsa, [], null));
        await using var rounds = Rounds(house, notes, tls, "_smtp._tls.b.example TXT v=TLSRPTv1; rua=mailto:bert@mail.test");
        await rounds.RunOnceAsync(Cancellation);
        Assert.Empty(await house.InboxAsync("bert@mail.test"));
        house.Time.Advance(TimeSpan.FromDays(1));
        await rounds.RunOnceAsync(Cancellation);
        await rounds.RunOnceAsync(Cancellation);
        var mail = Assert.Single(await house.InboxAsync("bert@mail.test"));
        Assert.Contains("\r\nTLS-Report-Domain: b.example\r\nTLS-Report-Submitter: mx.mail.test\r\n", mail, StringComparison.Ordinal);
        Assert.Contains("filename=\"mx.mail.test!b.example!1795219200!1795305599.json.gz\"", mail, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(Attachment(mail));
        Assert.Equal("2026-11-21T00:00:00Z", report.RootElement.GetProperty("date-range").GetProperty("start-datetime").GetString());
        var policy = Assert.Single(report.RootElement.GetProperty("policies").EnumerateArray());
        Assert.Equal(
            """{"policy-type":"sts","policy-domain":"b.example","mx-host":["*.b.example"]}""", policy.GetProperty("policy").GetRawText());
        Assert.Equal(
            """{"total-successful-session-count":3,"total-failure-session-count":1}""", policy.GetProperty("summary").GetRawText());
        Assert.Equal(
            """[{"result-type":"certificate-expired","failed-session-count":1,"receiving-mx-hostname":"mx.b.example","""
            + "\"receiving-ip\":\"192.0.2.5\"}]",
            policy.GetProperty("failure-details").GetRawText());
    }

    [Fact]
    public async Task What_was_counted_outlives_a_restart_and_lies_sealed()
    {
        await using var house = await SmtpHouse.OpenAsync();
        using var notes = new HostNotes(house.Store, house.Host);
        await using (var rounds = Rounds(house, notes, new TlsReports(notes, house.Time), ""))
        {
            await rounds.StartAsync(Cancellation);
        }

        var before = new TlsReports(notes, house.Time);
        before.Add(new TlsOutcome("b.example", TlsPolicyType.Tlsa, [], null));
        Assert.Equal(default, await before.Book.KeepAsync(Cancellation));
        var after = new TlsReports(notes, house.Time);
        await after.Book.LoadAsync(Cancellation);
        after.Add(new TlsOutcome("b.example", TlsPolicyType.Tlsa, [], null));
        house.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(2, Assert.Single(Assert.Single(after.Book.Past()).Lines).Count);
    }

    [Fact]
    public async Task One_dead_destination_brings_the_other_no_second_copy()
    {
        await using var house = await SmtpHouse.OpenAsync();
        using var notes = new HostNotes(house.Store, house.Host);
        var tls = new TlsReports(notes, house.Time);
        tls.Add(new TlsOutcome("b.example", TlsPolicyType.Tlsa, [], null));
        const string zone = "_smtp._tls.b.example TXT v=TLSRPTv1; rua=https://dead.example/r,mailto:bert@mail.test";
        await using var rounds = Rounds(house, notes, tls, zone);
        house.Time.Advance(TimeSpan.FromDays(1));
        await rounds.RunOnceAsync(Cancellation);
        await rounds.RunOnceAsync(Cancellation);
        Assert.Single(await house.InboxAsync("bert@mail.test"));
    }

    [Fact]
    public async Task A_note_that_does_not_read_is_begun_anew()
    {
        await using var house = await SmtpHouse.OpenAsync();
        using var notes = new HostNotes(house.Store, house.Host);
        Assert.Equal(default, await notes.WriteAsync(HostNote.TlsReports, "[{"u8.ToArray(), Cancellation));
        var tls = new TlsReports(notes, house.Time);
        await tls.Book.LoadAsync(Cancellation);
        tls.Add(new TlsOutcome("b.example", TlsPolicyType.Tlsa, [], null));
        Assert.Equal(default, await tls.Book.KeepAsync(Cancellation));
    }

    [Fact]
    public async Task What_nobody_could_be_told_for_days_is_forgotten()
    {
        await using var house = await SmtpHouse.OpenAsync();
        using var notes = new HostNotes(house.Store, house.Host);
        var tls = new TlsReports(notes, house.Time);
        tls.Add(new TlsOutcome("b.example", TlsPolicyType.Tlsa, [], null));
        await using var rounds = Rounds(house, notes, tls, "_smtp._tls.b.example FAIL");
        house.Time.Advance(TimeSpan.FromDays(1));
        await rounds.RunOnceAsync(Cancellation);
        Assert.Single(tls.Book.Past());
        house.Time.Advance(TimeSpan.FromDays(ReportBook<TlsLine>.DaysMax));
        await rounds.RunOnceAsync(Cancellation);
        Assert.Empty(tls.Book.Past());
    }

    [Fact]
    public void A_book_takes_no_more_than_it_can_keep()
    {
        var time = new DialogueTime();
        var tls = new TlsReports(null!, time);
        for (var at = 0; at < 2 * ReportBook<TlsLine>.LinesMax; at++)
        {
            tls.Add(new TlsOutcome("b.example", TlsPolicyType.Tlsa, [], TlsFailure.Expired, $"mx{at}.b.example"));
        }

        for (var at = 0; at < 2 * ReportBook<TlsLine>.AllLinesMax; at++) tls.Add(
            new TlsOutcome($"d{at}.example", TlsPolicyType.Tlsa, [], null));
        time.Advance(TimeSpan.FromDays(1));
        var pages = tls.Book.Past();
        Assert.Equal(ReportBook<TlsLine>.DomainsMax, pages.Count);
        Assert.True(pages.Sum(page => page.Lines.Count) <= ReportBook<TlsLine>.AllLinesMax);
        Assert.Equal(ReportBook<TlsLine>.LinesMax, pages.Single(page => page.Domain == "b.example").Lines.Count);
    }

    [Fact]
    public async Task A_domain_hears_what_came_in_its_name()
    {
        await using var house = await SmtpHouse.OpenAsync();
        using var notes = new HostNotes(house.Store, house.Host);
        var dmarc = new DmarcReports(notes, house.Time);
        var zone = new TestZone(
            """
            _dmarc.author.example TXT v=DMARC1; p=reject; adkim=s; rua=mailto:bert@mail.test!10m,mailto:x@nobody.example
            author.example._report._dmarc.mail.test TXT v=DMARC1
            author.example TXT v=spf1 ip4:192.0.2.10 -all
            """);
        house.Services = house.Services with { Checks = new MailChecks(zone, true, []) { Reports = dmarc } };
        await SendAsync(house, "192.0.2.10", "250 2.0.0 <*>");
        await SendAsync(house, "192.0.2.66", "550 5.7.1 <*>");
        await SendAsync(house, "192.0.2.66", "550 5.7.1 <*>");
        house.Time.Advance(TimeSpan.FromDays(1));
        await using var rounds = Rounds(house, notes, new TlsReports(notes, house.Time), zone, dmarc);
        await rounds.RunOnceAsync(Cancellation);
        Assert.Equal(0, house.Queue.Count); // Nobody at nobody.example has asked for it.
        var mail = Assert.Single(await house.InboxAsync("bert@mail.test"));
        Assert.Contains("Subject: Report Domain: author.example Submitter: mx.mail.test Report-ID: ", mail, StringComparison.Ordinal);
        var report = XDocument.Parse(Attachment(mail)).Root!;
        var name = report.Name.Namespace;
        Assert.Equal(
            ["domain=author.example", "p=reject", "adkim=s"],
            report.Element(name + "policy_published")!.Elements().Select(one => $"{one.Name.LocalName}={one.Value}"));
        Assert.Equal(
            ["192.0.2.10 1 none fail pass author.example pass", "192.0.2.66 2 reject fail fail author.example fail"],
            report.Elements(name + "record").Select(record => string.Join(' ', from element in record.Descendants()
                where element.Name.LocalName is "source_ip" or "count" or "disposition" or "dkim" or "spf" or "header_from" or "result"
                where !element.HasElements
                select element.Value)));
    }

    [Fact]
    public async Task Nobody_else_is_told_without_consent()
    {
        await using var house = await SmtpHouse.OpenAsync();
        var zone = new TestZone("_dmarc.author.example TXT v=DMARC1; p=none; rua=mailto:a@author.example,mailto:victim@mail.test");
        Assert.Equal(["a@author.example"], await DmarcReports.DestinationsAsync(zone, "author.example", Cancellation));
    }

    [Fact]
    public async Task A_web_server_gets_the_report_that_it_asked_for()
    {
        await using var house = await SmtpHouse.OpenAsync();
        using var notes = new HostNotes(house.Store, house.Host);
        var tls = new TlsReports(notes, house.Time);
        tls.Add(new TlsOutcome("b.example", TlsPolicyType.Tlsa, [], null));
        using var web = new WebServer();
        await using var rounds = Rounds(
            house, notes, tls, new TestZone("_smtp._tls.b.example TXT v=TLSRPTv1; rua=https://reports.example/in"),
            new DmarcReports(notes, house.Time), web);
        house.Time.Advance(TimeSpan.FromDays(1));
        web.Status = HttpStatusCode.ServiceUnavailable;
        await rounds.RunOnceAsync(Cancellation);
        web.Status = HttpStatusCode.Created;
        await rounds.RunOnceAsync(Cancellation);
        await rounds.RunOnceAsync(Cancellation);
        Assert.Equal(2, web.Got.Count); // Once more after the failure, and then no more.
        var (target, type, octets) = web.Got[1];
        Assert.Equal(("https://reports.example/in", "application/tlsrpt+gzip"), (target, type));
        using var packed = new MemoryStream(octets);
        using var report = JsonDocument.Parse(new GZipStream(packed, CompressionMode.Decompress));
        Assert.Equal("mx.mail.test", report.RootElement.GetProperty("organization-name").GetString());
    }

    [Fact]
    public async Task Reports_that_come_in_are_read()
    {
        await using var house = await SmtpHouse.OpenAsync();
        using var notes = new HostNotes(house.Store, house.Host);
        var (tls, dmarc) = (new TlsReports(notes, house.Time), new DmarcReports(notes, house.Time));
        for (var count = 0; count < 3; count++) tls.Add(new TlsOutcome("b.example", TlsPolicyType.Sts, [], null, "mx.b.example"));
        tls.Add(new TlsOutcome("b.example", TlsPolicyType.Sts, [], TlsFailure.Expired, "mx.b.example"));
        var zone = new TestZone(
            """
            _smtp._tls.b.example TXT v=TLSRPTv1; rua=mailto:bert@mail.test
            _dmarc.author.example TXT v=DMARC1; p=reject; rua=mailto:bert@mail.test
            author.example._report._dmarc.mail.test TXT v=DMARC1
            author.example TXT v=spf1 ip4:192.0.2.10 -all
            """);
        house.Services = house.Services with { Checks = new MailChecks(zone, true, []) { Reports = dmarc } };
        await SendAsync(house, "192.0.2.10", "250 2.0.0 <*>");
        await SendAsync(house, "192.0.2.66", "550 5.7.1 <*>");
        house.Time.Advance(TimeSpan.FromDays(1));
        await using var rounds = Rounds(house, notes, tls, zone, dmarc);
        await rounds.RunOnceAsync(Cancellation);
        var inbox = await house.InboxAsync("bert@mail.test");
        var read = inbox.SelectMany(mail => ReportReader.Read(Encoding.Latin1.GetBytes(mail))).ToList();
        Assert.Equal(
            ["dmarc author.example mx.mail.test 2026-11-21 1/1 192.0.2.66=1",
                "tls b.example mx.mail.test 2026-11-21 3/1 certificate-expired mx.b.example=1"],
            read.Select(one => $"{one.Kind} {one.Domain} {one.Reporter} {one.Day:yyyy-MM-dd} {one.Passed}/{one.Failed} "
                + string.Join(',', one.Failures.Select(failure => $"{failure.What}={failure.Count}"))).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("application/gzip", "bm90IGd6aXA=")]
    [InlineData("application/zip", "UEsDBA==")]
    [InlineData("application/tlsrpt+json", "e30=")]
    [InlineData("text/xml", "PCFET0NUWVBFIGEgWzwhRU5USVRZIGIgImMiPl0+PGZlZWRiYWNrPiZiOzwvZmVlZGJhY2s+")] // It defines an entity.
    [InlineData("application/tlsrpt+gzip", "bomb")]
    public void What_only_looks_like_a_report_is_passed_over(string type, string body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (var count = 0; count < 40; count++) gzip.Write(new byte[1 << 20]);
        }

        var text = body == "bomb" ? Convert.ToBase64String(packed.ToArray()) : body;
        Assert.Empty(ReportReader.Read(Encoding.ASCII.GetBytes(
            $"Content-Type: {type}\r\nContent-Transfer-Encoding: base64\r\n\r\n{text}\r\n")));
    }

    private static Task SendAsync(SmtpHouse house, string from, string end) => house.PlayMxAsync(
        "S: <skip>\nC: EHLO client\nS: <skip 9>\nC: MAIL FROM:<a@author.example>\nS: 250 <*>\nC: RCPT TO:<anna@mail.test>\nS: 250 <*>\n"
        + $"C: DATA\nS: 354 <*>\nP: From: a@author.example\nP: \nP: words\nP: .\nS: {end}\n", IPAddress.Parse(from));

    private static ReportRounds Rounds(SmtpHouse house, HostNotes notes, TlsReports tls, string zone) =>
        Rounds(house, notes, tls, new TestZone(zone), new DmarcReports(notes, house.Time));

    private static ReportRounds Rounds(
        SmtpHouse house, HostNotes notes, TlsReports tls, TestZone zone, DmarcReports dmarc, HttpMessageHandler? web = null)
    {
        var post = new SmtpPost(house.Accounts, house.Deliveries, house.Queue, null, "mx.mail.test", house.Time, new SmtpLimits());
        return new ReportRounds(new ReportServices(
            tls, dmarc, house.Accounts, post, zone, "mx.mail.test", "anna@mail.test", house.Time, NullLogger<ReportRounds>.Instance)
        {
            Web = web,
        });
    }

    private static string Attachment(string mail)
    {
        var part = mail[mail.IndexOf("base64\r\n", StringComparison.Ordinal)..];
        part = part[(part.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        using var packed = new MemoryStream(Convert.FromBase64String(part[..part.IndexOf("\r\n\r\n--", StringComparison.Ordinal)]));
        using var plain = new StreamReader(new GZipStream(packed, CompressionMode.Decompress), Encoding.UTF8);
        return plain.ReadToEnd();
    }

    /// <summary>Stands for the Internet's web servers.</summary>
    private sealed class WebServer : HttpMessageHandler
    {
        public HttpStatusCode Status { get; set; }

        public List<(string Target, string? Type, byte[] Octets)> Got { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Got.Add((
                request.RequestUri!.AbsoluteUri,
                request.Content!.Headers.ContentType?.MediaType,
                await request.Content.ReadAsByteArrayAsync(cancellationToken)));
            return new HttpResponseMessage(Status);
        }
    }
}
