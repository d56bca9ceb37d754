using System.Diagnostics;
using CompatBot.Protocols.Dav;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Objects, bodies and races that are meant to hurt: the answers that the RFCs name, in a bounded time.</summary>
public sealed class HostileTests
{
    private const string C = DavHouse.Calendar;

    /// <summary>Of one request, on a machine where other tests run beside it.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Every_second_for_a_hundred_years_is_not_expanded()
    {
        await using var house = await DavHouse.OpenAsync();
        await PutAsync(house, "bomb", "DTSTART:20000101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY;UNTIL=21000101T000000Z\n");
        await InTimeAsync(async () =>
        {
            var reply = await house.AskAsync(207, Query(
                "<C:calendar-data><C:expand start='20000101T000000Z' end='21000101T000000Z'/></C:calendar-data>",
                "<C:comp-filter name='VEVENT'><C:time-range start='20000101T000000Z' end='21000101T000000Z'/></C:comp-filter>"));
            Assert.Equal("max-instances", reply.Precondition);
            var late = await house.AskAsync(207, Query("<D:getetag/>", "<C:comp-filter name='VEVENT'><C:time-range "
                + "start='20991231T235958Z' "
                + "end='20991231T235959Z'/></C:comp-filter>"));
            Assert.Single(late.Hrefs);
        });
    }

    [Fact]
    public async Task A_line_of_a_megabyte_comes_back_as_it_was()
    {
        await using var house = await DavHouse.OpenAsync();
        var line = new string('x', 1 << 20);
        var text = Text("long", $"DTSTART:20260101T000000Z\nSUMMARY:{line}y\n");
        await InTimeAsync(async () =>
        {
            await house.AskAsync(201, $"PUT {C}long.ics\n\n{text}");
            Assert.Equal(text, (await house.AskAsync(200, $"GET {C}long.ics")).Body);
            var found = await house.AskAsync(207, Query("<D:getetag/>", "<C:comp-filter name='VEVENT'><C:prop-filter name='SUMMARY'>"
                + "<C:text-match>XY</C:text-match></C:prop-filter></C:comp-filter>"));
            Assert.Single(found.Hrefs);
        });
    }

    [Fact]
    public async Task Instances_that_replace_each_other_in_a_circle_are_found_once_each()
    {
        await using var house = await DavHouse.OpenAsync();
        string Instance(int day, int at) => $"END:VEVENT\nBEGIN:VEVENT\nUID:circle\nRECURRENCE-ID:202601{day:00}T100000Z\n"
            + $"DTSTART:202601{at:00}T100000Z\nDURATION:PT1H\n";
        await PutAsync(house, "circle", "DTSTART:20260101T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5\n"
            + Instance(2, 3) + Instance(3, 4) + Instance(4, 2));
        const string Range = "start='20260101T000000Z' end='20260201T000000Z'";
        var reply = await house.AskAsync(207, Query(
            $"<C:calendar-data><C:expand {Range}/></C:calendar-data>",
            $"<C:comp-filter name='VEVENT'><C:time-range {Range}/></C:comp-filter>"));
        Assert.Equal(5, reply.Property("calendar-data")!.Split("BEGIN:VEVENT").Length - 1);
    }

    [Theory]
    [InlineData("", "RRULE:FREQ=DAILY\n", 100_000)]
    [InlineData("", "RDATE:19700101T000000\n", 100_000)]
    [InlineData("END:STANDARD\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n", "RRULE:FREQ=DAILY\n",
        50_000)]
    public async Task A_zone_of_very_many_rules_costs_a_bounded_time(string observance, string rule, int count)
    {
        await using var house = await DavHouse.OpenAsync();
        var zone = "BEGIN:VTIMEZONE\nTZID:Odd\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
            + string.Concat(Enumerable.Repeat(observance + rule, count)) + "END:STANDARD\nEND:VTIMEZONE\n";
        var text = $"BEGIN:VCALENDAR\nVERSION:2.0\n{zone}BEGIN:VEVENT\nUID:zone\nDTSTART;TZID=Odd:20260101T100000\nDURATION:PT1H\n"
            + "RRULE:FREQ=WEEKLY\nEND:VEVENT\nEND:VCALENDAR\n";
        await InTimeAsync(async () =>
        {
            await house.AskAsync(201, $"PUT {C}zone.ics\n\n{text}");
            await house.AskAsync(207, Query("<D:getetag/>", "<C:comp-filter name='VEVENT'><C:time-range start='20400101T000000Z' "
                + "end='20400201T000000Z'/></C:comp-filter>"));
        });
    }

    [Fact] // RFC 4791 section 5.3.2.1, RFC 6352 section 6.3.2.1.
    public async Task A_UID_is_in_a_collection_once_and_stays_with_its_object()
    {
        await using var house = await DavHouse.OpenAsync();
        await PutAsync(house, "one", "DTSTART:20260101T000000Z\n");
        var other = await house.AskAsync(409, $"PUT {C}other.ics\n\n" + Text("one", "DTSTART:20260101T000000Z\n"));
        Assert.Equal(("no-uid-conflict", $"{C}one.ics"), (other.Precondition, other.Xml.Descendants(DavReply.Dav + "href").Single().Value));
        var changed = await house.AskAsync(409, $"PUT {C}one.ics\n\n" + Text("two", "DTSTART:20260101T000000Z\n"));
        Assert.Equal(("no-uid-conflict", $"{C}one.ics"), (changed.Precondition, changed.Xml.Descendants(DavReply.Dav + "href").Single()
            .Value));
        await house.AskAsync(204, $"DELETE {C}one.ics");
        await house.AskAsync(201, $"PUT {C}other.ics\n\n" + Text("one", "DTSTART:20260101T000000Z\n"));
        const string Card = "BEGIN:VCARD\nVERSION:3.0\nUID:{0}\nFN:x\nEND:VCARD\n";
        await house.AskAsync(201, $"PUT {DavHouse.Contacts}a.vcf\n\n{Card.Replace("{0}", "a")}");
        Assert.Equal("no-uid-conflict", (await house.AskAsync(409, $"PUT {DavHouse.Contacts}a.vcf\n\n{Card.Replace("{0}", "b")}"))
            .Precondition);
    }

    [Fact]
    public async Task An_attachment_inside_of_an_event_counts_as_the_event()
    {
        await using var house = await DavHouse.OpenAsync(new DavLimits { ObjectBytesMax = 2000 });
        string Event(int count) => Text("big", $"DTSTART:20260101T000000Z\nATTACH;ENCODING=BASE64;VALUE=BINARY:{new string('A', count)}\n");
        var spare = 2000 - Event(0).Length;
        Assert.Equal("max-resource-size", (await house.AskAsync(403, $"PUT {C}big.ics\n\n{Event(spare + 1)}")).Precondition);
        await house.AskAsync(404, $"GET {C}big.ics");
        await house.AskAsync(201, $"PUT {C}big.ics\n\n{Event(spare)}");
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("hello", 400)]
    [InlineData("<C:calendar-query xmlns:C='urn:ietf:params:xml:ns:caldav'>", 400)]
    [InlineData("<C:calendar-query/>", 400)]
    [InlineData("<!DOCTYPE a [<!ENTITY b 'c'>]><calendar-query xmlns='urn:ietf:params:xml:ns:caldav'>&b;</calendar-query>", 400)]
    [InlineData("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><calendar-query xmlns='urn:ietf:params:xml:ns:caldav'/>", 400)]
    [InlineData("<calendar-query xmlns='urn:ietf:params:xml:ns:caldav'>&#0;</calendar-query>", 400)]
    [InlineData("<calendar-query xmlns='urn:ietf:params:xml:ns:caldav'/>", 403)]
    [InlineData("<calendar-query xmlns='urn:ietf:params:xml:ns:caldav'><filter><comp-filter name='VCALENDAR'><comp-filter name='VEVENT'>"
        + "<time-range start='yesterday'/></comp-filter></comp-filter></filter></calendar-query>", 403)]
    [InlineData("<calendar-query xmlns='urn:ietf:params:xml:ns:caldav'><filter><comp-filter name='VCALENDAR'><comp-filter name='VEVENT'>"
        + "<prop-filter name='SUMMARY'><text-match collation='i;klingon'>a</text-match></prop-filter></comp-filter></comp-filter></filter>"
        + "</calendar-query>", 403)]
    public async Task A_report_that_is_none_is_refused(string body, int status)
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(status, $"REPORT {C}\nDepth: 1\nContent-Type: application/xml\n\n{body}");
        await house.AskAsync(207, $"PROPFIND {C}\nDepth: 0");
    }

    [Fact]
    public async Task XML_that_nests_without_end_or_is_too_long_is_refused()
    {
        await using var house = await DavHouse.OpenAsync(new DavLimits { XmlBytesMax = 100_000 });
        await house.AskAsync(400, $"PROPFIND {C}\nDepth: 0\n\n{string.Concat(Enumerable.Repeat("<a>", 20_000))}");
        await house.AskAsync(413, $"PROPFIND {C}\nDepth: 0\n\n<propfind xmlns='DAV:'><!--{new string('x', 100_000)}--><allprop/>"
            + $"</propfind>");
    }

    [Fact] // RFC 6578 section 3.2.
    public async Task A_token_that_the_server_did_not_give_is_no_token()
    {
        await using var house = await DavHouse.OpenAsync();
        string Ask(string token) => $"REPORT {C}\nDepth: 0\n\n<sync-collection xmlns='DAV:'><sync-token>{token}</sync-token>"
            + "<sync-level>1</sync-level><prop><getetag/></prop></sync-collection>";
        var token = (await house.AskAsync(207, Ask(""))).Xml.Element(DavReply.Dav + "sync-token")!.Value;
        await house.AskAsync(207, Ask(token));
        foreach (var bad in (string[])["x", "0", token + "0", token + " 1", "urn:compatbot:sync:", "urn:compatbot:sync:-1", "http://a/b",
            "18446744073709551616"])
        {
            Assert.Equal("valid-sync-token", (await house.AskAsync(403, Ask(bad))).Precondition);
        }
    }

    [Fact] // RFC 9110 section 13.1.
    public async Task Of_ten_clients_at_once_one_wins()
    {
        await using var house = await DavHouse.OpenAsync();
        async Task<List<int>> RaceAsync(Func<int, string> request) =>
            [.. (await Task.WhenAll(Enumerable.Range(0, 10).Select(i => house.AskAsync(request(i))))).Select(one => one.Status).Order()];
        string Event(int i) => Text("race", $"DTSTART:20260101T000000Z\nSUMMARY:{i}\n");
        var made = await RaceAsync(i => $"PUT {C}race.ics\nIf-None-Match: *\n\n{Event(i)}");
        Assert.Equal([201, .. Enumerable.Repeat(412, 9)], made);
        var tag = (await house.AskAsync(200, $"GET {C}race.ics")).ETag;
        var changed = await RaceAsync(i => $"PUT {C}race.ics\nIf-Match: {tag}\n\n{Event(10 + i)}");
        Assert.Equal([204, .. Enumerable.Repeat(412, 9)], changed);
        tag = (await house.AskAsync(200, $"GET {C}race.ics")).ETag;
        var removed = await RaceAsync(i => $"DELETE {C}race.ics\nIf-Match: {tag}");
        Assert.Equal(204, removed[0]);
        Assert.All(removed.Skip(1), status => Assert.True(status is 404 or 412,
            status.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var named = await RaceAsync(i => $"PUT {C}race{i}.ics\n\n{Event(i)}");
        Assert.Equal([201, .. Enumerable.Repeat(409, 9)], named);
    }

    private static async Task InTimeAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, Most);
    }

    private static Task<DavReply> PutAsync(DavHouse house, string uid, string lines) => house.AskAsync(201, $"PUT {C}{uid}.ics\n\n"
        + Text(uid, lines));

    private static string Text(string uid, string lines) =>
        $"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\nBEGIN:VEVENT\nUID:{uid}\n{lines}END:VEVENT\nEND:VCALENDAR\n";

    private static string Query(string properties, string filter) => $"REPORT {C}\nDepth: 1\n\n<C:calendar-query xmlns:D='DAV:' "
        + $"xmlns:C='urn:ietf:params:xml:ns:caldav'><D:prop>{properties}</D:prop><C:filter><C:comp-filter name='VCALENDAR'>{filter}"
        + "</C:comp-filter></C:filter></C:calendar-query>";
}
