using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace CompatBot.CrashTests;

/// <summary>`calendar` on the command line of the real program: share, unshare, subscribe, list.</summary>
public sealed class CalendarVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("compatbot-calendars-").FullName;

    private string Data => Path.Combine(_folder, "data");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_calendar_is_shared_and_taken_back_with_new_keys_for_what_follows()
    {
        var anna = await MakeAsync("anna@one.test");
        var bert = await MakeAsync("bert@one.test");
        var words = await FileAsync(anna.Words);
        var berts = await FileAsync(bert.Words);
        Assert.Equal(3, (await RunAsync("calendar", "share", anna.Address, "nothing", bert.Address, "--unlock", words)).ExitCode);
        Assert.Equal(3, (await RunAsync("calendar", "share", anna.Address, "calendar", "x@one.test", "--unlock", words)).ExitCode);
        var shared = await OkAsync("calendar", "share", anna.Address, "calendar", bert.Address, "--write", "--unlock", words);
        Assert.Contains("calendar\n    bert@one.test   reads and writes\n", shared, StringComparison.Ordinal);
        Assert.Contains("of anna@one.test", await OkAsync("calendar", "list", bert.Address, "--unlock", berts), StringComparison.Ordinal);
        var left = await OkAsync("calendar", "unshare", anna.Address, "calendar", bert.Address, "--new-keys", "--unlock", words);
        Assert.DoesNotContain("bert@one.test", left, StringComparison.Ordinal);
        Assert.DoesNotContain("of anna", await OkAsync("calendar", "list", bert.Address, "--unlock", berts), StringComparison.Ordinal);
        var next = JsonDocument.Parse(await OkAsync("account", "rotate", anna.Address, "--unlock", words, "--json")).RootElement;
        Assert.Equal(3, next.GetProperty("epoch").GetInt32()); // The second was begun to lock Bert out.
        Assert.Equal(3, (await RunAsync("calendar", "unshare", anna.Address, "calendar", bert.Address, "--unlock", words)).ExitCode);
    }

    [Fact]
    public async Task What_is_subscribed_to_is_fetched_at_once_and_why_it_is_not_is_told()
    {
        using var site = new TcpListener(IPAddress.Loopback, 0);
        site.Start();
        var serving = ServeAsync(site);
        var port = ((IPEndPoint)site.LocalEndpoint).Port;
        var anna = await MakeAsync("anna@one.test");
        var words = await FileAsync(anna.Words);
        Assert.Equal(2, (await RunAsync("calendar", "subscribe", anna.Address, "ftp://x.test/", "--unlock", words)).ExitCode);
        using (var server = await ServerProcess.StartAsync(Data, "--private-sources"))
        {
            using var open = await ImapClient.LoginAsync(server.Port("imap"), anna.Address, anna.Password);
            string[] source = ["calendar", "subscribe", anna.Address, $"http://127.0.0.1:{port}/there.ics", "--title", "Holidays"];
            var made = await OkAsync([.. source, "--unlock", words]);
            Assert.Contains($"from http://127.0.0.1:{port}/there.ics", made, StringComparison.Ordinal);
            await OkAsync("calendar", "subscribe", anna.Address, $"webcal://127.0.0.1:{port}/missing.ics", "--unlock", words);
            var list = "";
            for (var i = 0; i < 100 && !list.Contains("not fetched", StringComparison.Ordinal); i++)
            {
                await Task.Delay(50, Cancellation);
                list = await OkAsync("calendar", "list", anna.Address, "--unlock", words);
            }

            var there = list.Split('\n').Single(line => line.Contains("there.ics", StringComparison.Ordinal));
            Assert.DoesNotContain("not fetched", there, StringComparison.Ordinal);
            Assert.Contains("missing.ics, not fetched: ", list, StringComparison.Ordinal);
            using var dav = new DavClient(server.Port("http"), anna.Address, anna.Password);
            var (status, _, octets) = await dav.SendAsync("GET", $"calendars/{anna.Address}/{there.Split(' ')[0]}/?export");
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Contains("SUMMARY:New Year", Encoding.UTF8.GetString(octets), StringComparison.Ordinal);
            Assert.Equal(0, await server.StopAsync());
        }

        site.Stop();
        await serving;
    }

    /// <summary>A web server with one calendar.</summary>
    private static async Task ServeAsync(TcpListener site)
    {
        const string Calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
            + "DTSTART;VALUE=DATE:20260101\r\nSUMMARY:New Year\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        try
        {
            while (true)
            {
                using var client = await site.AcceptTcpClientAsync(Cancellation);
                await using var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                var asked = await reader.ReadLineAsync(Cancellation);
                while (await reader.ReadLineAsync(Cancellation) is { Length: > 0 }) continue;
                var isThere = asked?.Contains("/there.ics", StringComparison.Ordinal) == true;
                var head = isThere ? "200 OK\r\nContent-Type: text/calendar" : "404 Not Found";
                var answer = $"HTTP/1.1 {head}\r\nContent-Length: {(isThere ? Calendar.Length : 0)}\r\nConnection: close\r\n\r\n";
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer + (isThere ? Calendar : "")), Cancellation);
            }
        }
        catch (SocketException)
        {
            return; // The test is over.
        }
    }

    private async Task<Resident> MakeAsync(string address)
    {
        var made = JsonDocument.Parse(await OkAsync("account", "add", address, "--json")).RootElement;
        return new Resident(
            address, made.GetProperty("devices")[0].GetProperty("password").GetString()!, made.GetProperty("words").GetString()!);
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        ServerProcess.VerbAsync(Data, null, arguments);

    private async Task<string> OkAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException($"{string.Join(' ', arguments)}: {exitCode}: {error}");
    }

    private async Task<string> FileAsync(string content)
    {
        var path = Path.Combine(_folder, Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, content, Cancellation);
        return path;
    }
}
