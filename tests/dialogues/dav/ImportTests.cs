using CompatBot.Protocols.Dav;
using Xunit;

namespace CompatBot.DialogueTests.Dav;

/// <summary>Whole calendars and address books in one request: .ics and .vcf of many objects in, and out.</summary>
public sealed class ImportTests
{
    private const string Many = """
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//Other//EN
        METHOD:PUBLISH
        X-WR-CALNAME:Trips
        BEGIN:VTIMEZONE
        TZID:Own/Zone
        BEGIN:STANDARD
        DTSTART:19700101T000000
        TZOFFSETFROM:+0300
        TZOFFSETTO:+0300
        END:STANDARD
        END:VTIMEZONE
        BEGIN:VTIMEZONE
        TZID:Nobody/Uses
        BEGIN:STANDARD
        DTSTART:19700101T000000
        TZOFFSETFROM:+0000
        TZOFFSETTO:+0000
        END:STANDARD
        END:VTIMEZONE
        BEGIN:VEVENT
        UID:one
        DTSTART;TZID=Own/Zone:20260301T100000
        RRULE:FREQ=DAILY;COUNT=3
        SUMMARY:One
        END:VEVENT
        BEGIN:VEVENT
        UID:two/with a slash
        DTSTART:20260302T100000Z
        SUMMARY:Two
        END:VEVENT
        BEGIN:VEVENT
        UID:one
        RECURRENCE-ID;TZID=Own/Zone:20260302T100000
        DTSTART;TZID=Own/Zone:20260302T120000
        SUMMARY:One\, later
        END:VEVENT
        BEGIN:VEVENT
        DTSTART:20260303T100000Z
        SUMMARY:Nameless
        END:VEVENT
        END:VCALENDAR

        """;

    [Theory]
    [InlineData("PUT")]
    [InlineData("POST")]
    public async Task A_file_of_many_events_becomes_one_object_for_each_uid(string method)
    {
        await using var house = await DavHouse.OpenAsync();
        var put = await house.AskAsync(201, $"{method} {DavHouse.Calendar}\nContent-Type: text/calendar\n\n{Many}");
        Assert.Equal("3 added, 0 replaced, 0 as they were\n", put.Body);
        var one = await house.AskAsync(200, $"GET {DavHouse.Calendar}one.ics");
        Assert.Contains("TZID:Own/Zone", one.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Nobody/Uses", one.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("METHOD", one.Body, StringComparison.Ordinal);
        Assert.Equal(2, one.Body.Split("BEGIN:VEVENT").Length - 1);

        // The same again changes nothing; a change is one.
        var again = await house.AskAsync(200, $"{method} {DavHouse.Calendar}\n\n{Many}");
        Assert.Equal("0 added, 0 replaced, 3 as they were\n", again.Body);
        var changed = Many.Replace("SUMMARY:Two", "SUMMARY:Deux", StringComparison.Ordinal);
        Assert.Equal(
            "0 added, 1 replaced, 2 as they were\n", (await house.AskAsync(200, $"{method} {DavHouse.Calendar}\n\n{changed}")).Body);
    }

    [Fact] // RFC 5995: the server chooses the name.
    public async Task A_posted_object_is_found_where_the_answer_says()
    {
        await using var house = await DavHouse.OpenAsync();
        var found = await house.AskAsync(
            207, $"PROPFIND {DavHouse.Contacts}\nDepth: 0\n\n<propfind xmlns='DAV:'><prop><add-member/></prop></propfind>");
        Assert.Equal(DavHouse.Contacts, found.Property("add-member"));
        var posted = await house.AskAsync(201, $"POST {DavHouse.Contacts}\n\nBEGIN:VCARD\nVERSION:3.0\nFN:Carla\nN:;Carla;;;\nEND:VCARD\n");
        var got = await house.AskAsync(200, $"GET {posted["Location"]}");
        Assert.Equal(posted.ETag, got.ETag);
        Assert.Matches("VERSION:3.0\nUID:[0-9a-f-]{36}\r\nFN:Carla", got.Body);
    }

    [Fact]
    public async Task What_is_wrong_with_one_object_refuses_all()
    {
        await using var house = await DavHouse.OpenAsync();
        var before = await house.AskAsync(207, $"PROPFIND {DavHouse.Calendar}\nDepth: 1");
        var mixed = Many.Replace("END:VCALENDAR", "BEGIN:VTODO\nUID:t\nEND:VTODO\nEND:VCALENDAR", StringComparison.Ordinal);
        var reply = await house.AskAsync(403, $"PUT {DavHouse.Calendar}\n\n{mixed}");
        Assert.Equal("supported-calendar-component", reply.Precondition);
        Assert.Equal("valid-calendar-data", (await house.AskAsync(403, $"PUT {DavHouse.Calendar}\n\nhello")).Precondition);
        Assert.Equal("valid-address-data", (await house.AskAsync(403, $"PUT {DavHouse.Contacts}\n\n{Many}")).Precondition);
        Assert.Equal(before.Hrefs, (await house.AskAsync(207, $"PROPFIND {DavHouse.Calendar}\nDepth: 1")).Hrefs);
        Assert.Equal(405, (await house.AskAsync($"POST {DavHouse.Files}\n\nhello")).Status);
    }

    [Fact]
    public async Task Limits_on_octets_and_objects_hold()
    {
        var limits = new DavLimits { ImportBytesMax = Many.Length, ImportObjectsMax = 3 };
        await using var house = await DavHouse.OpenAsync(limits);
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}\n\n{Many}");
        Assert.Equal("max-resource-size", (await house.AskAsync(403, $"PUT {DavHouse.Calendar}\n\n{Many}\n")).Precondition);
        await using var small = await DavHouse.OpenAsync(limits with { ImportObjectsMax = 2 });
        await small.AskAsync(403, $"PUT {DavHouse.Calendar}\n\n{Many}");
    }

    [Fact]
    public async Task A_whole_calendar_comes_as_one_file_with_each_zone_once()
    {
        await using var house = await DavHouse.OpenAsync();
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}\n\n{Many}");
        await house.AskAsync(201, $"PUT {DavHouse.Calendar}more.ics\n\n{Many[..Many.IndexOf("BEGIN:VEVENT", StringComparison.Ordinal)]}"
            + "BEGIN:VEVENT\nUID:more\nDTSTART;TZID=Own/Zone:20260501T100000\nEND:VEVENT\nEND:VCALENDAR\n");
        var all = await house.AskAsync(200, $"GET {DavHouse.Calendar}?export");
        Assert.Equal("text/calendar; charset=utf-8", all["Content-Type"]);
        Assert.Equal("attachment; filename*=UTF-8''calendar.ics", all["Content-Disposition"]);
        Assert.Equal(5, all.Body.Split("BEGIN:VEVENT").Length - 1);
        Assert.Equal(1, all.Body.Split("TZID:Own/Zone").Length - 1);
        Assert.Contains("X-WR-CALNAME:Calendar\r\n", all.Body, StringComparison.Ordinal);
        Assert.EndsWith("END:VCALENDAR\r\n", all.Body, StringComparison.Ordinal);
        await house.AskAsync(304, $"GET {DavHouse.Calendar}?export\nIf-None-Match: {all.ETag}");
        var todos = await house.AskAsync(200, $"GET {DavHouse.Calendar}?export&componentType=VTODO");
        Assert.DoesNotContain("VEVENT", todos.Body, StringComparison.Ordinal);

        // What came out goes into another calendar.
        await house.AskAsync(201, "MKCALENDAR /dav/calendars/anna@mail.test/copy/");
        var put = await house.AskAsync(201, $"PUT /dav/calendars/anna@mail.test/copy/\n\n{all.Body}");
        Assert.Equal("4 added, 0 replaced, 0 as they were\n", put.Body);
    }

    [Fact]
    public async Task A_whole_address_book_comes_as_the_cards_are()
    {
        await using var house = await DavHouse.OpenAsync();
        const string Cards = "BEGIN:VCARD\nVERSION:3.0\nUID:a\nFN:Anna\nEND:VCARD\n\nbegin:vcard\nVERSION:4.0\nUID:b\nFN:Bert\nend:vcard";
        Assert.Equal("2 added, 0 replaced, 0 as they were\n", (await house.AskAsync(201, $"PUT {DavHouse.Contacts}\n\n{Cards}")).Body);
        var all = await house.AskAsync(200, $"GET {DavHouse.Contacts}?export");
        Assert.Equal("text/vcard; charset=utf-8", all["Content-Type"]);
        Assert.Equal(Cards.Replace("\n\n", "\n", StringComparison.Ordinal) + "\r\n", all.Body);
        Assert.Equal("", (await house.AskAsync(200, $"HEAD {DavHouse.Contacts}?export")).Body);
    }
}
