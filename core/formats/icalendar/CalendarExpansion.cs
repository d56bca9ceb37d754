using System.Globalization;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar;

/// <summary>Rewrites a calendar object for a client that does not want to work out its series (RFC 4791 section 9.6).</summary>
public static class CalendarExpansion
{
    /// <summary>Each instance that touches a span as a component of its own, times in UTC (RFC 4791 section 9.6.5).</summary>
    /// <param name="calendar">The object.</param>
    /// <param name="from">Seconds since 1970.</param>
    /// <param name="until">Seconds since 1970.</param>
    /// <param name="most">Instances.</param>
    /// <returns>Null when there are more.</returns>
    public static Component? Expand(CalendarObject calendar, long from, long until, int most)
    {
        var instances = new List<Component>();
        foreach (var instance in calendar.Instances(from, until))
        {
            if (instances.Count == most) return null;
            instances.Add(Alone(calendar, instance));
        }

        return calendar.Root.With(calendar.Root.Properties, instances);
    }

    /// <summary>The series, and of its single instances those that touch a span (RFC 4791 section 9.6.6).</summary>
    public static Component Limit(CalendarObject calendar, long from, long until)
    {
        var touching = calendar.Instances(from, until).Select(instance => instance.Source).ToHashSet(ReferenceEqualityComparer.Instance);
        return calendar.Root.With(calendar.Root.Properties, calendar.Root.Components.Where(
            part => part.Name == "VTIMEZONE" || part == calendar.Master || touching.Contains(part)));
    }

    /// <summary>Of the busy times that a VFREEBUSY has, those that touch a span (RFC 4791 section 9.6.7).</summary>
    public static Component LimitBusy(Component root, long from, long until) => root.With(
        root.Properties,
        root.Components.Select(part => part.Name == "VFREEBUSY" ? part.With(Limited(part, from, until), part.Components) : part));

    private static IEnumerable<ContentLine> Limited(Component busy, long from, long until)
    {
        foreach (var line in busy.Properties)
        {
            if (line.Name != "FREEBUSY")
            {
                yield return line;
                continue;
            }

            var touching = line.Value.Split(',').Where(value => CalendarQueries.Periods(line with { Value = value })
                .Any(period => period.From < until && period.Until > from)).ToList();
            if (touching.Count > 0) yield return line with { Value = string.Join(',', touching) };
        }
    }

    private static Component Alone(CalendarObject calendar, CalendarInstance instance)
    {
        var isDate = instance.Start?.IsDate ?? false;
        var lines = new List<ContentLine>();
        foreach (var line in instance.Source.Properties)
        {
            switch (line.Name)
            {
                case "RRULE" or "RDATE" or "EXDATE" or "EXRULE" or "RECURRENCE-ID":
                    break;
                case "DTSTART":
                    lines.Add(Time("DTSTART", instance.From, isDate, calendar));
                    if (instance.RecurrenceId is { } id) lines.Add(Time("RECURRENCE-ID", id, isDate, calendar));
                    break;
                case "DTEND" or "DUE":
                    lines.Add(Time(line.Name, instance.Until, isDate, calendar));
                    break;
                default:
                    lines.Add(line);
                    break;
            }
        }

        return instance.Source.With(lines, instance.Source.Components);
    }

    private static ContentLine Time(string name, long seconds, bool isDate, CalendarObject calendar) => isDate
        ? new ContentLine(
            name,
            [new Parameter("VALUE", ["DATE"])],
            calendar.Zones.Floating.ToLocal(seconds).ToString("yyyyMMdd", CultureInfo.InvariantCulture))
        : new ContentLine(name, [], UtcText(seconds));

    /// <summary>A moment as a DATE-TIME in UTC.</summary>
    public static string UtcText(long seconds) =>
        CalendarTime.LocalOf(seconds).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
}
