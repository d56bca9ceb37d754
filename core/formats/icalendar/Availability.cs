using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar;

/// <summary>When somebody can not be reached, by what he says of when he can (RFC 7953).</summary>
public static class Availability
{
    /// <summary>Most times of being there that one VAVAILABILITY has in a span.</summary>
    private const int TimesMax = 5000;

    /// <summary>The spans in which somebody is busy because nothing says that he is there: type and span, for free-busy.</summary>
    /// <param name="roots">VCALENDARs with VAVAILABILITYs. Of two that say different things the one of higher priority counts.</param>
    /// <param name="from">Seconds since 1970.</param>
    /// <param name="until">Seconds since 1970.</param>
    /// <param name="floating">The zone of times that have none; null: UTC.</param>
    public static IReadOnlyList<(string Type, long From, long Until)> Busy(
        IEnumerable<Component> roots, long from, long until, ICalendarZone? floating = null)
    {
        var busy = new List<(string Type, long From, long Until)>();
        var parts = from root in roots
                    from part in root.Components
                    where part.Name == "VAVAILABILITY"
                    orderby PriorityOf(part) descending // 1 is the highest, 9 the lowest: the higher takes the place of the lower.
                    select (Root: root, Part: part);
        foreach (var (root, part) in parts)
        {
            var zones = new CalendarZones(root, floating);
            var (start, end) = SpanOf(part, zones, from, until);
            if (start >= end) continue;
            busy = [.. busy.SelectMany(one => Minus((one.From, one.Until), [(start, end)]).Select(rest => (one.Type, rest.From,
                rest.Until)))];
            var type = part.Find("BUSYTYPE")?.Value.Trim().ToUpperInvariant() ?? "BUSY-UNAVAILABLE";
            busy.AddRange(Minus((start, end), Times(root, part, start, end, floating)).Select(rest => (type, rest.From, rest.Until)));
        }

        return busy;
    }

    /// <summary>0, and none, is lower than 9 (RFC 7953 section 3.1).</summary>
    private static int PriorityOf(Component part) => int.TryParse(part.Find("PRIORITY")?.Value, out var priority)
        && priority is > 0 and <= 9 ? priority : 10;

    private static (long From, long Until) SpanOf(Component part, CalendarZones zones, long from, long until)
    {
        long? Moment(string name) => part.Find(name) is { } line && CalendarTime.Parse(line.Value) is { } time ? zones.Seconds(line,
            time) : null;
        var start = Moment("DTSTART");
        var end = Moment("DTEND");
        if (end is null && start is not null && part.Find("DURATION") is { } duration) end = start + CalendarDuration.Parse(duration.Value);
        return (Math.Max(start ?? from, from), Math.Min(end ?? until, until));
    }

    private static List<(long From, long Until)> Times(Component root, Component part, long from, long until, ICalendarZone? floating)
    {
        var work = new WorkBound();
        var zones = root.Components.Where(one => one.Name == "VTIMEZONE").ToList();
        var times = part.Components.Where(one => one.Name == "AVAILABLE").GroupBy(one => one.Find("UID")?.Text)
            .Select(same => new CalendarObject(root.With(root.Properties, zones.Concat(same)), floating, work))
            .SelectMany(one => one.Instances(from, until)).Select(one => (one.From, one.Until));
        return [.. times.Take(TimesMax).Order()];
    }

    /// <summary>What is left of a span.</summary>
    private static IEnumerable<(long From, long Until)> Minus((long From, long Until) span, IEnumerable<(long From, long Until)> ordered)
    {
        var at = span.From;
        foreach (var (from, until) in ordered)
        {
            if (until <= at || from >= span.Until) continue;
            if (from > at) yield return (at, from);
            at = Math.Max(at, until);
        }

        if (at < span.Until) yield return (at, span.Until);
    }
}
