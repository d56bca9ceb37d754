using System.Globalization;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar.Itip;

/// <summary>A calendar object as scheduling looks at it: the series, and its single instances by the moment that they have in it.</summary>
public sealed class SchedulingObject
{
    /// <summary>Most instances that one change or one message is looked at for.</summary>
    public const int InstancesMax = 500;

    /// <summary>What finding one instance may cost (some 2 ms): rules of strangers are looked at as often as their messages say.</summary>
    private const long InstanceUnits = 100_000;

    private readonly SortedDictionary<long, Component> _overrides = [];
    private readonly Dictionary<long, Component?> _alone = [];
    private readonly CalendarZones _zones;

    /// <param name="root">A VCALENDAR of one UID.</param>
    public SchedulingObject(Component root)
    {
        (Root, _zones) = (root, new CalendarZones(root));
        foreach (var part in root.Components.Where(one => one.Name != "VTIMEZONE"))
        {
            if (InstanceOf(part) is { } id) _overrides[id] = part;
            else Master ??= part;
        }
    }

    public Component Root { get; }

    public Component? Master { get; }

    /// <summary>By seconds since 1970.</summary>
    public IReadOnlyDictionary<long, Component> Overrides => _overrides;

    public IEnumerable<Component> Parts => Master is null ? _overrides.Values : _overrides.Values.Prepend(Master);

    /// <summary>Null: nobody organizes it, and nothing is scheduled.</summary>
    public string? Organizer => Parts.Select(CalendarUser.OrganizerOf).FirstOrDefault(one => one is not null);

    /// <summary>The organizer's property.</summary>
    public ContentLine? OrganizerLine => Parts.Select(part => part.Find("ORGANIZER")).FirstOrDefault(one => one is not null);

    public IEnumerable<string> Attendees => Parts.SelectMany(part => part.All("ATTENDEE")).Select(CalendarUser.Of).Distinct();

    /// <summary>The moment that a RECURRENCE-ID names; null: it is the series.</summary>
    public long? InstanceOf(Component part) =>
        part.Find("RECURRENCE-ID") is { } line && CalendarTime.Parse(line.Value) is { } time ? _zones.Seconds(line, time) : null;

    /// <summary>When a component begins and ends, in seconds since 1970, and whether it is of days.</summary>
    public (long? From, long? Until, bool IsDate) SpanOf(Component part)
    {
        var start = part.Find("DTSTART");
        var time = start is null ? null : CalendarTime.Parse(start.Value);
        long? from = time is { } begun ? _zones.Seconds(start!, begun) : null;
        var isDate = time is { IsDate: true };
        long? until = MomentsOf(part, part.Name == "VTODO" ? "DUE" : "DTEND") is { Count: > 0 } ends ? ends.First()
            : part.Find("DURATION") is { } duration ? from + CalendarDuration.Parse(duration.Value)
            : isDate ? from + 86_400
            : from;
        return (from, until, isDate);
    }

    /// <summary>The moments that properties of one name have, in seconds since 1970; of periods, their beginnings.</summary>
    public HashSet<long> MomentsOf(Component part, string name) =>
    [
        .. from line in part.All(name)
           from value in line.Value.Split(',')
           let time = CalendarTime.Parse(value.Split('/')[0])
           where time is not null
           select _zones.Seconds(line, time.Value),
    ];

    /// <summary>The instances that EXDATEs of the series take out, each with a line that names it alone.</summary>
    public Dictionary<long, ContentLine> Exclusions()
    {
        var found = new Dictionary<long, ContentLine>();
        foreach (var line in Master?.All("EXDATE") ?? [])
        {
            foreach (var value in line.Value.Split(','))
            {
                if (CalendarTime.Parse(value) is { } time) found[_zones.Seconds(line, time)] = line with { Value = value.Trim() };
            }
        }

        return found;
    }

    /// <summary>An instance of the series as a component of its own, as the series has it; null when it has none at that moment.</summary>
    public Component? Alone(long id)
    {
        if (!_alone.TryGetValue(id, out var known)) _alone[id] = known = Find(id);
        return known;
    }

    private Component? Find(long id)
    {
        if (Master is null) return null;
        var zones = Root.Components.Where(one => one.Name == "VTIMEZONE");
        var alone = new CalendarObject(Root.With(Root.Properties, [.. zones, Master]), work: new WorkBound(InstanceUnits));
        if (alone.Instances(id, id + 1).FirstOrDefault(one => one.RecurrenceId == id) is not { } instance) return null;
        var lines = new List<ContentLine>();
        foreach (var line in Master.Properties)
        {
            switch (line.Name)
            {
                case "RRULE" or "RDATE" or "EXDATE" or "EXRULE":
                    break;
                case "DTSTART":
                    lines.Add(line with { Name = "RECURRENCE-ID", Value = At(line, instance.From) });
                    lines.Add(line with { Value = At(line, instance.From) });
                    break;
                case "DTEND" or "DUE":
                    lines.Add(line with { Value = At(line, instance.Until) });
                    break;
                default:
                    lines.Add(line);
                    break;
            }
        }

        return Master.With(lines, Master.Components);
    }

    /// <summary>The same object with one part put in the place of that with its RECURRENCE-ID, or added.</summary>
    public static Component Put(Component root, Component part)
    {
        var known = new SchedulingObject(root);
        var id = known.InstanceOf(part);
        var kept = root.Components.Where(one => one.Name == "VTIMEZONE" || known.InstanceOf(one) != id);
        return root.With(root.Properties, [.. kept, part]);
    }

    private string At(ContentLine like, long seconds)
    {
        var time = CalendarTime.Parse(like.Value);
        if (time is { IsUtc: true }) return CalendarExpansion.UtcText(seconds);
        var local = _zones.Of(like).ToLocal(seconds);
        var format = time is { IsDate: true } ? "yyyyMMdd" : "yyyyMMdd'T'HHmmss";
        return local.ToString(format, CultureInfo.InvariantCulture);
    }
}
