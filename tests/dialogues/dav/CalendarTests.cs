using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>RFC 4791 over calendars: what is taken, and what the reports find. The objects are those of its appendix B.</summary>
public sealed class CalendarTests
{
    private const string All = "/dav/calendars/anna@mail.test/all/";

    private const string Zone = """
        BEGIN:VTIMEZONE
        LAST-MODIFIED:20040110T032845Z
        TZID:US/Eastern
        BEGIN:DAYLIGHT
        DTSTART:20000404T020000
        RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4
        TZNAME:EDT
        TZOFFSETFROM:-0500
        TZOFFSETTO:-0400
        END:DAYLIGHT
        BEGIN:STANDARD
        DTSTART:20001026T020000
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
        TZNAME:EST
        TZOFFSETFROM:-0400
        TZOFFSETTO:-0500
        END:STANDARD
        END:VTIMEZONE

        """;

    private static readonly (string Name, string Parts)[] AppendixB =
    [
        ("abcd1.ics", Zone + """
            BEGIN:VEVENT
            DTSTART;TZID=US/Eastern:20060102T100000
            DURATION:PT1H
            SUMMARY:Event #1
            UID:74855313FA803DA593CD579A@example.com
            END:VEVENT

            """),
        ("abcd2.ics", Zone + """
            BEGIN:VEVENT
            DTSTAMP:20060206T001121Z
            DTSTART;TZID=US/Eastern:20060102T120000
            DURATION:PT1H
            RRULE:FREQ=DAILY;COUNT=5
            SUMMARY:Event #2
            UID:00959BC664CA650E933C892C@example.com
            END:VEVENT
            BEGIN:VEVENT
            DTSTAMP:20060206T001121Z
            DTSTART;TZID=US/Eastern:20060104T140000
            DURATION:PT1H
            RECURRENCE-ID;TZID=US/Eastern:20060104T120000
            SUMMARY:Event #2 bis
            UID:00959BC664CA650E933C892C@example.com
            END:VEVENT

            """),
        ("abcd3.ics", Zone + """
            BEGIN:VEVENT
            ATTENDEE;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:cyrus@example.com
            ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:lisa@example.com
            DTSTAMP:20060206T001220Z
            DTSTART;TZID=US/Eastern:20060104T100000
            DURATION:PT1H
            LAST-MODIFIED:20060206T001330Z
            ORGANIZER:mailto:cyrus@example.com
            SEQUENCE:1
            STATUS:TENTATIVE
            SUMMARY:Event #3
            UID:DC6C50A017428C5216A2F1CD@example.com
            END:VEVENT

            """),
        ("abcd4.ics", """
            BEGIN:VTODO
            DTSTAMP:20060205T235335Z
            DUE;VALUE=DATE:20060104
            STATUS:NEEDS-ACTION
            SUMMARY:Task #1
            UID:DDDEEB7915FA61233B861457@example.com
            BEGIN:VALARM
            ACTION:AUDIO
            TRIGGER;RELATED=START:-PT10M
            END:VALARM
            END:VTODO

            """),
        ("abcd5.ics", """
            BEGIN:VTODO
            DTSTAMP:20060205T235300Z
            DUE;VALUE=DATE:20060106
            LAST-MODIFIED:20060205T235308Z
            SEQUENCE:1
            STATUS:NEEDS-ACTION
            SUMMARY:Task #2
            UID:E10BA47467C5C69BB74E8720@example.com
            BEGIN:VALARM
            ACTION:AUDIO
            TRIGGER;RELATED=START:-PT10M
            END:VALARM
            END:VTODO

            """),
    ];

    [Theory]
    [InlineData("7.8.1: a part of the events in a span", "<C:comp-filter name='VEVENT'><C:time-range start='20060104T000000Z' "
        + "end='20060105T000000Z'/></C:comp-filter>", "2 3")]
    [InlineData("7.8.5: to-dos by their alarm", "<C:comp-filter name='VTODO'><C:comp-filter name='VALARM'><C:time-range "
        + "start='20060106T100000Z' end='20060107T100000Z'/></C:comp-filter></C:comp-filter>", "")]
    [InlineData("7.8.6: by UID", "<C:comp-filter name='VEVENT'><C:prop-filter name='UID'><C:text-match collation='i;octet'>"
        + "DC6C50A017428C5216A2F1CD@example.com</C:text-match></C:prop-filter></C:comp-filter>", "3")]
    [InlineData("7.8.7: by PARTSTAT", "<C:comp-filter name='VEVENT'><C:prop-filter name='ATTENDEE'><C:text-match collation='i;"
        + "ascii-casemap'>mailto:lisa@example.com</C:text-match><C:param-filter name='PARTSTAT'><C:text-match collation='i;"
        + "ascii-casemap'>needs-action</C:text-match></C:param-filter></C:prop-filter></C:comp-filter>", "3")]
    [InlineData("7.8.8: events only", "<C:comp-filter name='VEVENT'/>", "1 2 3")]
    [InlineData("7.8.9: all pending to-dos", "<C:comp-filter name='VTODO'><C:prop-filter name='COMPLETED'><C:is-not-defined/>"
        + "</C:prop-filter><C:prop-filter name='STATUS'><C:text-match negate-condition='yes'>CANCELLED</C:text-match></C:prop-filter>"
        + "</C:comp-filter>", "4 5")]
    [InlineData("everything", "", "1 2 3 4 5")]
    [InlineData("no journal", "<C:comp-filter name='VJOURNAL'/>", "")]
    [InlineData("without events", "<C:comp-filter name='VEVENT'><C:is-not-defined/></C:comp-filter>", "4 5")]
    [InlineData("after the series", "<C:comp-filter name='VEVENT'><C:time-range start='20060107T000000Z'/></C:comp-filter>", "")]
    [InlineData("the day of the last instance", "<C:comp-filter name='VEVENT'><C:time-range start='20060106T000000Z'/>"
        + "</C:comp-filter>", "2")]
    [InlineData("the moment behind an end", "<C:comp-filter name='VEVENT'><C:time-range start='20060102T160000Z' "
        + "end='20060102T170000Z'/></C:comp-filter>", "")]
    public async Task A_query_finds(string what, string filter, string found)
    {
        await using var house = await OpenAsync();
        var reply = await house.AskAsync(207, Query("<D:getetag/>", filter));
        var names = reply.Hrefs.Select(href => href[(All.Length + 4)..^4]).Order(StringComparer.Ordinal);
        Assert.True(found == string.Join(' ', names), $"{what}: {found} was expected, not {string.Join(' ', names)}");
    }

    [Fact]
    public async Task A_series_is_expanded_as_in_7_8_3()
    {
        await using var house = await OpenAsync();
        const string Range = "start='20060103T000000Z' end='20060105T000000Z'";
        const string Filter = $"<C:comp-filter name='VEVENT'><C:time-range {Range}/></C:comp-filter>";
        var reply = await house.AskAsync(207, Query($"<C:calendar-data><C:expand {Range}/></C:calendar-data>", Filter));
        var two = reply.Property("calendar-data", $"{All}abcd2.ics")!;
        Assert.DoesNotContain("VTIMEZONE", two, StringComparison.Ordinal);
        Assert.DoesNotContain("RRULE", two, StringComparison.Ordinal);
        Assert.Equal(["20060103T170000Z", "20060104T190000Z"], Lines(two, "DTSTART:"));
        Assert.Equal(["20060103T170000Z", "20060104T170000Z"], Lines(two, "RECURRENCE-ID:"));
        Assert.Equal(["Event #2", "Event #2 bis"], Lines(two, "SUMMARY:"));
        Assert.Equal(["20060104T150000Z"], Lines(reply.Property("calendar-data", $"{All}abcd3.ics")!, "DTSTART:"));
    }

    [Fact]
    public async Task A_series_is_limited_as_in_7_8_2()
    {
        await using var house = await OpenAsync();
        var reply = await house.AskAsync(207, Query(
            "<C:calendar-data><C:limit-recurrence-set start='20060103T000000Z' end='20060104T000000Z'/></C:calendar-data>",
            "<C:comp-filter name='VEVENT'><C:time-range start='20060103T000000Z' end='20060104T000000Z'/></C:comp-filter>"));
        var two = reply.Property("calendar-data", Assert.Single(reply.Hrefs))!;
        Assert.Contains("RRULE:FREQ=DAILY;COUNT=5", two, StringComparison.Ordinal);
        Assert.DoesNotContain("Event #2 bis", two, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_of_the_data_are_given_as_in_7_8_1()
    {
        await using var house = await OpenAsync();
        var reply = await house.AskAsync(207, Query(
            "<C:calendar-data><C:comp name='VCALENDAR'><C:prop name='VERSION'/><C:comp name='VEVENT'><C:prop name='SUMMARY'/><C:prop "
                + "name='UID'/></C:comp></C:comp></C:calendar-data>",
            "<C:comp-filter name='VEVENT'><C:prop-filter name='SUMMARY'><C:text-match>event #1</C:text-match></C:prop-filter>"
                + "</C:comp-filter>"));
        Assert.Equal(
            "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nSUMMARY:Event #1\nUID:74855313FA803DA593CD579A@example.com\nEND:VEVENT\n"
                + "END:VCALENDAR\n",
            reply.Property("calendar-data")!.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Free_and_busy_is_told_as_in_7_10()
    {
        await using var house = await OpenAsync();
        var reply = await house.AskAsync(200, $"""
            REPORT {All}
            Depth: 1

            <C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:time-range start="20060104T140000Z"
            end="20060105T220000Z"/></C:free-busy-query>
            """);
        Assert.Equal("text/calendar; charset=utf-8", reply["Content-Type"]);
        Assert.Equal(["20060104T150000Z/20060104T160000Z"], Lines(reply.Body, "FREEBUSY;FBTYPE=BUSY-TENTATIVE:"));
        Assert.Equal(["20060104T190000Z/20060104T200000Z", "20060105T170000Z/20060105T180000Z"], Lines(reply.Body, "FREEBUSY:"));
    }

    [Fact]
    public async Task Named_members_are_given_and_missing_ones_said()
    {
        await using var house = await OpenAsync();
        var reply = await house.AskAsync(207, $"""
            REPORT {All}

            <C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop>
            <D:href>{All}abcd1.ics</D:href><D:href>{All}mtg1.ics</D:href>
            <D:href>/dav/calendars/bert@mail.test/calendar/abcd1.ics</D:href></C:calendar-multiget>
            """);
        Assert.Equal(Text(AppendixB[0].Parts), reply.Property("calendar-data")!.ReplaceLineEndings("\n"));
        var states = reply.Xml.Elements(DavReply.Dav + "response").Select(one => one.Element(DavReply.Dav + "status")?.Value);
        Assert.Equal(2, states.Count(one => one == "HTTP/1.1 404 Not Found"));
    }

    [Fact]
    public async Task An_object_comes_back_octet_for_octet()
    {
        await using var house = await OpenAsync();
        var text = "BEGIN:VCALENDAR\r\nVERSION:2.0\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:fol\r\n  ded ü\r\nX-\u00fc;Y=\"a;"
            + "b\":c\r\nEND:VEVENT\r\nEND:VCALENDAR";
        var put = await house.AskAsync(201, $"PUT {All}1.ics\nContent-Type: text/calendar\n\n{text}");
        var got = await house.AskAsync(200, $"GET {All}1.ics");
        Assert.Equal((text, put.ETag), (got.Body, got.ETag));
        Assert.StartsWith("text/calendar", got["Content-Type"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello", "valid-calendar-data", 403)]
    [InlineData("", "valid-calendar-data", 403)]
    [InlineData("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nEND:VCALENDAR", "valid-calendar-data", 403)]
    [InlineData("BEGIN:VCARD\nUID:1\nEND:VCARD", "valid-calendar-data", 403)]
    [InlineData("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR", "valid-calendar-object-resource", 403)]
    [InlineData("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nEND:VEVENT\n"
        + "END:VCALENDAR", "valid-calendar-object-resource", 403)]
    [InlineData("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nBEGIN:VTODO\nUID:1\nEND:VTODO\n"
        + "END:VCALENDAR", "valid-calendar-object-resource", 403)]
    [InlineData("BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nEND:VTODO\nEND:VCALENDAR", "supported-calendar-component", 403)]
    [InlineData("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:taken\nEND:VEVENT\nEND:VCALENDAR", "no-uid-conflict", 409)]
    public async Task What_is_no_object_of_this_calendar_is_refused(string body, string precondition, int status)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, """
            MKCALENDAR /dav/calendars/anna@mail.test/only/

            <C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop><D:displayname>Only events</D:displayname>
            <C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>
            """);
        const string Only = "/dav/calendars/anna@mail.test/only/";
        await house.AskAsync(201, $"PUT {Only}taken.ics\n\n" + Text("BEGIN:VEVENT\nUID:taken\nEND:VEVENT\n"));
        Assert.Equal(precondition, (await house.AskAsync(status, $"PUT {Only}x.ics\n\n{body}")).Precondition);
        await house.AskAsync(404, $"GET {Only}x.ics");
    }

    [Theory]
    [InlineData("MKCALENDAR {h}calendar/", 403, "resource-must-be-null")]
    [InlineData("MKCALENDAR {h}calendar/inner/", 403, "calendar-collection-location-ok")]
    [InlineData("MKCOL {h}folder/", 403, "valid-resourcetype")]
    [InlineData("MKCALENDAR /dav/files/anna@mail.test/x/", 403, "valid-resourcetype")]
    [InlineData("PUT {h}x.ics\n\nBEGIN:VCALENDAR", 403, "need-privileges")]
    [InlineData("REPORT {h}calendar/\n\n<addressbook-query xmlns='urn:ietf:params:xml:ns:carddav'/>", 403, "supported-report")]
    [InlineData("REPORT {h}calendar/\n\n<version-tree xmlns='DAV:'/>", 403, "supported-report")]
    [InlineData("REPORT {h}calendar/\n\n<C:calendar-query xmlns:C='urn:ietf:params:xml:ns:caldav'/>", 403, "valid-filter")]
    public async Task What_a_home_does_not_have_is_refused(string request, int status, string precondition)
    {
        await using var house = await DavHouse.OpenAsync();
        var reply = await house.AskAsync(status, request.Replace("{h}", "/dav/calendars/anna@mail.test/", StringComparison.Ordinal));
        Assert.Equal(precondition, reply.Precondition);
    }

    [Fact]
    public async Task Too_many_instances_are_refused_for_their_object_alone()
    {
        await using var house = await OpenAsync();
        await house.AskAsync(201, $"PUT {All}bomb.ics\n\n" + Text("BEGIN:VEVENT\nUID:b\nDTSTART:20060101T000000Z\nDURATION:PT1S\n"
            + "RRULE:FREQ=SECONDLY\nEND:VEVENT\n"));
        var reply = await house.AskAsync(207, Query(
            "<D:getetag/><C:calendar-data><C:expand start='20060101T000000Z' end='20070101T000000Z'/>"
                + "</C:calendar-data>", "<C:comp-filter name='VEVENT'/>"));
        Assert.Equal(4, reply.Hrefs.Count());
        Assert.Null(reply.Property("calendar-data", $"{All}bomb.ics"));
        Assert.NotNull(reply.Property("getetag", $"{All}bomb.ics"));
        Assert.Equal("max-instances", reply.Precondition);
        Assert.NotNull(reply.Property("calendar-data", $"{All}abcd1.ics"));
        var busy = await house.AskAsync(403, $"""
            REPORT {All}
            Depth: 1

            <C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:time-range start="20060101T000000Z"
            end="20070105T000000Z"/></C:free-busy-query>
            """);
        Assert.Equal("number-of-matches-within-limits", busy.Precondition);
    }

    private static async Task<DavHouse> OpenAsync()
    {
        var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"MKCALENDAR {All}");
        foreach (var (name, parts) in AppendixB)
        {
            await house.AskAsync(201, $"PUT {All}{name}\nContent-Type: text/calendar\nIf-None-Match: *\n\n{Text(parts)}");
        }

        return house;
    }

    private static string Text(string parts) => $"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example Corp.//CalDAV Client//EN\n"
        + $"{parts}END:VCALENDAR\n";

    private static string Query(string properties, string filter) => $"""
        REPORT {All}
        Depth: 1
        Content-Type: application/xml; charset="utf-8"

        <C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop>{properties}</D:prop>
        <C:filter><C:comp-filter name="VCALENDAR">{filter}</C:comp-filter></C:filter></C:calendar-query>
        """;

    private static IEnumerable<string> Lines(string text, string start) => text.ReplaceLineEndings("\n").Split('\n')
        .Where(line => line.StartsWith(start, StringComparison.Ordinal)).Select(line => line[start.Length..]);
}
