using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar.Itip;

/// <summary>
/// What an attendee may change of a scheduling object (RFC 6638 section 3.2.2.1): the own answer, alarms, TRANSP and all else that the
/// organizer does not look after; leave instances out, and write down single ones. When, what, where, and who else is the organizer's.
/// Pure.
/// </summary>
public static class AttendeeChanges
{
    /// <summary>The attendee's version, with SEQUENCE and the lines of other attendees as they were: clients have old ones.</summary>
    /// <returns>Null: something is changed that only the organizer may.</returns>
    public static Component? Allowed(Component before, Component after, string attendee)
    {
        var (old, now) = (new SchedulingObject(before), new SchedulingObject(after));
        if (UidOf(old) != UidOf(now) || (old.Master is null) != (now.Master is null)) return null;
        if (now.Overrides.Count > old.Overrides.Count + SchedulingObject.InstancesMax) return null;
        var (known, excluded) = (old.Exclusions(), now.Exclusions());
        if (known.Keys.Any(id => !excluded.ContainsKey(id))) return null;
        foreach (var (id, part) in old.Overrides)
        {
            if (now.Overrides.ContainsKey(id) || excluded.ContainsKey(id)) continue;
            if (old.Alone(id) is not { } plain || !IsSame(old, part, old, plain, attendee)) return null;
        }

        var parts = new List<Component>();
        foreach (var part in after.Components)
        {
            if (part.Name == "VTIMEZONE")
            {
                parts.Add(part);
                continue;
            }

            var like = now.InstanceOf(part) is { } id ? old.Overrides.GetValueOrDefault(id) ?? old.Alone(id) : old.Master;
            if (like is null || like.Name != part.Name || !IsSame(old, like, now, part, attendee)) return null;
            parts.Add(Restored(like, part, attendee));
        }

        return after.With(after.Properties, parts);
    }

    private static string? UidOf(SchedulingObject calendar) => calendar.Parts.FirstOrDefault()?.Find("UID")?.Text.Trim();

    private static bool IsSame(SchedulingObject old, Component like, SchedulingObject now, Component part, string attendee) =>
        old.SpanOf(like) == now.SpanOf(part)
        && Rule(like) == Rule(part)
        && old.MomentsOf(like, "RDATE").SetEquals(now.MomentsOf(part, "RDATE"))
        && Words(like, "SUMMARY") == Words(part, "SUMMARY")
        && Words(like, "LOCATION") == Words(part, "LOCATION")
        && Words(like, "DESCRIPTION") == Words(part, "DESCRIPTION")
        && (part.Name != "VEVENT" || Status(like) == Status(part))
        && CalendarUser.OrganizerOf(like) == CalendarUser.OrganizerOf(part)
        && Others(like, part, attendee).SetEquals(Others(part, part, attendee));

    /// <summary>Users but the attendee, and whom the attendee sends instead now.</summary>
    private static HashSet<string> Others(Component component, Component now, string attendee)
    {
        List<string> own = [attendee];
        if (CalendarUser.AttendeeOf(now, attendee) is { } mine) own.AddRange(AttendeeMessages.Delegates(mine));
        return component.All("ATTENDEE").Select(CalendarUser.Of).Except(own).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The parts of a rule in whatever order, without those that say what is so anyway.</summary>
    private static string Rule(Component component) => string.Join('\n', component.All("RRULE").Select(line => string.Join(
        ';',
        line.Value.ToUpperInvariant().Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(part => part is not ("INTERVAL=1" or "WKST=MO")).Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal));

    /// <summary>A text whatever its spaces: clients trim and wrap.</summary>
    private static string Words(Component component, string name) =>
        string.Join(' ', (component.Find(name)?.Text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Status(Component component) => component.Find("STATUS")?.Value.Trim().ToUpperInvariant() ?? "CONFIRMED";

    private static Component Restored(Component like, Component part, string attendee)
    {
        var lines = part.Properties.Where(line => line.Name != "SEQUENCE").Select(line =>
            line.Name == "ATTENDEE" && CalendarUser.Of(line) is var user && user != attendee
                ? CalendarUser.AttendeeOf(like, user) ?? line
                : line);
        return part.With([.. lines, .. like.All("SEQUENCE")], part.Components);
    }
}
