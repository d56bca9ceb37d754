using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar;

/// <summary>One instance of an event, task or journal entry.</summary>
/// <param name="Source">The component that says what it is: its own, or the series'.</param>
/// <param name="Start">On the wall clock of the series; null: it has no start.</param>
/// <param name="From">Seconds since 1970.</param>
/// <param name="Until">Seconds since 1970, not before <paramref name="From"/>.</param>
/// <param name="RecurrenceId">Seconds since 1970: when the series would have it; null: it is not one of a series.</param>
public sealed record CalendarInstance(Component Source, CalendarTime? Start, long From, long Until, long? RecurrenceId);

/// <summary>A calendar object with all of its instances, which are found and not kept.</summary>
public sealed class CalendarObject
{
    private readonly Dictionary<long, Component> _overrides = [];
    private readonly SortedDictionary<long, Component> _onwards = [];
    private readonly Dictionary<Component, long> _lengths = new(ReferenceEqualityComparer.Instance);
    private readonly WorkBound _work;

    /// <param name="root">A VCALENDAR.</param>
    /// <param name="floating">The zone of times that have none; null: UTC.</param>
    /// <param name="work">What finding instances may cost; null: as much as an object gets.</param>
    public CalendarObject(Component root, ICalendarZone? floating = null, WorkBound? work = null)
    {
        _work = work ?? new WorkBound();
        (Root, Zones) = (root, new CalendarZones(root, floating, _work));
        Parts = [.. root.Components.Where(one => one.Name != "VTIMEZONE")];
        foreach (var part in Parts)
        {
            if (part.Find("RECURRENCE-ID") is not { } id || CalendarTime.Parse(id.Value) is not { } time)
            {
                Master ??= part;
                continue;
            }

            var seconds = Zones.Seconds(id, time);
            _overrides[seconds] = part;
            if (id["RANGE"] is { } range && range.Equals("THISANDFUTURE", StringComparison.OrdinalIgnoreCase)) _onwards[seconds] = part;
        }
    }

    public Component Root { get; }

    public CalendarZones Zones { get; }

    /// <summary>All but the time zones.</summary>
    public IReadOnlyList<Component> Parts { get; }

    /// <summary>The component of the whole series; null where only single instances are described.</summary>
    public Component? Master { get; }

    /// <summary>VEVENT, VTODO, ...; null for an empty object.</summary>
    public string? Kind => Parts.Count > 0 ? Parts[0].Name : null;

    public bool IsRecurring => Master is not null && (Master.Find("RRULE") is not null || Master.Find("RDATE") is not null);

    /// <summary>Instances that touch a span of time, in no particular order where some were moved.</summary>
    /// <param name="from">Seconds since 1970, inclusive.</param>
    /// <param name="until">Seconds since 1970, exclusive.</param>
    public IEnumerable<CalendarInstance> Instances(long from, long until)
    {
        var seen = new HashSet<long>();
        if (Master is not null)
        {
            foreach (var (local, seconds) in Series(Master, from, until))
            {
                if (!seen.Add(seconds)) continue;
                var instance = InstanceOf(Master, local, seconds);
                if (Touches(instance, from, until)) yield return instance;
            }
        }

        foreach (var (id, part) in _overrides)
        {
            if (seen.Contains(id) || Alone(part, id) is not { } instance || !Touches(instance, from, until)) continue;
            yield return instance;
        }
    }

    /// <summary>RFC 4791 section 9.9: what has no length counts at its moment.</summary>
    private static bool Touches(CalendarInstance instance, long from, long until) =>
        instance.From < until && (instance.Until > from || (instance.Until == instance.From && instance.From >= from));

    /// <summary>One instance of the series, as it is or as its own component, or an earlier one's "and all later", says.</summary>
    private CalendarInstance InstanceOf(Component master, CalendarTime local, long seconds)
    {
        if (_overrides.TryGetValue(seconds, out var own) && Alone(own, seconds) is { } moved) return moved;
        var (source, shift) = (master, 0L);
        foreach (var (id, part) in _onwards)
        {
            if (id > seconds || !_work.Spend(1) || Alone(part, id) is not { } first) break;
            (source, shift) = (part, first.From - id);
        }

        var start = seconds + shift;
        return new CalendarInstance(source, local, start, start + LengthOf(source), IsRecurring ? seconds : null);
    }

    private CalendarInstance? Alone(Component part, long id)
    {
        if (part.Find("DTSTART") is not { } line || CalendarTime.Parse(line.Value) is not { } start) return null;
        var from = Zones.Seconds(line, start);
        return new CalendarInstance(part, start, from, from + LengthOf(part), id);
    }

    /// <summary>The moments of a series near a span of time, ascending but for RDATEs.</summary>
    private IEnumerable<(CalendarTime Local, long Seconds)> Series(Component master, long from, long until)
    {
        if (master.Find("DTSTART") is not { } line || CalendarTime.Parse(line.Value) is not { } start) yield break;
        var zone = start.IsUtc ? UtcZone.Instance : Zones.Of(line);
        var excluded = new HashSet<long>();
        var excludedDays = new HashSet<DateTime>();
        foreach (var exdate in master.All("EXDATE"))
        {
            foreach (var time in exdate.Value.Split(',').Select(CalendarTime.Parse).OfType<CalendarTime>())
            {
                excluded.Add(Zones.Seconds(exdate, time));
                if (time.IsDate) excludedDays.Add(time.Local);
            }
        }

        var length = LengthOf(master) + _onwards.Values.Select(LengthOf).DefaultIfEmpty().Max();
        var shift = _onwards.Select(one => Math.Abs((Alone(one.Value, one.Key)?.From ?? one.Key) - one.Key)).DefaultIfEmpty().Max();
        var near = zone.ToLocal(from > long.MinValue / 2 ? from - length - shift - 86400 : long.MinValue / 2);
        foreach (var local in Locals())
        {
            var time = new CalendarTime(local, start.IsDate, start.IsUtc);
            var seconds = zone.ToUtc(local);
            if (excluded.Contains(seconds) || excludedDays.Contains(local.Date)) continue;
            yield return (time, seconds);
        }

        IEnumerable<DateTime> Locals()
        {
            yield return start.Local;
            foreach (var rdate in master.All("RDATE"))
            {
                foreach (var value in rdate.Value.Split(','))
                {
                    if (CalendarTime.Parse(value.Split('/')[0]) is { } time) yield return zone.ToLocal(Zones.Seconds(rdate, time));
                }
            }

            foreach (var rrule in master.All("RRULE"))
            {
                if (RecurrenceRule.Parse(rrule.Value) is not { } rule) continue;
                foreach (var local in Recurrence.Walk(rule, start.Local, near, UntilOf(rule, start, zone), _work))
                {
                    if (zone.ToUtc(local) - shift >= until) break;
                    yield return local;
                }
            }
        }
    }

    /// <summary>UNTIL on the series' clock. A date means the whole day.</summary>
    private static DateTime? UntilOf(RecurrenceRule rule, CalendarTime start, ICalendarZone zone) => rule.Until switch
    {
        null => null,
        { IsDate: true } until => start.IsDate ? until.Local : until.Local.AddDays(1).AddSeconds(-1),
        { IsUtc: true } until => zone.ToLocal(until.Seconds),
        { } until => until.Local,
    };

    /// <summary>Seconds from start to end; a date without an end lasts its day, a moment without one no time.</summary>
    private long LengthOf(Component part) =>
        _lengths.TryGetValue(part, out var known) ? known : _lengths[part] = MeasuredLengthOf(part);

    private long MeasuredLengthOf(Component part)
    {
        if (part.Find("DTSTART") is not { } line || CalendarTime.Parse(line.Value) is not { } start) return 0;
        if ((part.Find("DTEND") ?? part.Find("DUE")) is { } ending && CalendarTime.Parse(ending.Value) is { } end)
        {
            return Math.Max(0, Zones.Seconds(ending, end) - Zones.Seconds(line, start));
        }

        if (part.Find("DURATION") is { } duration && CalendarDuration.Parse(duration.Value) is { } length) return Math.Max(0, length);
        return start.IsDate && part.Name != "VTODO" ? 86400 : 0;
    }
}
