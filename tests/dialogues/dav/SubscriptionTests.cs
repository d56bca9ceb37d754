using System.Net;
using CompatBot.Core.Calendar.Subscriptions;
using CompatBot.Protocols.Net.Http;
using Xunit;
using static CompatBot.DialogueTests.Dav.Scheduling.Invitations;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Calendars that the server fetches from elsewhere (CS:subscribed), and whatever may be there.</summary>
public sealed class SubscriptionTests
{
    private const string Feed = "/dav/calendars/anna@mail.test/feed/";
    private const string Declared = "xmlns:D='DAV:' xmlns:CS='http://calendarserver.org/ns/' xmlns:C='urn:ietf:params:xml:ns:caldav'";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string Make(string url, string method = "MKCALENDAR", string path = Feed) => method == "MKCOL"
        ? $"MKCOL {path}\nContent-Type: text/xml\n\n<D:mkcol {Declared}>{Set(url)}</D:mkcol>"
        : $"MKCALENDAR {path}\nContent-Type: text/xml\n\n<C:mkcalendar {Declared}>{Set(url)}</C:mkcalendar>";

    private static string Set(string url) => "<D:set><D:prop><D:resourcetype><D:collection/><CS:subscribed/></D:resourcetype>"
        + $"<CS:source><D:href>{url}</D:href></CS:source></D:prop></D:set>";

    private static string Move(string url) => $"PROPPATCH {Feed}\n\n<D:propertyupdate {Declared}><D:set><D:prop><CS:source><D:href>{url}"
        + "</D:href></CS:source></D:prop></D:set></D:propertyupdate>";

    private static string One(string uid, string summary, string stamp = "20260101T000000Z") =>
        $"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:{stamp}\r\nDTSTART:20260105T110000Z\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\n";

    private static string Calendar(string events, string head = "") =>
        $"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n{head}{events}END:VCALENDAR\r\n";

    private static async Task<List<string>> NamesAsync(DavHouse house) =>
        [.. (await house.AskAsync(207, $"PROPFIND {Feed}\nDepth: 1")).Hrefs.Skip(1).Select(href => href[Feed.Length..])];

    private static async Task<string?> FailureAsync(DavHouse house) => (await house.AskAsync(207,
        $"PROPFIND {Feed}\nDepth: 0\n\n<propfind xmlns='DAV:' xmlns:x='urn:compatbot'><prop><x:subscription-failure/></prop></propfind>"))
        .Property("subscription-failure");

    [Theory]
    [InlineData("MKCALENDAR")]
    [InlineData("MKCOL")]
    public async Task A_calendar_is_fetched_read_and_kept_up_to_date(string method)
    {
        await using var there = await CalendarPublisher.OpenAsync();
        there.Body = Calendar(One("a", "One") + One("b", "Two"), "X-PUBLISHED-TTL:PT1H\r\n");
        await using var house = await DavHouse.OpenAsync();
        await using var rounds = house.Subscribe(there.Http);
        await house.AskAsync(201, Make($"webcal://{there.Authority}/feed.ics", method));
        await rounds.LookAsync(house.Anna.Id, Stop);
        Assert.Equal(["a.ics", "b.ics"], await NamesAsync(house));
        var told = await house.AskAsync(207, $"PROPFIND {Feed}\nDepth: 0\n\n<D:propfind {Declared}><D:prop><D:resourcetype/><CS:source/>"
            + "<D:current-user-privilege-set/><C:supported-calendar-component-set/><D:sync-token/></D:prop></D:propfind>");
        Assert.Contains("<C:calendar", told.Body, StringComparison.Ordinal);
        Assert.Contains("<CS:subscribed", told.Body, StringComparison.Ordinal);
        Assert.Contains("VEVENT", told.Body, StringComparison.Ordinal);
        Assert.Equal($"webcal://{there.Authority}/feed.ics", told.Property("source"));
        Assert.DoesNotContain("write-content", told.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("<D:bind", told.Body, StringComparison.Ordinal);
        Assert.Contains("SUMMARY:One", (await house.AskAsync(200, $"GET {Feed}")).Body, StringComparison.Ordinal);
        var found = await house.AskAsync(207, $"REPORT {Feed}\nDepth: 1\n\n<C:calendar-query {Declared}><D:prop><D:getetag/></D:prop>"
            + "<C:filter><C:comp-filter name='VCALENDAR'><C:comp-filter name='VEVENT'><C:time-range start='20260101T000000Z'/>"
            + "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>");
        Assert.Equal(2, found.Hrefs.Count());

        // Not before it is due; and then only what changed: a stamp alone is no change.
        var one = await house.AskAsync(200, $"GET {Feed}a.ics");
        there.Body = Calendar(One("a", "One", "20260109T000000Z") + One("c", "Three"));
        house.Time.Advance(TimeSpan.FromMinutes(59));
        await rounds.LookAsync(house.Anna.Id, Stop);
        Assert.Single(there.Asked);
        await house.AskAsync(207, $"PROPFIND {Feed}\nDepth: 0"); // Somebody is connected.
        house.Time.Advance(TimeSpan.FromSeconds(61));
        await rounds.LookAsync(house.Anna.Id, Stop);
        Assert.Equal(["a.ics", "c.ics"], await NamesAsync(house));
        Assert.Equal(one.ETag, (await house.AskAsync(200, $"GET {Feed}a.ics")).ETag);
        var changes = await house.AskAsync(207, $"REPORT {Feed}\n\n<sync-collection xmlns='DAV:'><sync-token>{told.Property("sync-token")}"
            + "</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>");
        Assert.Equal([$"{Feed}b.ics", $"{Feed}c.ics"], changes.Hrefs.Order(StringComparer.Ordinal));

        // The publisher says by ETag and date that nothing changed.
        there.ETag = "\"v2\"";
        await LaterAsync(house, rounds);
        await LaterAsync(house, rounds);
        Assert.Equal(("\"v2\"", CalendarPublisher.Date), there.Asked[^1]);
        Assert.Equal(304, there.Answered);
        Assert.Equal(["a.ics", "c.ics"], await NamesAsync(house));
    }

    [Fact]
    public async Task A_new_one_is_fetched_at_once_and_looking_keeps_no_account_open()
    {
        await using var there = await CalendarPublisher.OpenAsync();
        there.Body = Calendar(One("a", "One"));
        await using var house = await DavHouse.OpenAsync();
        await using var rounds = house.Subscribe(there.Http);
        rounds.Start();
        await house.AskAsync(201, Make($"http://{there.Authority}/"));
        rounds.Wake(house.Anna.Id);
        await SoonAsync(async () => (await NamesAsync(house)).Count == 1);
        await house.CloseVaultsAsync();
        Assert.Single(there.Asked);
    }

    [Fact]
    public async Task Clients_only_read_it()
    {
        await using var there = await CalendarPublisher.OpenAsync();
        there.Body = Calendar(One("a", "One"));
        await using var house = await DavHouse.OpenAsync();
        await using var rounds = house.Subscribe(there.Http);
        await house.AskAsync(201, Make($"http://{there.Authority}/"));
        await rounds.LookAsync(house.Anna.Id, Stop);
        var mine = Calendar(One("m", "Mine"));
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}m.ics\n\n{mine}");
        await house.AskAsync(403, $"PUT {Feed}x.ics\n\n{Calendar(One("x", "X"))}");
        await house.AskAsync(403, $"PUT {Feed}a.ics\n\n{Calendar(One("a", "X"))}");
        await house.AskAsync(405, $"POST {Feed}\nContent-Type: text/calendar\n\n{mine}");
        await house.AskAsync(405, $"PUT {Feed}\nContent-Type: text/calendar\n\n{mine}");
        await house.AskAsync(403, $"POST {Feed}a.ics?action=attachment-add\n\nx");
        await house.AskAsync(403, $"DELETE {Feed}a.ics");
        await house.AskAsync(403, $"MOVE {Feed}a.ics\nDestination: {DavHouse.Calendar}a.ics");
        await house.AskAsync(403, $"COPY {DavHouse.Calendar}m.ics\nDestination: {Feed}m.ics");
        await house.AskAsync(403, $"MKCOL {Feed}x/");
        Assert.Equal(["a.ics"], await NamesAsync(house));
        await house.AskAsync(201, $"COPY {Feed}a.ics\nDestination: {DavHouse.Calendar}a.ics");
        await house.AskAsync(204, $"DELETE {Feed}");
        await LaterAsync(house, rounds);
        await house.AskAsync(404, $"PROPFIND {Feed}\nDepth: 0");
    }

    [Theory]
    [InlineData("404", "Its server answers 404")]
    [InlineData("hello", "It is no calendar, or has too many events")]
    [InlineData("too long", "It is too long")]
    [InlineData("too many", "It is no calendar, or has too many events")]
    [InlineData("loop", "It leads nowhere")]
    [InlineData("file", "It leads nowhere")]
    [InlineData("stall", "It takes too long")]
    [InlineData("cut", "It broke off|It can not be reached")] // As much as arrived of it.
    public async Task What_does_not_come_leaves_what_is_there_and_says_why(string what, string why)
    {
        await using var there = await CalendarPublisher.OpenAsync();
        there.Body = Calendar(One("a", "One"));
        await using var house = await DavHouse.OpenAsync();
        await using var rounds = house.Subscribe(there.Http, bytesMax: 3 << 20);
        await house.AskAsync(201, Make($"http://{there.Authority}/redirect"));
        await rounds.LookAsync(house.Anna.Id, Stop);
        Assert.Equal(["a.ics"], await NamesAsync(house));
        Assert.Null(await FailureAsync(house));

        there.Trouble = what;
        if (what == "hello") there.Body = "hello";
        if (what == "too long") there.Body = Calendar(One("a", new string('x', 3 << 20)));
        if (what == "too many") there.Body = Calendar(string.Concat(Enumerable.Range(0, 10_001).Select(i => One($"u{i}", "x"))));
        await LaterAsync(house, rounds);
        Assert.Equal(["a.ics"], await NamesAsync(house));
        Assert.Contains(await FailureAsync(house), why.Split('|'));

        there.Trouble = "";
        there.Body = Calendar(One("b", "Two"));
        await LaterAsync(house, rounds);
        Assert.Equal(["b.ics"], await NamesAsync(house));
        Assert.Null(await FailureAsync(house));
    }

    [Fact]
    public async Task Nothing_near_the_server_is_reached()
    {
        await using var there = await CalendarPublisher.OpenAsync();
        using var strict = new PublicHttp(allowPrivate: false, TimeSpan.FromSeconds(20));
        await using var house = await DavHouse.OpenAsync();
        await using var rounds = house.Subscribe(strict);
        var port = there.Authority.Split(':')[1];
        await house.AskAsync(201, Make($"http://{there.Authority}/"));
        foreach (var host in (string[])["localhost", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"])
        {
            await house.AskAsync(207, Move($"http://{host}:{port}/"));
            await rounds.LookAsync(house.Anna.Id, Stop);
            Assert.Equal("Its address is not a public one", await FailureAsync(house));
        }

        Assert.Empty(there.Asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("feed.ics")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://else.test/feed.ics")]
    [InlineData("http://user:secret@else.test/")]
    public async Task A_source_is_a_URL_that_can_be_fetched(string url)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(403, Make(url));
        await house.AskAsync(201, Make("https://else.test/feed.ics"));
        await house.AskAsync(403, Move(url));
        if (url.Length > 0) return;
        for (var i = 1; i < Subscription.Max; i++) await house.AskAsync(201, Make("http://else.test/", path: $"{Feed[..^1]}{i}/"));
        await house.AskAsync(507, Make("http://else.test/", path: $"{Feed[..^1]}x/"));
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.0", true)]
    [InlineData("192.168.1.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("2001:0:a00:1::", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("ff02::1", false)]
    public void Public_addresses_are_those_of_everybody(string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicAddresses.Has(IPAddress.Parse(address)));

    /// <summary>Five hours pass, then somebody connects, and what is due is fetched.</summary>
    private static async Task LaterAsync(DavHouse house, SubscriptionRounds rounds)
    {
        house.Time.Advance(TimeSpan.FromHours(5));
        await house.AskAsync(207, "PROPFIND /dav/calendars/anna@mail.test/\nDepth: 0");
        await rounds.LookAsync(house.Anna.Id, Stop);
    }
}
