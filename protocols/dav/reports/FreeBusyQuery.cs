using System.Text;
using System.Xml.Linq;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>free-busy-query: when something is going on, not what (RFC 4791 section 7.10).</summary>
internal static class FreeBusyQuery
{
    /// <summary>Busy times in one answer.</summary>
    private const int PeriodsMax = 10_000;

    public static async ValueTask RunAsync(DavRequest request, DavResource top, XElement body)
    {
        var range = TimeSpans.Read(body.Element(DavNames.CalDav + "time-range"));
        if (range is not (> long.MinValue and var from, < long.MaxValue and var until))
        {
            throw new DavException(403, DavNames.CalDav + "valid-filter");
        }

        var periods = new List<(string Type, long From, long Until)>();
        var floating = CalendarQuery.ZoneOf(body, top);
        var said = new List<Component>();
        await foreach (var (_, _, stored) in CalendarQuery.MembersAsync(request, top, CalendarFilter.Everything))
        {
            if (stored is null) continue;
            if (stored.Components.Any(part => part.Name == "VAVAILABILITY")) said.Add(stored);
            var calendar = new CalendarObject(stored, floating);
            periods.AddRange(CalendarQueries.Busy(calendar, from, until).Take(PeriodsMax + 1 - periods.Count));
            if (periods.Count > PeriodsMax) throw new DavException(403, DavNames.Dav + "number-of-matches-within-limits");
        }

        periods.AddRange(Availability.Busy(said, from, until, floating));
        var lines = new List<ContentLine>
        {
            new("DTSTAMP", [], CalendarExpansion.UtcText(request.Now.ToUnixTimeSeconds())),
            new("DTSTART", [], CalendarExpansion.UtcText(from)),
            new("DTEND", [], CalendarExpansion.UtcText(until)),
        };
        lines.AddRange(BusyLines.Of(periods, from, until));
        var root = new Component("VCALENDAR").With(
            [new ContentLine("VERSION", [], "2.0"), new ContentLine("PRODID", [], "-//CompatBot//EN")],
            [new Component("VFREEBUSY").With(lines, [])]);
        var text = new StringBuilder();
        root.Write(text);
        request.Response.ContentType = "text/calendar; charset=utf-8";
        await request.Response.WriteAsync(text.ToString(), request.Cancellation);
    }
}
