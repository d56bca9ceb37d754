using System.Text.Json;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>jCal and jCard (RFC 7265, RFC 7095), offered as RFC 4791 and RFC 6352 allow; and busy times that are limited.</summary>
public sealed class JsonTests
{
    private const string Event = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTART:20260101T100000Z\nSUMMARY:A\\, b\n"
        + "END:VEVENT\nEND:VCALENDAR\n";

    [Fact]
    public async Task An_event_is_given_in_JSON_to_whom_likes_it_better()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Event}");
        foreach (var accept in (string[])["application/calendar+json", "text/calendar;q=0.5, application/calendar+json",
            "application/calendar+json, */*"])
        {
            var reply = await house.AskAsync(200, $"GET {DavHouse.Calendar}1.ics\nAccept: {accept}");
            Assert.Equal(("application/calendar+json", "Accept, CalDAV-Timezones"), (reply["Content-Type"], reply["Vary"]));
            Assert.Equal("A, b", JsonDocument.Parse(reply.Body).RootElement[2][0][1][2][3].GetString());
        }

        foreach (var accept in (string[])["*/*", "text/calendar", "text/calendar, application/calendar+json;q=0.9",
            "application/calendar+json;q=0"])
        {
            Assert.Equal(Event, (await house.AskAsync(200, $"GET {DavHouse.Calendar}1.ics\nAccept: {accept}")).Body);
        }
    }

    [Fact]
    public async Task A_report_gives_JSON_on_demand_and_no_other_type()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}1.ics\n\n{Event}");
        string Ask(string data) => $"REPORT {DavHouse.Calendar}\nDepth: 1\n\n<C:calendar-multiget xmlns:D='DAV:' "
            + $"xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><C:calendar-data {data}</D:prop><D:href>{DavHouse.Calendar}1.ics</D:href>"
            + "</C:calendar-multiget>";
        var whole = await house.AskAsync(207, Ask("content-type='application/calendar+json' version='2.0'/>"));
        Assert.StartsWith("[\"vcalendar\",[[\"version\",{},\"text\",\"2.0\"]", whole.Property("calendar-data"), StringComparison.Ordinal);
        var part = await house.AskAsync(207, Ask("content-type='application/calendar+json'><C:comp name='VCALENDAR'><C:comp name='VEVENT'>"
            + "<C:prop name='UID'/></C:comp></C:comp></C:calendar-data>"));
        Assert.Equal("[\"vcalendar\",[],[[\"vevent\",[[\"uid\",{},\"text\",\"1\"]],[]]]]", part.Property("calendar-data"));
        Assert.Equal("supported-calendar-data", (await house.AskAsync(403, Ask("content-type='text/html'/>"))).Precondition);
        Assert.Equal("supported-calendar-data", (await house.AskAsync(403, Ask("version='1.0'/>"))).Precondition);
    }

    [Fact]
    public async Task What_is_put_in_JSON_is_stored_as_text()
    {
        await using var house = await DavHouse.OpenAsync();
        var put = await house.AskAsync(201, $"PUT {DavHouse.Calendar}j.ics\nContent-Type: application/calendar+json; charset=utf-8\n\n"
            + """["vcalendar",[["version",{},"text","2.0"]],[["vevent",[["uid",{},"text","j"],["dtstart",{},"date","2026-03-04"]],[]]]]""");
        Assert.Null(put["ETag"]); // It is not stored octet for octet.
        var got = await house.AskAsync(200, $"GET {DavHouse.Calendar}j.ics");
        Assert.Equal(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:j\r\nDTSTART;VALUE=DATE:20260304\r\nEND:VEVENT\r\n"
                + "END:VCALENDAR\r\n", got.Body);
        Assert.StartsWith("text/calendar", got["Content-Type"], StringComparison.Ordinal);
        var bad = await house.AskAsync(403, $"PUT {DavHouse.Calendar}k.ics\nContent-Type: application/calendar+json\n\n[]");
        Assert.Equal("valid-calendar-data", bad.Precondition);
    }

    [Fact]
    public async Task A_contact_is_put_and_given_in_JSON()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Contacts}j.vcf\nContent-Type: application/vcard+json\n\n"
            + """["vcard",[["version",{},"text","4.0"],["uid",{},"uri","urn:uuid:1"],["fn",{},"text","J"],"""
            + """["n",{},"text",["J",["a","b"],"","",""]]]]""");
        var text = await house.AskAsync(200, $"GET {DavHouse.Contacts}j.vcf");
        Assert.Contains("N:J;a,b;;;\r\n", text.Body, StringComparison.Ordinal);
        await house.AskAsync(201, $"PUT {DavHouse.Contacts}3.vcf\n\nBEGIN:VCARD\nVERSION:3.0\nUID:3\nFN:Three\nN:Three;;;;\nEND:VCARD\n");
        var json = await house.AskAsync(200, $"GET {DavHouse.Contacts}3.vcf\nAccept: application/vcard+json");
        Assert.StartsWith("[\"vcard\",[[\"version\",{},\"text\",\"4.0\"]", json.Body, StringComparison.Ordinal);
        var report = await house.AskAsync(207, $"REPORT {DavHouse.Contacts}\nDepth: 1\n\n<C:addressbook-query xmlns:D='DAV:' "
            + "xmlns:C='urn:ietf:params:xml:ns:carddav'><D:prop><C:address-data content-type='application/vcard+json'/></D:prop><C:filter/>"
            + "</C:addressbook-query>");
        Assert.StartsWith("[\"vcard\",[[\"version\",{},\"text\",\"4.0\"]", report.Property("address-data"), StringComparison.Ordinal);
        var types = await house.AskAsync(207, $"PROPFIND {DavHouse.Contacts}\nDepth: 0\n\n<D:propfind xmlns:D='DAV:'><D:prop>"
            + $"<C:supported-address-data "
            + "xmlns:C='urn:ietf:params:xml:ns:carddav'/></D:prop></D:propfind>");
        Assert.Contains("application/vcard+json", types.Body, StringComparison.Ordinal);
    }

    [Fact] // RFC 4791 section 9.6.7.
    public async Task Busy_times_are_limited_to_a_span()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, "MKCALENDAR /dav/calendars/anna@mail.test/all/");
        await house.AskAsync(201, "PUT /dav/calendars/anna@mail.test/all/f.ics\n\nBEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n"
            + "BEGIN:VFREEBUSY\nUID:f\n"
            + "DTSTART:20060101T000000Z\nDTEND:20060301T000000Z\nFREEBUSY:20060102T100000Z/PT1H,20060105T100000Z/20060105T120000Z\n"
            + "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060201T100000Z/PT1H\nEND:VFREEBUSY\nEND:VCALENDAR\n");
        var reply = await house.AskAsync(207, "REPORT /dav/calendars/anna@mail.test/all/\nDepth: 1\n\n<C:calendar-query xmlns:D='DAV:' "
            + "xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop><C:calendar-data><C:limit-freebusy-set start='20060104T000000Z' "
            + "end='20060106T000000Z'/></C:calendar-data></D:prop><C:filter><C:comp-filter name='VCALENDAR'><C:comp-filter "
            + "name='VFREEBUSY'/>"
            + "</C:comp-filter></C:filter></C:calendar-query>");
        var busy = reply.Property("calendar-data")!.ReplaceLineEndings("\n").Split('\n').Where(line => line.StartsWith("FREEBUSY",
            StringComparison.Ordinal));
        Assert.Equal(["FREEBUSY:20060105T100000Z/20060105T120000Z"], busy);
    }
}
