using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace CompatBot.CrashTests;

/// <summary>The admin port of the real program, after traffic of known size.</summary>
public sealed partial class WatchTests : IDisposable
{
    private static readonly byte[] Letter = "Subject: secretsubject\r\n\r\nsecretbody\r\n"u8.ToArray();

    private readonly HttpClient _http = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>At the ports of this offset nobody listens, whatever else runs on the machine.</summary>
    private const string QuietPorts = "21000";

    [Fact]
    public async Task What_was_done_is_counted_and_nobody_is_named()
    {
        using var site = await CrashSite.MakeAsync();
        using var server = await ServerProcess.StartAsync(site.Data);
        using (var smtp = await SmtpClient.ConnectAsync(server.Port("smtp"), null))
        {
            await smtp.SendAsync("stranger@secret.example", [site.Away.Address], Letter);
        }

        using var imap = await ImapClient.LoginAsync(server.Port("imap"), site.Home.Address, site.Home.Password);
        await imap.MustAsync("CREATE secretfolder");
        await imap.AppendAsync("INBOX", "", Letter);
        await imap.SelectAsync("INBOX");
        await imap.MustAsync("FETCH 1 (ENVELOPE)");
        await imap.MustAsync("FETCH 1 (BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
        Assert.False((await imap.RunAsync("SELECT nowhere")).Ok);
        Assert.False((await imap.RunAsync("NONSENSE")).Ok);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => ImapClient.LoginAsync(server.Port("imap"), site.Away.Address, "wrong-password-abcdefghijkl"));
        await SpoilHandshakeAsync(server.Port("imaps"));

        var (status, text) = await GetAsync(server, "/metrics");
        Assert.Equal(HttpStatusCode.OK, status);
        var found = Sample().Matches(text).ToDictionary(
            match => match.Groups[1].Value, match => double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        Assert.Equal(3, found["compatbot_sessions_total{protocol=\"imap\"}"]); // The wrong login's and the spoilt one were taken, too.
        Assert.Equal(1, found["compatbot_sessions_total{protocol=\"smtp\"}"]);
        Assert.InRange(found["compatbot_sessions_open{protocol=\"imap\"}"], 1, 2);
        Assert.Equal(1, found["compatbot_tls_handshakes_failed_total{protocol=\"imap\"}"]);
        Assert.Equal(1, found["compatbot_logins_total{protocol=\"imap\",result=\"ok\"}"]);
        Assert.Equal(1, found["compatbot_logins_total{protocol=\"imap\",result=\"failed\"}"]);
        Assert.Equal(6, found["compatbot_replies_total{protocol=\"imap\",kind=\"ok\"}"]); // LOGIN CREATE APPEND SELECT FETCH FETCH
        Assert.Equal(2, found["compatbot_replies_total{protocol=\"imap\",kind=\"no\"}"]); // SELECT, the other LOGIN
        Assert.Equal(1, found["compatbot_replies_total{protocol=\"imap\",kind=\"bad\"}"]);
        Assert.Equal(5, found["compatbot_replies_total{protocol=\"smtp\",kind=\"2xx\"}"]); // Greeting, EHLO, MAIL, RCPT, the message
        Assert.Equal(1, found["compatbot_replies_total{protocol=\"smtp\",kind=\"3xx\"}"]);
        Assert.Equal((2, 1), (found["compatbot_accounts"], found["compatbot_dropbox_items"]));
        Assert.Equal((1, 1), (found["compatbot_vaults_open"], found["compatbot_vaults_opened_total"]));
        Assert.Equal(4, found["compatbot_journal_entries_total"]); // The first mailboxes, CREATE, APPEND, SELECT claims what is recent
        Assert.True(found["compatbot_cache_lookups_total{cache=\"summary\",result=\"hit\"}"] >= 2);
        Assert.True(found["compatbot_store_commit_duration_seconds_count"] >= 4);
        Assert.True(found["compatbot_store_fsyncs_total"] >= 4);
        Assert.True(found["compatbot_received_bytes_total{protocol=\"smtp\"}"] > 100);
        Assert.True(found["compatbot_sent_bytes_total{protocol=\"imap\"}"] > 500);

        foreach (var name in (string[])["secret", "crash.test", "home", "away", "stranger", "127.0.0.1", site.Home.Password, "@"])
        {
            Assert.DoesNotContain(name, text, StringComparison.OrdinalIgnoreCase);
        }

        Assert.All(
            Label().Matches(text),
            match => Assert.Matches(
                "^(imap|smtp|ok|no|bad|bye|[2-5]xx|failed|locked_out|hit|miss|summary|mailbox|full|unavailable|[0-9.]+|\\+Inf)$",
                match.Groups[1].Value));
    }

    [Fact]
    public async Task Every_metric_is_in_the_list_and_the_list_has_no_other()
    {
        using var site = await CrashSite.MakeAsync();
        using var server = await ServerProcess.StartAsync(site.Data);
        var (_, text) = await GetAsync(server, "/metrics");
        var listed = from line in await File.ReadAllLinesAsync(ListPath(), Cancellation)
                     let match = Row().Match(line)
                     where match.Success
                     select $"{match.Groups[1].Value} {match.Groups[2].Value}";
        Assert.Equal(listed, from Match match in Typed().Matches(text) select $"{match.Groups[1].Value} {match.Groups[2].Value}");
    }

    [Fact]
    public async Task Health_is_told_and_anything_else_is_not_found()
    {
        using var site = await CrashSite.MakeAsync();
        using var server = await ServerProcess.StartAsync(site.Data);
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync(server, "/healthz"));
        var (status, text) = await GetAsync(server, "/readyz");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith("ok store: ", text, StringComparison.Ordinal);
        foreach (var path in (string[])["/", "/metrics/", "/Metrics", "/healthz/x", "/%6detrics/..", "/debug/pprof"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(server, path)).Status);
        }

        using var posted = await _http.PostAsync(Url(server, "/metrics"), new StringContent("x"), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, posted.StatusCode);
        using var large = new HttpRequestMessage(HttpMethod.Get, Url(server, "/metrics"));
        large.Headers.Add("X-Large", new string('x', Gateway.Watch.WatchLimits.HeaderBytesMax));
        using var refused = await _http.SendAsync(large, Cancellation);
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, refused.StatusCode);
        Assert.Equal(HttpStatusCode.RequestUriTooLong,
            (await GetAsync(server, "/" + new string('x', Gateway.Watch.WatchLimits.RequestLineBytesMax))).Status);
    }

    [Fact]
    public async Task One_header_field_and_one_connection_too_many_are_refused()
    {
        using var site = await CrashSite.MakeAsync();
        using var server = await ServerProcess.StartAsync(site.Data);
        Assert.Equal("HTTP/1.1 200 OK", await AskAsync(server, Gateway.Watch.WatchLimits.HeaderFieldsMax - 1)); // And Host.
        Assert.Equal("HTTP/1.1 431 Request Header Fields Too Large", await AskAsync(server, Gateway.Watch.WatchLimits.HeaderFieldsMax));
        var open = new List<WireClient>();
        for (var count = 0; count < Gateway.Watch.WatchLimits.ConnectionsMax; count++)
        {
            open.Add(await WireClient.ConnectAsync(server.Port("admin")));
            Assert.Equal("HTTP/1.1 200 OK", await AskAsync(open[^1], 0));
        }

        await Assert.ThrowsAsync<IOException>(() => AskAsync(server, 0));
        open.ForEach(one => one.Dispose());
        using var imap = await ImapClient.LoginAsync(server.Port("imap"), site.Home.Address, site.Home.Password); // Not its affair.
    }

    [Fact]
    public async Task The_doctor_finds_a_server_that_runs_in_order()
    {
        using var site = await CrashSite.MakeAsync();
        using var server = await ServerProcess.StartAsync(site.Data);
        var (code, output, error) = await ServerProcess.VerbAsync(site.Data, null, "doctor", "--offline");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("is ready", output);
        Assert.Contains("all 13 are served", output);
        Assert.Contains("2 accounts, the ends of their journals are sound", output);
        Assert.Contains(" 0 problems", output);
        Assert.Equal(0, await server.StopAsync());
        (code, output, _) = await ServerProcess.VerbAsync(site.Data, null, "doctor", "--offline", "--json", "--port-offset", "65000");
        Assert.Equal(2, code);
        Assert.Equal(6, (await ServerProcess.VerbAsync(site.Data, null, "status")).ExitCode);
    }

    [Fact]
    public async Task The_doctor_finds_a_store_that_went_back()
    {
        using var site = await CrashSite.MakeAsync();
        var (store, older) = (Path.Combine(site.Data, "compatbot.db"), Path.Combine(site.Data, "older"));
        File.Copy(store, older);
        using (var server = await ServerProcess.StartAsync(site.Data))
        {
            using (var imap = await ImapClient.LoginAsync(server.Port("imap"), site.Home.Address, site.Home.Password))
            {
                await imap.AppendAsync("INBOX", "", Letter);
            }

            Assert.Equal(0, await server.StopAsync());
        }

        Assert.Equal(0, (await ServerProcess.VerbAsync(site.Data, null, "store", "glance")).ExitCode);
        File.Move(older, store, overwrite: true);
        var (code, output, _) = await ServerProcess.VerbAsync(site.Data, null, "doctor", "--offline", "--port-offset", QuietPorts);
        Assert.Equal(7, code);
        Assert.Contains("older copy of the store", output);
    }

    [Fact]
    public async Task Metrics_are_sent_to_a_collector_at_the_latest_when_the_server_stops()
    {
        using var site = await CrashSite.MakeAsync();
        using var collector = new HttpListener();
        var port = FreePort();
        collector.Prefixes.Add($"http://127.0.0.1:{port}/");
        collector.Start();
        var asked = collector.GetContextAsync();
        using var server = await ServerProcess.StartAsync(site.Data, "--otlp", $"http://127.0.0.1:{port}");
        var stopping = server.StopAsync();
        var request = await asked.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        using var body = new MemoryStream();
        await request.Request.InputStream.CopyToAsync(body, Cancellation);
        request.Response.Close();
        Assert.Equal(("/v1/metrics", "application/x-protobuf"), (request.Request.Url?.AbsolutePath, request.Request.ContentType));
        var text = Encoding.Latin1.GetString(body.ToArray());
        Assert.Contains("compatbot_store_fsyncs_total", text);
        Assert.Contains("compatbot_dropbox_items", text);
        Assert.DoesNotContain("crash.test", text);
        Assert.Equal(0, await stopping);
    }

    public void Dispose() => _http.Dispose();

    private static async Task<string> AskAsync(ServerProcess server, int fields)
    {
        using var wire = await WireClient.ConnectAsync(server.Port("admin"));
        return await AskAsync(wire, fields);
    }

    private static async Task<string> AskAsync(WireClient wire, int fields)
    {
        await wire.WriteLineAsync("GET /healthz HTTP/1.1");
        await wire.WriteLineAsync("Host: localhost");
        for (var field = 0; field < fields; field++) await wire.WriteLineAsync($"X-{field}: x");
        await wire.WriteLineAsync("");
        return await wire.ReadLineAsync();
    }

    private async Task<(HttpStatusCode Status, string Text)> GetAsync(ServerProcess server, string path)
    {
        using var answer = await _http.GetAsync(Url(server, path), Cancellation);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }

    /// <summary>The path is sent as it is.</summary>
    private static Uri Url(ServerProcess server, string path) => new(
        $"http://127.0.0.1:{server.Port("admin")}{path}",
        new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Says something that is no TLS, and waits until the server hangs up: then it has counted.</summary>
    private static async Task SpoilHandshakeAsync(int port)
    {
        using var wire = new TcpClient();
        await wire.ConnectAsync(IPAddress.Loopback, port, Cancellation);
        await wire.GetStream().WriteAsync("a LOGIN in clear\r\n"u8.ToArray(), Cancellation);
        try
        {
            while (await wire.GetStream().ReadAsync(new byte[256], Cancellation) > 0) continue;
        }
        catch (IOException)
        {
            return; // A reset is an end, too.
        }
    }

    private static string ListPath([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "../../gateway/watch/METRICS.md");

    [GeneratedRegex(@"^([a-z_]+(?:\{[^}]*\})?) ([-+0-9.eE]+|NaN)$", RegexOptions.Multiline)]
    private static partial Regex Sample();

    [GeneratedRegex(@"^# TYPE (\S+) (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Typed();

    [GeneratedRegex(@"^\| ([a-z_]+) \| (counter|gauge|histogram) \|")]
    private static partial Regex Row();

    [GeneratedRegex("=\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Label();
}
