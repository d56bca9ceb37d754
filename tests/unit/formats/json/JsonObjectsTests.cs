using System.Text;
using CompatBot.Formats.Json;
using CompatBot.Formats.Vobject;
using Xunit;

namespace CompatBot.UnitTests.Formats.Json;

public sealed class JsonObjectsTests
{
    private const string Event = """
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//Example Inc.//Example Calendar//EN
        BEGIN:VTIMEZONE
        TZID:Europe/Rome
        BEGIN:STANDARD
        DTSTART:19701025T030000
        TZOFFSETFROM:+0200
        TZOFFSETTO:+013000
        END:STANDARD
        END:VTIMEZONE
        BEGIN:VEVENT
        DTSTAMP:20080205T191224Z
        DTSTART;VALUE=DATE:20081006
        DTEND;TZID=Europe/Rome:20081007T103000
        RRULE:FREQ=YEARLY;UNTIL=20101006;COUNT=5;BYDAY=-1SU,2MO;BYMONTH=10
        EXDATE:20081006T120000Z,20081007T120000Z
        CATEGORIES:One\, and a half,Two
        ATTENDEE;CN=Anna;DELEGATED-TO="mailto:a@example.org","mailto:b@example.org":mailto:c@example.org
        GEO:37.5;-122.25
        REQUEST-STATUS:2.0;Success
        PRIORITY:-1
        SUMMARY:Line\nbreak\; and \\ more
        X-OWN;X-PARAM=1:kept\,as it is
        TRIGGER;VALUE=DATE-TIME:20080205T191224Z
        END:VEVENT
        BEGIN:VFREEBUSY
        FREEBUSY;FBTYPE=BUSY:20080101T100000Z/PT1H,20080102T100000Z/20080102T110000Z
        END:VFREEBUSY
        END:VCALENDAR

        """;

    [Fact] // RFC 7265 section 3.
    public void A_calendar_becomes_jCal()
    {
        var json = Json(Event);
        foreach (var part in (string[])[
            """["vcalendar",[["version",{},"text","2.0"]""",
            """["dtstart",{},"date","2008-10-06"]""",
            """["dtend",{"tzid":"Europe/Rome"},"date-time","2008-10-07T10:30:00"]""",
            """["tzoffsetto",{},"utc-offset","+01:30:00"]""",
            """["rrule",{},"recur",{"freq":"YEARLY","until":"2010-10-06","count":5,"byday":["-1SU","2MO"],"bymonth":10}]""",
            """["exdate",{},"date-time","2008-10-06T12:00:00Z","2008-10-07T12:00:00Z"]""",
            """["categories",{},"text","One, and a half","Two"]""",
            """{"cn":"Anna","delegated-to":["mailto:a@example.org","mailto:b@example.org"]},"cal-address","mailto:c@example.org"]""",
            """["geo",{},"float",[37.5,-122.25]]""",
            """["request-status",{},"text",["2.0","Success"]]""",
            """["priority",{},"integer",-1]""",
            """["summary",{},"text","Line\nbreak; and \\ more"]""",
            """["x-own",{"x-param":"1"},"unknown","kept\\,as it is"]""",
            """["trigger",{},"date-time","2008-02-05T19:12:24Z"]""",
            """{"fbtype":"BUSY"},"period",["2008-01-01T10:00:00Z","PT1H"],["2008-01-02T10:00:00Z","2008-01-02T11:00:00Z"]]"""])
        {
            Assert.Contains(part, json, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void And_comes_back_as_it_was() => Assert.Equal(Lines(Event), Lines(Back(Json(Event))));

    [Fact] // RFC 7095 section 3.
    public void A_contact_becomes_jCard_and_comes_back()
    {
        const string Card = """
            BEGIN:VCARD
            VERSION:4.0
            FN:John Doe
            N:Doe;John;Quincy,Adams;;Dr.
            ADR;TYPE=work,home:;;Street 1\, back;City;;1234;Land
            ORG:One;Two\, with comma
            BDAY:--0412
            ANNIVERSARY:20090808T1430-0500
            REV:19951031T222710Z
            item1.TEL;VALUE=uri;PREF=1:tel:+1-555-555-5555
            NICKNAME:Jim,Jimmie
            END:VCARD

            """;
        var json = Json(Card);
        foreach (var part in (string[])[
            """["vcard",[["version",{},"text","4.0"]""",
            """["n",{},"text",["Doe","John",["Quincy","Adams"],"","Dr."]]""",
            """["adr",{"type":["work","home"]},"text",["","","Street 1, back","City","","1234","Land"]]""",
            """["bday",{},"date-and-or-time","--04-12"]""",
            """["anniversary",{},"date-and-or-time","2009-08-08T14:30-05:00"]""",
            """["tel",{"group":"item1","pref":"1"},"uri","tel:+1-555-555-5555"]""",
            """["nickname",{},"text","Jim","Jimmie"]"""])
        {
            Assert.Contains(part, json, StringComparison.Ordinal);
        }

        Assert.Equal(Lines(Card).Order(), Lines(Back(json)).Select(line => line.Replace("PREF=1;VALUE=URI", "VALUE=uri;PREF=1")).Order());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[\"vcalendar\"]")]
    [InlineData("[1,[],[]]")]
    [InlineData("[\"vcalendar\",[[\"version\",{},\"text\"]],[]]")]
    [InlineData("[\"vcalendar\",[[\"version:x\",{},\"text\",\"2.0\"]],[]]")]
    [InlineData("[\"vcalendar\",[[\"version\",{\"a\":1},\"text\",\"2.0\"]],[]]")]
    [InlineData("[\"vcalendar\",[[\"x\",{},\"unknown\",\"2.0\\r\\nATTENDEE:x\"]],[]]")]
    [InlineData("[\"vcalendar\",[[\"dtstart\",{},\"date\",{\"a\":1}]],[]]")]
    [InlineData("[\"vcalendar\",[[\"rrule\",{},\"recur\",{\"freq\":\"DAILY;X=1\"}]],[]]")]
    [InlineData("[\"vcalendar\",[],[[\"vevent\r\n\",[],[]]]]")]
    [InlineData("[\"\\ud800\",[],[]]")]
    public void What_is_no_jCal_is_none(string json) => Assert.Null(JsonObjects.Read(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Nesting_ends()
    {
        var deep = string.Concat(Enumerable.Repeat("[\"a\",[],[", 1000)) + string.Concat(Enumerable.Repeat("]]", 1000));
        Assert.Null(JsonObjects.Read(Encoding.UTF8.GetBytes(deep)));
    }

    [Fact]
    public void Every_object_of_the_corpus_goes_there_and_back()
    {
        using var corpus = Corpus.Unpack("dav");
        foreach (var file in corpus.Objects)
        {
            if (Component.Read(File.ReadAllBytes(file.FullName), out var roots) is not null) continue;
            foreach (var root in roots.Where(one => one.Name == "VCALENDAR"))
            {
                var json = JsonObjects.Write(root);
                var back = JsonObjects.Read(json);
                Assert.True(back is not null, file.Name);
                Assert.Equal(Encoding.UTF8.GetString(json), Encoding.UTF8.GetString(JsonObjects.Write(back)));
            }
        }
    }

    private static string Json(string text)
    {
        Assert.Null(Component.Read(Encoding.UTF8.GetBytes(text), out var roots));
        var json = Encoding.UTF8.GetString(JsonObjects.Write(roots[0]));
        return json.Replace("\\u002B", "+", StringComparison.Ordinal);
    }

    private static string Back(string json)
    {
        var text = new StringBuilder();
        JsonObjects.Read(Encoding.UTF8.GetBytes(json))!.Write(text);
        return text.ToString().Replace("\r\n ", "", StringComparison.Ordinal);
    }

    private static string[] Lines(string text) => text.ReplaceLineEndings("\n").Split('\n',
        StringSplitOptions.RemoveEmptyEntries);
}
