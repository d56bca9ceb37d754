using System.Globalization;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar.Itip;

/// <summary>
/// What an organizer's change means for those who attend: REQUEST for what is new or changed, CANCEL for what is not theirs any more
/// (RFC 6638 section 3.2.1, RFC 5546 sections 3.2.2 and 3.2.5). Pure.
/// </summary>
public static class OrganizerMessages
{
    /// <summary>What may differ without anybody having to hear of it.</summary>
    private static readonly string[] Private =
        ["DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "EXDATE", "ATTENDEE", "TRANSP", "CATEGORIES", "PERCENT-COMPLETE", "COMPLETED"];

    /// <summary>A change of these asks everybody again (RFC 5546 section 3.2.2.1).</summary>
    private static readonly string[] Times = ["DTSTART", "DTEND", "DURATION", "DUE", "RRULE", "RDATE"];

    /// <summary>One message after the other for each attendee that the server looks after.</summary>
    /// <param name="before">The object as it was; null: it is new.</param>
    /// <param name="after">As it will be, <see cref="Asking"/> done; null: it is removed.</param>
    /// <param name="stamp">DTSTAMP: now, in UTC.</param>
    public static IReadOnlyList<ItipMessage> Of(Component? before, Component? after, string stamp)
    {
        var (old, now) = (before is null ? null : new SchedulingObject(before), after is null ? null : new SchedulingObject(after));
        if ((now ?? old)?.Organizer is not { } organizer) return [];
        if (old?.Organizer != organizer) old = null; // Nobody was told of it before.
        var attendees = (now?.Attendees ?? []).Union(old?.Attendees ?? []).Where(one => one != organizer);
        return [.. attendees.SelectMany(attendee => Of(old, now, organizer, attendee, stamp))];
    }

    /// <summary>
    /// The organizer's object with everybody asked again where times changed, and without what the client told the server alone.
    /// </summary>
    public static Component Asking(Component? before, Component after)
    {
        var old = before is null ? null : new SchedulingObject(before);
        var now = new SchedulingObject(after);
        return after.With(after.Properties, after.Components.Select(part =>
        {
            if (part.Name == "VTIMEZONE") return part;
            var earlier = old is null ? null
                : now.InstanceOf(part) is { } id ? old.Overrides.GetValueOrDefault(id) ?? old.Alone(id)
                : old.Master;
            var asks = earlier is not null && IsMoved(earlier, part);
            return part.With(part.Properties.Select(line => Asked(line, asks, now.Organizer)), part.Components);
        }));
    }

    /// <summary>Whether two versions of a component are at other times.</summary>
    public static bool IsMoved(Component before, Component after) => !Print(before, Times.Contains).SetEquals(Print(after, Times.Contains));

    private static ContentLine Asked(ContentLine line, bool asks, string? organizer) =>
        line.Name == "ATTENDEE" && asks && CalendarUser.Of(line) != organizer && CalendarUser.StatusOf(line) is not "DELEGATED"
            ? CalendarUser.With(CalendarUser.With(line, "PARTSTAT", "NEEDS-ACTION"), "RSVP", "TRUE")
            : line;

    private static List<ItipMessage> Of(
        SchedulingObject? old, SchedulingObject? now, string organizer, string attendee, string stamp)
    {
        var (was, sees) = (View.Of(old, attendee), View.Of(now, attendee));
        if (!(sees.IsNothing ? was : sees).IsScheduled) return [];
        ItipMessage Message(string method, SchedulingObject source, IEnumerable<Component> parts) =>
            new(method, organizer, attendee, ItipMessage.Wrap(source.Root, method, parts));
        ItipMessage Request(IEnumerable<Component> parts) => Message("REQUEST", now!, parts.Select(part => Public(part, stamp)));
        ItipMessage Cancel(IEnumerable<Component> parts, bool isAll) =>
            Message("CANCEL", old!, parts.Select(part => Cancelled(part, attendee, stamp, isAll ? 1 : 0)));
        IEnumerable<Component> All() => sees.Master is { } master
            ? sees.Overrides.Values.Prepend(Excluding(master, sees.Excluded, now!))
            : sees.Overrides.Values;

        if (sees.IsNothing) return was.IsNothing ? [] : [Cancel(was.Master is { } whole ? [whole] : was.Overrides.Values, isAll: true)];
        if (was.IsNothing || sees.IsForced) return [Request(All())];
        if (was.Master is { } gone && sees.Master is null) return [Cancel([gone], isAll: true), Request(All())];
        var returns = was.Excluded.Keys.Any(id => !sees.Excluded.ContainsKey(id) && !sees.Overrides.ContainsKey(id))
            || was.Overrides.Keys.Any(id => sees.Master is not null && !sees.Overrides.ContainsKey(id) && !sees.Excluded.ContainsKey(id));
        if (sees.Master is { } series && (was.Master is null || Differs(was.Master, series) || returns)) return [Request(All())];
        var changed = sees.Overrides.Where(one =>
            !was.Overrides.TryGetValue(one.Key, out var earlier) ? !IsAsSeries(now!, one.Key, one.Value) : Differs(earlier, one.Value));
        var messages = new List<ItipMessage>();
        if (changed.Select(one => one.Value).ToList() is { Count: > 0 } parts) messages.Add(Request(parts));
        var lost = sees.Excluded.Keys.Where(id => !was.Excluded.ContainsKey(id))
            .Concat(was.Overrides.Keys.Where(id => sees.Master is null && !sees.Overrides.ContainsKey(id))).Distinct()
            .Take(SchedulingObject.InstancesMax)
            .Select(id => was.Overrides.GetValueOrDefault(id) ?? old!.Alone(id)).OfType<Component>().ToList();
        if (lost.Count > 0) messages.Add(Cancel(lost, isAll: false));
        return messages;
    }

    /// <summary>An instance that was only written down (a reply made it), and is as it always was.</summary>
    private static bool IsAsSeries(SchedulingObject now, long id, Component part) =>
        now.Alone(id) is { } plain && !Differs(plain, part);

    /// <summary>Whether an attendee has to hear of it: what is seen of it, or who attends.</summary>
    internal static bool Differs(Component before, Component after) =>
        !Print(before, IsSeen).SetEquals(Print(after, IsSeen))
        || !before.All("ATTENDEE").Select(CalendarUser.Of).ToHashSet().SetEquals(after.All("ATTENDEE").Select(CalendarUser.Of));

    private static bool IsSeen(string name) => !Private.Contains(name) && !name.StartsWith("X-", StringComparison.Ordinal);

    private static HashSet<string> Print(Component component, Func<string, bool> wanted) =>
    [
        .. from line in component.Properties
           where wanted(line.Name)
           select line.Name == "ORGANIZER" ? CalendarUser.Of(line) : $"{line.Name};{line["TZID"]};{line["VALUE"]}:{line.Value}",
    ];

    /// <summary>The series without instances that the attendee has no part in.</summary>
    private static Component Excluding(Component master, Dictionary<long, ContentLine> excluded, SchedulingObject now)
    {
        var known = now.Exclusions();
        var more = excluded.Where(one => !known.ContainsKey(one.Key)).Select(one => one.Value with
        {
            Name = "EXDATE",
            Parameters = [.. one.Value.Parameters.Where(parameter => !parameter.Name.Equals("RANGE", StringComparison.OrdinalIgnoreCase))],
        });
        return master.With([.. master.Properties, .. more], master.Components);
    }

    /// <summary>As others may see it: without alarms.</summary>
    internal static Component Public(Component part, string stamp) => part.With(
        [new ContentLine("DTSTAMP", [], stamp), .. part.Properties.Where(line => line.Name != "DTSTAMP").Select(CalendarUser.Stripped)],
        part.Components.Where(one => one.Name != "VALARM"));

    private static Component Cancelled(Component part, string attendee, string stamp, int later)
    {
        var sequence = (ItipMessage.SequenceOf(part) + later).ToString(CultureInfo.InvariantCulture);
        var kept = part.Properties.Where(line => line.Name is "UID" or "RECURRENCE-ID" or "DTSTART" or "DTEND" or "DURATION" or "DUE"
            or "SUMMARY" or "LOCATION" or "ORGANIZER" || (line.Name == "ATTENDEE" && CalendarUser.Of(line) == attendee));
        return part.With(
            [
                new ContentLine("DTSTAMP", [], stamp),
                .. kept.Select(CalendarUser.Stripped),
                new ContentLine("SEQUENCE", [], sequence),
                new ContentLine("STATUS", [], "CANCELLED"),
            ],
            []);
    }

    /// <summary>What one attendee has of an object: what is cancelled is not theirs.</summary>
    private sealed record View(Component? Master, SortedDictionary<long, Component> Overrides, Dictionary<long, ContentLine> Excluded)
    {
        public bool IsNothing => Master is null && Overrides.Count == 0;

        public bool IsScheduled { get; private init; } = true;

        public bool IsForced { get; private init; }

        public static View Of(SchedulingObject? calendar, string attendee)
        {
            if (calendar is null) return new View(null, [], []);
            ContentLine? Line(Component part) => CalendarUser.AttendeeOf(part, attendee);
            bool Has(Component part) => Line(part) is not null
                && !"CANCELLED".Equals(part.Find("STATUS")?.Value.Trim(), StringComparison.OrdinalIgnoreCase);
            var master = calendar.Master is { } series && Has(series) ? series : null;
            var excluded = master is null ? [] : calendar.Exclusions();
            var overrides = new SortedDictionary<long, Component>();
            foreach (var (id, part) in calendar.Overrides)
            {
                if (Has(part)) overrides[id] = part;
                else if (master is not null) excluded[id] = part.Find("RECURRENCE-ID")!;
            }

            var lines = calendar.Parts.Select(Line).OfType<ContentLine>().ToList();
            return new View(master, overrides, excluded)
            {
                IsScheduled = lines.TrueForAll(CalendarUser.IsScheduled),
                IsForced = lines.Exists(line => CalendarUser.IsForced(line, "REQUEST")),
            };
        }
    }
}
