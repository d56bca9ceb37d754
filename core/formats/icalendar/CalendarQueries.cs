using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar;

/// <summary>What a time-range asks of each kind of component (RFC 4791 section 9.9). Ends are exclusive.</summary>
public static class CalendarQueries
{
    /// <summary>Whether a part of an object, or one of the series' instances, touches a span of time.</summary>
    /// <param name="calendar">The object.</param>
    /// <param name="component">VEVENT, VTODO, VJOURNAL, VFREEBUSY.</param>
    /// <param name="from">Seconds since 1970; <see cref="long.MinValue"/>: no bound.</param>
    /// <param name="until">Seconds since 1970; <see cref="long.MaxValue"/>: no bound.</param>
    public static bool Touches(CalendarObject calendar, string component, long from, long until)
    {
        if (calendar.Kind != component) return false;
        return component switch
        {
            "VEVENT" => calendar.Instances(from, until).Any(),
            "VJOURNAL" => calendar.Parts.Any(part => part.Find("DTSTART") is not null) && calendar.Instances(from, until).Any(),
            "VTODO" => calendar.Parts.Any(part => TaskTouches(calendar, part, from, until)),
            "VFREEBUSY" => calendar.Parts.Any(part => BusyTouches(calendar, part, from, until)),
            _ => true,
        };
    }

    /// <summary>Whether an alarm of an instance goes off in a span of time.</summary>
    public static bool AlarmTouches(CalendarObject calendar, long from, long until)
    {
        const long Ahead = 400 * 86400L; // Alarms that are further from their instance are not looked for.
        var instances = calendar.Instances(
            from < long.MinValue + Ahead ? from : from - Ahead, until > long.MaxValue - Ahead ? until : until + Ahead);
        foreach (var instance in instances)
        {
            foreach (var alarm in instance.Source.Components.Where(one => one.Name == "VALARM"))
            {
                if (Rings(calendar, instance, alarm).Any(time => time >= from && time < until)) return true;
            }
        }

        return false;
    }

    /// <summary>The busy times of an event, for free-busy (RFC 4791 section 7.10): type and span.</summary>
    public static IEnumerable<(string Type, long From, long Until)> Busy(CalendarObject calendar, long from, long until)
    {
        if (calendar.Kind == "VFREEBUSY")
        {
            foreach (var part in calendar.Parts)
            {
                foreach (var line in part.All("FREEBUSY"))
                {
                    foreach (var (start, end) in Periods(line))
                    {
                        if (start < until && end > from) yield return (line["FBTYPE"] ?? "BUSY", start, end);
                    }
                }
            }
        }

        if (calendar.Kind != "VEVENT") yield break;
        foreach (var instance in calendar.Instances(from, until))
        {
            if (Is(instance.Source, "TRANSP", "TRANSPARENT") || Is(instance.Source, "STATUS", "CANCELLED")) continue;
            if (instance.Until == instance.From) continue;
            yield return (Is(instance.Source, "STATUS", "TENTATIVE") ? "BUSY-TENTATIVE" : "BUSY", instance.From, instance.Until);
        }
    }

    private static bool Is(Component component, string property, string value) =>
        component.Find(property)?.Value.Trim().Equals(value, StringComparison.OrdinalIgnoreCase) ?? false;

    /// <summary>The table of VTODO: by what it has of DTSTART, DURATION, DUE, COMPLETED and CREATED.</summary>
    private static bool TaskTouches(CalendarObject calendar, Component part, long from, long until)
    {
        var (start, due) = (Time(calendar, part, "DTSTART"), Time(calendar, part, "DUE"));
        if (part == calendar.Master && calendar.IsRecurring && start is not null) return calendar.Instances(from, until).Any();
        if (start is { } begins)
        {
            var length = part.Find("DURATION") is { } duration ? CalendarDuration.Parse(duration.Value) : null;
            if ((due ?? begins + length) is not { } ends) return from <= begins && until > begins;
            return length is not null && due is null
                ? from <= ends && (until > begins || until >= ends)
                : (from < ends || from <= begins) && (until > begins || until >= ends);
        }

        if (due is { } alone) return from < alone && until >= alone;
        return (Time(calendar, part, "COMPLETED"), Time(calendar, part, "CREATED")) switch
        {
            ({ } completed, { } created) => (from <= created || from <= completed) && (until >= created || until >= completed),
            ({ } completed, null) => from <= completed && until >= completed,
            (null, { } created) => until > created,
            _ => true,
        };
    }

    private static bool BusyTouches(CalendarObject calendar, Component part, long from, long until)
    {
        if (Time(calendar, part, "DTSTART") is { } start && Time(calendar, part, "DTEND") is { } end) return from <= end && until > start;
        return part.All("FREEBUSY").SelectMany(Periods).Any(period => from < period.Until && until > period.From);
    }

    private static long? Time(CalendarObject calendar, Component part, string name) =>
        part.Find(name) is { } line && CalendarTime.Parse(line.Value) is { } time ? calendar.Zones.Seconds(line, time) : null;

    /// <summary>The spans of a FREEBUSY property.</summary>
    internal static IEnumerable<(long From, long Until)> Periods(ContentLine line)
    {
        foreach (var value in line.Value.Split(','))
        {
            var slash = value.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0 || CalendarTime.Parse(value[..slash]) is not { } start) continue;
            if (CalendarTime.Parse(value[(slash + 1)..]) is { } end) yield return (start.Seconds, end.Seconds);
            else if (CalendarDuration.Parse(value[(slash + 1)..]) is { } length) yield return (start.Seconds, start.Seconds + length);
        }
    }

    private static IEnumerable<long> Rings(CalendarObject calendar, CalendarInstance instance, Component alarm)
    {
        const int RepeatMax = 1000;
        if (alarm.Find("TRIGGER") is not { } trigger) yield break;
        long first;
        if (CalendarTime.Parse(trigger.Value) is { } at) first = calendar.Zones.Seconds(trigger, at);
        else if (CalendarDuration.Parse(trigger.Value) is { } offset)
        {
            var fromEnd = "END".Equals(trigger["RELATED"], StringComparison.OrdinalIgnoreCase);
            first = (fromEnd ? instance.Until : instance.From) + offset;
        }
        else yield break;

        yield return first;
        var pause = alarm.Find("DURATION") is { } duration ? CalendarDuration.Parse(duration.Value) ?? 0 : 0;
        if (!int.TryParse(alarm.Find("REPEAT")?.Value, out var repeat) || pause <= 0) yield break;
        for (var i = 1; i <= Math.Min(repeat, RepeatMax); i++) yield return first + (i * pause);
    }
}
