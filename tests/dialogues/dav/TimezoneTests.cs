using System.Text.Json;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Timezones;
using NodaTime;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>The time zone service (RFC 7808), and time zones by reference (RFC 7809).</summary>
public sealed class TimezoneTests
{
    private const string NoZone = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Rome:20260701T100000\n"
        + "END:VEVENT\nEND:VCALENDAR\n";

    [Fact]
    public async Task The_service_is_found_and_says_what_it_can()
    {
        await using var house = await DavHouse.OpenAsync();
        Assert.Equal("/timezones/", (await house.AskAsync(301, "GET /.well-known/timezone\nAuthorization: none"))["Location"]);
        var can = await AskAsync(house, "capabilities");
        Assert.Equal(1, can.GetProperty("version").GetInt32());
        Assert.Equal(6, can.GetProperty("actions").GetArrayLength());
        var home = await house.AskAsync(207, "PROPFIND /dav/calendars/anna@mail.test/\nDepth: 0\n\n<propfind xmlns='DAV:'><prop>"
            + "<timezone-service-set "
            + "xmlns='urn:ietf:params:xml:ns:caldav'/></prop></propfind>");
        Assert.Equal("/timezones/", home.Property("timezone-service-set"));
        Assert.Contains("calendar-no-timezone", (await house.AskAsync(200, "OPTIONS /dav/"))["DAV"], StringComparison.Ordinal);
        await house.AskAsync(405, "DELETE /timezones/zones");
    }

    [Fact]
    public async Task Zones_are_listed_found_and_given()
    {
        await using var house = await DavHouse.OpenAsync();
        var list = await AskAsync(house, "zones");
        Assert.InRange(list.GetProperty("timezones").GetArrayLength(), 300, 600);
        var token = list.GetProperty("synctoken").GetString();
        Assert.Empty((await AskAsync(house, $"zones?changedsince={token}")).GetProperty("timezones").EnumerateArray());
        Assert.Equal("invalid-changedsince", await ErrorAsync(house, 400, "zones?changedsince=1"));
        async Task<string> FoundAsync(string pattern) => string.Join(' ', (await AskAsync(house, $"zones?pattern={pattern}"))
            .GetProperty("timezones").EnumerateArray().Select(one => one.GetProperty("tzid").GetString()));
        Assert.Equal("America/New_York", await FoundAsync("us/eastern"));
        Assert.Equal("America/New_York", await FoundAsync("*new%20york"));
        Assert.Contains("Europe/Berlin", await FoundAsync("europe/*"), StringComparison.Ordinal);
        Assert.Equal("", await FoundAsync("*nowhere*"));
        Assert.Equal("invalid-pattern", await ErrorAsync(house, 400, "zones?pattern=*"));
        Assert.Equal("invalid-pattern", await ErrorAsync(house, 400, "zones?pattern=a*b"));
        var rome = await house.AskAsync(200, "GET /timezones/zones/Europe%2FRome\nAuthorization: none");
        Assert.Contains("TZID:Europe/Rome\r\n", rome.Body, StringComparison.Ordinal);
        Assert.Contains("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n", rome.Body, StringComparison.Ordinal);
        await house.AskAsync(304, $"GET /timezones/zones/Europe%2FRome\nIf-None-Match: {rome.ETag}");
        var alias = await house.AskAsync(200, "GET /timezones/zones/US/Eastern\nAccept: application/calendar+json");
        Assert.StartsWith("[\"vcalendar\"", alias.Body, StringComparison.Ordinal);
        Assert.Contains("\"US/Eastern\"", alias.Body, StringComparison.Ordinal);
        Assert.Equal("tzid-not-found", await ErrorAsync(house, 404, "zones/Nowhere"));
        Assert.Equal("tzid-not-found", await ErrorAsync(house, 404, "zones/..%2F..%2Fetc%2Fpasswd"));
        Assert.Equal("invalid-start", await ErrorAsync(house, 400, "zones/Europe%2FRome?start=20260101T000000Z"));
        Assert.Equal("invalid-action", await ErrorAsync(house, 404, "everything"));
    }

    [Fact]
    public async Task Changes_of_the_clock_are_told()
    {
        await using var house = await DavHouse.OpenAsync();
        var told = await AskAsync(house, "zones/Europe%2FRome/observances?start=2026-01-01T00:00:00Z&end=2027-01-01T00:00:00Z");
        Assert.Equal(
            ["CET 2026-01-01T00:00:00Z 3600 3600", "CEST 2026-03-29T01:00:00Z 3600 7200", "CET 2026-10-25T01:00:00Z 7200 3600"],
            told.GetProperty("observances").EnumerateArray().Select(one => $"{one.GetProperty("name")} {one.GetProperty("onset")} "
                + $"{one.GetProperty("utc-offset-from")} {one.GetProperty("utc-offset-to")}"));
        Assert.Equal("invalid-start", await ErrorAsync(house, 400, "zones/Europe%2FRome/observances?end=2027-01-01T00:00:00Z"));
        foreach (var span in (string[])["start=2027-01-01T00:00:00Z&end=2026-01-01T00:00:00Z",
            "start=0001-01-01T00:00:00Z&end=9999-01-01T00:00:00Z"])
        {
            Assert.Equal("invalid-end", await ErrorAsync(house, 400, $"zones/Europe%2FRome/observances?{span}"));
        }

        var leaps = (await AskAsync(house, "leapseconds")).GetProperty("leapseconds");
        Assert.Equal((28, 37), (leaps.GetArrayLength(), leaps[27].GetProperty("utc-offset").GetInt32()));
    }

    /// <summary>What a VTIMEZONE of each zone says is what the zone says, on every hundredth day of two centuries.</summary>
    [Fact]
    public void Every_zone_is_written_as_it_is()
    {
        var wrong = new List<string>();
        foreach (var name in ZoneData.Names)
        {
            var root = new Component("VCALENDAR").With([], [ZoneData.Component(name)!.With(
                [new ContentLine("TZID", [], "Own")], ZoneData.Component(name)!.Components)]);
            var (read, zone) = (CalendarZones.Read(root)!, ZoneData.Find(name)!);
            for (var at = Instant.FromUtc(1950, 1, 1, 12, 0); at < Instant.FromUtc(2050, 1, 1, 0, 0); at += Duration.FromDays(100))
            {
                // Of a time that comes twice the first is meant.
                var local = at.InZone(zone).LocalDateTime;
                var wanted = zone.MapLocal(local).First().ToInstant().ToUnixTimeSeconds();
                if (read.ToUtc(local.ToDateTimeUnspecified()) != wanted) wrong.Add($"{name} {at}");
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count}: {string.Join("; ", wrong.Take(10))}");
    }

    [Fact]
    public async Task Zones_that_everybody_knows_are_left_out_or_put_in_on_demand()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{NoZone}");
        Assert.Equal(NoZone, (await house.AskAsync(200, $"GET {DavHouse.Calendar}1.ics")).Body);
        Assert.DoesNotContain("VTIMEZONE", (await house.AskAsync(200, $"GET {DavHouse.Calendar}1.ics\nCalDAV-Timezones: "
            + $"F")).Body, StringComparison.Ordinal);
        var whole = (await house.AskAsync(200, $"GET {DavHouse.Calendar}1.ics\nCalDAV-Timezones: T")).Body;
        Assert.Contains("BEGIN:VTIMEZONE\r\nTZID:Europe/Rome\r\n", whole, StringComparison.Ordinal);
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}2.ics\n\n" + whole.Replace("UID:1\r\n", "UID:2\r\n", StringComparison.Ordinal));
        string Ask(string header) => $"REPORT {DavHouse.Calendar}\nDepth: 1{header}\n\n<C:calendar-multiget xmlns:D='DAV:' "
            + "xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><C:calendar-data/></D:prop><D:href>" + $"{DavHouse.Calendar}2.ics</D:href>"
            + $"</C:calendar-multiget>";
        Assert.Contains("VTIMEZONE", (await house.AskAsync(207, Ask(""))).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("VTIMEZONE", (await house.AskAsync(207, Ask("\nCalDAV-Timezones: F"))).Body, StringComparison.Ordinal);
        await house.AskAsync(400, Ask("\nCalDAV-Timezones: maybe"));
    }

    [Fact]
    public async Task A_calendars_clock_is_named()
    {
        await using var house = await DavHouse.OpenAsync();
        string Set(string zone) => $"PROPPATCH {DavHouse.Calendar}\n\n<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop>"
            + $"<calendar-timezone-id "
            + $"xmlns='urn:ietf:params:xml:ns:caldav'>{zone}</calendar-timezone-id></D:prop></D:set></D:propertyupdate>";
        Assert.Equal("valid-timezone", (await house.AskAsync(403, Set("Moon/Base"))).Precondition);
        Assert.Contains("200 OK", (await house.AskAsync(207, Set("America/New_York"))).Body, StringComparison.Ordinal);
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}f.ics\n\n" + NoZone.Replace(";TZID=Europe/Rome", "", StringComparison.Ordinal));
        async Task<int> FoundAsync(string start, string extra = "") => (await house.AskAsync(207, $"REPORT {DavHouse.Calendar}\nDepth: "
            + $"1\n\n"
            + "<C:calendar-query xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><D:getetag/></D:prop><C:filter>"
            + "<C:comp-filter "
            + $"name='VCALENDAR'><C:comp-filter name='VEVENT'><C:time-range start='{start}' end='{start[..11]}5959Z'/></C:comp-filter>"
            + $"</C:comp-filter>"
            + $"</C:filter>{extra}</C:calendar-query>")).Hrefs.Count();
        Assert.Equal((0, 1), (await FoundAsync("20260701T100000Z"), await FoundAsync("20260701T140000Z")));
        Assert.Equal(1, await FoundAsync("20260701T080000Z", "<C:timezone-id>Europe/Rome</C:timezone-id>"));
    }

    [Fact] // RFC 7953.
    public async Task Who_is_not_there_is_busy()
    {
        await using var house = await DavHouse.OpenAsync();
        const string Office = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VAVAILABILITY\nUID:office\nDTSTAMP:20260101T000000Z\n"
            + "BEGIN:AVAILABLE\nUID:week\nDTSTART:20260105T090000Z\nDTEND:20260105T170000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\n"
            + "END:AVAILABLE\n"
            + "END:VAVAILABILITY\nEND:VCALENDAR\n";
        string Set(string value) => "PROPPATCH /dav/calendars/anna@mail.test/inbox/\n\n<D:propertyupdate xmlns:D='DAV:'><D:set><D:prop>"
            + $"<calendar-availability xmlns='urn:ietf:params:xml:ns:caldav'>{value}</calendar-availability></D:prop></D:set>"
            + $"</D:propertyupdate>";
        Assert.Equal("valid-calendar-data", (await house.AskAsync(403, Set("always"))).Precondition);
        Assert.Equal("valid-calendar-object-resource", (await house.AskAsync(403, Set(NoZone))).Precondition);
        Assert.Contains("200 OK", (await house.AskAsync(207, Set(Office))).Body, StringComparison.Ordinal);
        var asked = await house.AskAsync(200, "POST /dav/calendars/anna@mail.test/outbox/\nContent-Type: text/calendar\n\n"
            + "BEGIN:VCALENDAR\nVERSION:2.0\n"
            + "PRODID:x\nMETHOD:REQUEST\nBEGIN:VFREEBUSY\nUID:q\nDTSTAMP:20260101T000000Z\nDTSTART:20260303T000000Z\n"
            + "DTEND:20260304T000000Z\n"
            + "ORGANIZER:mailto:anna@mail.test\nATTENDEE:mailto:anna@mail.test\nEND:VFREEBUSY\nEND:VCALENDAR\n");
        Assert.Contains(
            "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260303T000000Z/20260303T090000Z", asked.Body, StringComparison.Ordinal);
        Assert.Contains("20260303T170000Z/20260304T000000Z", asked.Body, StringComparison.Ordinal);
        await house.AskAsync(201, "MKCALENDAR /dav/calendars/anna@mail.test/all/\n\n<C:mkcalendar xmlns:D='DAV:' "
            + "xmlns:C='urn:ietf:params:xml:ns:caldav'><D:set><D:prop><C:supported-calendar-component-set><C:comp name='VAVAILABILITY'/>"
            + "</C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>");
        await house.AskAsync(201, $"PUT /dav/calendars/anna@mail.test/all/a.ics\n\n{Office}");
        var busy = await house.AskAsync(200, "REPORT /dav/calendars/anna@mail.test/all/\nDepth: 1\n\n<free-busy-query "
            + "xmlns='urn:ietf:params:xml:ns:caldav'>"
            + "<time-range start='20260303T100000Z' end='20260303T180000Z'/></free-busy-query>");
        Assert.Contains("FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260303T170000Z/20260303T180000Z", busy.Body, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> AskAsync(DavHouse house, string path) =>
        JsonDocument.Parse((await house.AskAsync(200, $"GET /timezones/{path}\nAuthorization: none")).Body).RootElement;

    private static async Task<string> ErrorAsync(DavHouse house, int status, string path)
    {
        var type = JsonDocument.Parse((await house.AskAsync(status, $"GET /timezones/{path}")).Body).RootElement.GetProperty("type")
            .GetString()!;
        return type["urn:ietf:params:tzdist:error:".Length..];
    }
}
