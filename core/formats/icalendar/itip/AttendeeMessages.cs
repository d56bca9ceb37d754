using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar.Itip;

/// <summary>
/// What an attendee's change means for the organizer: a REPLY where the answer changed; and for a delegate, a REQUEST (RFC 6638
/// section 3.2.2, RFC 5546 sections 3.2.3 and 4.2.5). Pure.
/// </summary>
public static class AttendeeMessages
{
    /// <param name="before">The object as it was; null: it is new.</param>
    /// <param name="after">As it will be; null: it is removed, which declines.</param>
    /// <param name="attendee">Whose calendar it is in.</param>
    /// <param name="stamp">DTSTAMP: now, in UTC.</param>
    public static IReadOnlyList<ItipMessage> Of(Component? before, Component? after, string attendee, string stamp)
    {
        var (old, now) = (before is null ? null : new SchedulingObject(before), after is null ? null : new SchedulingObject(after));
        if ((now ?? old)?.OrganizerLine is not { } organizer || !CalendarUser.IsScheduled(organizer)) return [];
        var answers = (now is null ? Declining(old!, attendee) : Changed(old, now, attendee)).ToList();
        if (answers.Count == 0) return [];
        var source = (now ?? old)!;
        var reply = ItipMessage.Wrap(source.Root, "REPLY", answers.Select(part => Answer(part, attendee, stamp)));
        return [new ItipMessage("REPLY", attendee, CalendarUser.Of(organizer), reply), .. Delegating(old, source, attendee, stamp)];
    }

    private static IEnumerable<Component> Declining(SchedulingObject old, string attendee)
    {
        foreach (var part in old.Master is { } master ? [master] : old.Overrides.Values)
        {
            var status = CalendarUser.StatusOf(part, attendee);
            var isOver = "CANCELLED".Equals(part.Find("STATUS")?.Value.Trim(), StringComparison.OrdinalIgnoreCase);
            if (CalendarUser.AttendeeOf(part, attendee) is null || status == "DECLINED" || isOver) continue;
            yield return With(part, attendee, "DECLINED");
        }
    }

    private static IEnumerable<Component> Changed(SchedulingObject? old, SchedulingObject now, string attendee)
    {
        if (now.Master is { } master && CalendarUser.AttendeeOf(master, attendee) is { } mine)
        {
            var isForced = CalendarUser.IsForced(mine, "REPLY") || CalendarUser.IsForced(now.OrganizerLine!, "REPLY");
            if (isForced || CalendarUser.StatusOf(mine) != CalendarUser.StatusOf(old?.Master, attendee)) yield return master;
        }

        foreach (var (id, part) in now.Overrides)
        {
            if (CalendarUser.AttendeeOf(part, attendee) is null) continue;
            var earlier = old?.Overrides.GetValueOrDefault(id) ?? old?.Master;
            if (CalendarUser.StatusOf(part, attendee) != CalendarUser.StatusOf(earlier, attendee)) yield return part;
        }

        var known = old?.Exclusions();
        if (old is null) yield break;
        foreach (var id in now.Exclusions().Keys.Where(id => !known!.ContainsKey(id)).Take(SchedulingObject.InstancesMax))
        {
            if ((old.Overrides.GetValueOrDefault(id) ?? old.Alone(id)) is { } left && CalendarUser.AttendeeOf(left, attendee) is not null)
            {
                yield return With(left, attendee, "DECLINED");
            }
        }
    }

    private static Component With(Component part, string attendee, string status) => part.With(
        part.Properties.Select(line => line.Name == "ATTENDEE" && CalendarUser.Of(line) == attendee
            ? CalendarUser.With(line, "PARTSTAT", status)
            : line),
        part.Components);

    private static Component Answer(Component part, string attendee, string stamp)
    {
        var mine = CalendarUser.AttendeeOf(part, attendee)!;
        var delegates = Delegates(mine);
        var lines = new List<ContentLine> { new("DTSTAMP", [], stamp) };
        foreach (var line in part.Properties)
        {
            var isSaid = line.Name is "UID" or "RECURRENCE-ID" or "SEQUENCE" or "DTSTART" or "DTEND" or "DURATION" or "DUE" or "SUMMARY"
                or "COMMENT" or "ORGANIZER" or "PERCENT-COMPLETE" or "COMPLETED" || (line.Name == "STATUS" && part.Name == "VTODO");
            var isOurs = line.Name == "ATTENDEE" && (CalendarUser.Of(line) == attendee || delegates.Contains(CalendarUser.Of(line)));
            if (isSaid || isOurs) lines.Add(CalendarUser.Stripped(CalendarUser.With(line, "RSVP", null)));
        }

        lines.Add(new ContentLine("REQUEST-STATUS", [], "2.0;Success"));
        return part.With(lines, []);
    }

    private static IEnumerable<ItipMessage> Delegating(SchedulingObject? old, SchedulingObject now, string attendee, string stamp)
    {
        var fresh = now.Parts.Select(part => CalendarUser.AttendeeOf(part, attendee)).OfType<ContentLine>()
            .Where(line => CalendarUser.StatusOf(line) == "DELEGATED").SelectMany(Delegates).Distinct().ToList();
        var known = old?.Parts.Select(part => CalendarUser.AttendeeOf(part, attendee)).OfType<ContentLine>().SelectMany(Delegates) ?? [];
        foreach (var to in fresh.Except(known).Where(one => one != attendee))
        {
            var parts = now.Parts.Where(part => CalendarUser.AttendeeOf(part, attendee) is not null)
                .Select(part => OrganizerMessages.Public(Inviting(part, attendee, to), stamp));
            yield return new ItipMessage("REQUEST", attendee, to, ItipMessage.Wrap(now.Root, "REQUEST", parts));
        }
    }

    /// <summary>The part with a delegate among those who attend.</summary>
    private static Component Inviting(Component part, string attendee, string to) => CalendarUser.AttendeeOf(part, to) is not null
        ? part
        : part.With([.. part.Properties, DelegateLine(attendee, to)], part.Components);

    internal static ContentLine DelegateLine(string from, string to) => new(
        "ATTENDEE",
        [
            new Parameter("DELEGATED-FROM", [CalendarUser.UriOf(from)]),
            new Parameter("PARTSTAT", ["NEEDS-ACTION"]),
            new Parameter("RSVP", ["TRUE"]),
        ],
        CalendarUser.UriOf(to));

    internal static List<string> Delegates(ContentLine attendee) =>
        [.. attendee.Parameters.Where(one => one.Name.Equals("DELEGATED-TO", StringComparison.OrdinalIgnoreCase))
            .SelectMany(one => one.Values).Select(CalendarUser.Of)];
}
