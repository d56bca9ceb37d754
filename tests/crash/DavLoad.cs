using System.Net;
using System.Text;

namespace CompatBot.CrashTests;

/// <summary>Puts, moves and deletes files and calendar objects until the server is killed, and looks for them afterwards.</summary>
internal sealed class DavLoad(CrashSite site, ServerProcess server) : IDisposable
{
    /// <summary>Few names, so that most requests meet something.</summary>
    private const int Names = 12;

    private readonly DavClient _client = new(server.Port("http"), site.Home.Address, site.Home.Password);

    public async Task PutFilesAsync(Random dice)
    {
        while (true)
        {
            var path = File(dice);
            switch (dice.Next(6))
            {
                case 0: await DeleteAsync(path); break;
                case 1: await MoveAsync(path, File(dice)); break;
                default: await PutAsync(path, dice.Next(12) == 0 ? dice.Next(100_000, 1_500_000) : dice.Next(200, 5_000)); break;
            }
        }
    }

    public async Task PutEventsAsync(Random dice)
    {
        while (true)
        {
            var path = $"calendars/{site.Home.Address}/calendar/e{dice.Next(Names)}.ics";
            if (dice.Next(5) == 0) await DeleteAsync(path);
            else await PutAsync(path, 200);
        }
    }

    /// <summary>Reads everything that was promised.</summary>
    public async Task AuditAsync()
    {
        foreach (var path in site.Home.Paths.All)
        {
            var (status, etag, body) = await _client.SendAsync("GET", path);
            if (status is not (HttpStatusCode.OK or HttpStatusCode.NotFound)) throw Refused("GET", status);
            bool IsThatOf(string token) => body.AsSpan().SequenceEqual(Octets(path, token));
            site.Home.Paths.Audit(path, status == HttpStatusCode.OK ? IsThatOf : null, etag);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task PutAsync(string path, int bytes)
    {
        var token = site.NewToken(bytes);
        site.Home.Paths.Begin(path, new Copy(token, null));
        var (status, etag, _) = await _client.SendAsync("PUT", path, Octets(path, token));
        if (status is not (HttpStatusCode.Created or HttpStatusCode.NoContent)) throw Refused("PUT", status);
        site.Home.Paths.End(path, new Copy(token, etag));
    }

    private async Task DeleteAsync(string path)
    {
        site.Home.Paths.Begin(path, null);
        var (status, _, _) = await _client.SendAsync("DELETE", path);
        if (status is not (HttpStatusCode.NoContent or HttpStatusCode.NotFound)) throw Refused("DELETE", status);
        site.Home.Paths.End(path, null);
    }

    private async Task MoveAsync(string from, string to)
    {
        if (from == to || site.Home.Paths.Settled(from) is not { } copy) return;
        site.Home.Paths.Begin(from, null);
        site.Home.Paths.Begin(to, copy with { ETag = null });
        var (status, _, _) = await _client.SendAsync("MOVE", from, destination: to);
        if (status is not (HttpStatusCode.Created or HttpStatusCode.NoContent)) throw Refused("MOVE", status);
        site.Home.Paths.End(from, null);
        site.Home.Paths.End(to, copy with { ETag = null });
    }

    /// <summary>A server that stops may refuse; one that runs may not.</summary>
    private Exception Refused(string method, HttpStatusCode status) =>
        server.Ending ? new IOException($"{method}: {status}") : new CrashException($"{method} refused: {status}");

    private string File(Random dice) => $"files/{site.Home.Address}/f{dice.Next(Names)}";

    private static byte[] Octets(string path, string token) => path.EndsWith(".ics", StringComparison.Ordinal)
        ? Encoding.ASCII.GetBytes($"""
            BEGIN:VCALENDAR
            VERSION:2.0
            PRODID:-//crash//EN
            BEGIN:VEVENT
            UID:{path}
            DTSTAMP:20260101T000000Z
            DTSTART:20260102T100000Z
            SUMMARY:{token}
            END:VEVENT
            END:VCALENDAR

            """.ReplaceLineEndings("\r\n"))
        : Letters.Make(token);
}
