using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar.Itip;

/// <summary>What a message makes of a calendar's object.</summary>
/// <param name="Calendar">The object as it will be, to be stored.</param>
/// <param name="IsAnswer">Only somebody's answer changed: a Schedule-Tag stays (RFC 6638 section 3.2.10).</param>
/// <param name="IsQuiet">It is nothing that a person has to look at: another attendee's answer.</param>
public sealed record ItipTaken(Component Calendar, bool IsAnswer, bool IsQuiet = false);

/// <summary>
/// Takes messages into a calendar: what an organizer says into an attendee's, an attendee's answer into the organizer's (RFC 5546
/// section 3.2). Pure. Messages that came too late, or from somebody whose object it is not, change nothing.
/// </summary>
public static class ItipTaking
{
    /// <summary>Properties that are an attendee's own, whatever the organizer says.</summary>
    private static bool IsOwn(string name) => name is "TRANSP" or "CATEGORIES" || name.StartsWith("X-MOZ-", StringComparison.Ordinal)
        || name.StartsWith("X-APPLE-", StringComparison.Ordinal);

    /// <param name="existing">The object with the message's UID; null: there is none.</param>
    /// <param name="message">A VCALENDAR with METHOD.</param>
    /// <param name="user">Whose calendar it is, as the message names them.</param>
    /// <param name="from">Who sent it.</param>
    /// <returns>Null when nothing changes.</returns>
    public static ItipTaken? Take(Component? existing, Component message, string user, string from)
    {
        var (known, told) = (existing is null ? null : new SchedulingObject(existing), new SchedulingObject(message));
        if (told.Organizer is not { } organizer || (known is not null && known.Organizer != organizer)) return null;
        if (told.Overrides.Count > SchedulingObject.InstancesMax) return null;
        return message.Find("METHOD")?.Value.Trim().ToUpperInvariant() switch
        {
            "REQUEST" or "ADD" when known is null || from == organizer => // A delegator tells the delegate once; then the organizer does.
                Request(known, told, user) is { } asked ? Asked(known, asked, user) : null,
            "CANCEL" when known is not null && user != organizer && from == organizer =>
                Cancel(known, told) is { } left ? new ItipTaken(left, false) : null,
            "REPLY" when known is not null && user == organizer => Reply(known, told, from) is { } said ? new ItipTaken(said, true) : null,
            _ => null, // COUNTER, DECLINECOUNTER, REFRESH, PUBLISH: a person decides.
        };
    }

    private static Component? Request(SchedulingObject? known, SchedulingObject told, string user)
    {
        var parts = told.Parts.Where(part => CalendarUser.AttendeeOf(part, user) is not null).ToList();
        if (parts.Count == 0 || user == told.Organizer) return null;
        if (known is null || (told.Master is not null && !IsLate(known.Master, told.Master)))
        {
            return Hiding(known, ItipMessage.Wrap(told.Root, null, parts.Select(part => Merged(known, told, part, user))), user);
        }

        if (told.Master is not null) return null;
        var root = known.Root;
        var changed = false;
        foreach (var part in parts)
        {
            var id = told.InstanceOf(part);
            if (id is null || IsLate(known.Overrides.GetValueOrDefault(id.Value), part)) continue;
            root = Including(SchedulingObject.Put(root, Merged(known, told, part, user)), id.Value);
            changed = true;
        }

        return changed ? WithZones(root, told.Root) : null;
    }

    /// <summary>Without the instances that the attendee declined by taking them out.</summary>
    private static Component Hiding(SchedulingObject? known, Component asked, string user)
    {
        if (known is null) return asked;
        var now = new SchedulingObject(asked);
        var excluded = now.Exclusions();
        foreach (var (id, line) in known.Exclusions())
        {
            if (excluded.ContainsKey(id) || now.Overrides.GetValueOrDefault(id) is not { } part) continue;
            if (CalendarUser.StatusOf(part, user) == "DECLINED") asked = Excluding(asked, now, id, line);
        }

        return asked;
    }

    /// <summary>Judges whether anything but answers of others is new.</summary>
    private static ItipTaken Asked(SchedulingObject? known, Component asked, string user)
    {
        if (known is null) return new ItipTaken(asked, false);
        var now = new SchedulingObject(asked);
        var isQuiet = (known.Master is null) == (now.Master is null)
            && known.Exclusions().Keys.ToHashSet().SetEquals(now.Exclusions().Keys)
            && known.Overrides.Keys.All(now.Overrides.ContainsKey)
            && now.Parts.All(part =>
            {
                var like = now.InstanceOf(part) is { } id ? known.Overrides.GetValueOrDefault(id) ?? known.Alone(id) : known.Master;
                return like is not null && !OrganizerMessages.Differs(like, part)
                    && ItipMessage.SequenceOf(like) == ItipMessage.SequenceOf(part)
                    && CalendarUser.StatusOf(like, user) == CalendarUser.StatusOf(part, user);
            });
        return new ItipTaken(asked, isQuiet, isQuiet);
    }

    /// <summary>What the organizer says, with what is the attendee's own.</summary>
    private static Component Merged(SchedulingObject? known, SchedulingObject told, Component part, string user)
    {
        var id = told.InstanceOf(part);
        var mine = known is null ? null : id is { } at ? known.Overrides.GetValueOrDefault(at) ?? known.Master : known.Master;
        var lines = part.Properties.Where(line => line.Name != "REQUEST-STATUS").Select(CalendarUser.Stripped);
        if (mine is null) return part.With(lines, part.Components.Where(one => one.Name != "VALARM"));
        var own = mine.Properties.Where(line => IsOwn(line.Name)).ToList();
        var like = id is { } moment ? known!.Overrides.GetValueOrDefault(moment) ?? known.Alone(moment) : mine;
        var asksAgain = like is null || OrganizerMessages.IsMoved(like, part);
        var status = CalendarUser.StatusOf(mine, user);
        var isAnswered = !asksAgain && status != "NEEDS-ACTION";
        lines = lines.Where(line => !own.Exists(one => one.Name == line.Name)).Select(line =>
            line.Name == "ATTENDEE" && CalendarUser.Of(line) == user && isAnswered && CalendarUser.StatusOf(line) == "NEEDS-ACTION"
                ? CalendarUser.With(line, "PARTSTAT", status)
                : line);
        return part.With([.. lines, .. own], mine.Components.Where(one => one.Name == "VALARM"));
    }

    private static Component? Cancel(SchedulingObject known, SchedulingObject told)
    {
        var root = known.Root;
        foreach (var part in told.Parts)
        {
            if (told.InstanceOf(part) is not { } id)
            {
                if (known.Master is not null && IsLate(known.Master, part)) continue;
                return known.Root.With(known.Root.Properties, known.Root.Components.Select(one =>
                    one.Name == "VTIMEZONE" ? one : Over(one, part)));
            }

            var single = known.Overrides.GetValueOrDefault(id);
            if (IsLate(single ?? known.Master, part)) continue;
            if (known.Master is null)
            {
                if (single is not null) root = SchedulingObject.Put(root, Over(single, part));
            }
            else if ((single is not null || known.Alone(id) is not null) && !new SchedulingObject(root).Exclusions().ContainsKey(id))
            {
                root = Excluding(root, known, id, part.Find("RECURRENCE-ID")!);
            }
        }

        return ReferenceEquals(root, known.Root) ? null : WithZones(root, told.Root);
    }

    private static Component? Reply(SchedulingObject known, SchedulingObject told, string from)
    {
        var root = known.Root;
        foreach (var part in told.Parts)
        {
            if (CalendarUser.AttendeeOf(part, from) is not { } answer) continue;
            var now = new SchedulingObject(root);
            var mine = told.InstanceOf(part) is { } id ? now.Overrides.GetValueOrDefault(id) ?? now.Alone(id) : now.Master;
            if (mine is null || ItipMessage.SequenceOf(part) < ItipMessage.SequenceOf(mine)) continue;
            if (Answered(mine, answer, part, from) is { } answered) root = SchedulingObject.Put(root, answered);
        }

        return ReferenceEquals(root, known.Root) ? null : root;
    }

    /// <summary>Null when the sender was not asked, or said so before.</summary>
    private static Component? Answered(Component mine, ContentLine answer, Component reply, string from)
    {
        var delegates = AttendeeMessages.Delegates(answer);
        var asked = CalendarUser.AttendeeOf(mine, from);
        if (asked is null) return null; // Whoever was not invited, or named by somebody who was, does not come in by an answer.
        var status = reply.Find("REQUEST-STATUS")?.Value.Split(';')[0] ?? "2.0";
        var said = CalendarUser.With(asked, "PARTSTAT", CalendarUser.StatusOf(answer));
        said = CalendarUser.With(CalendarUser.With(said, "RSVP", null), "SCHEDULE-STATUS", status);
        if (delegates.Count > 0) said = CalendarUser.With(said, "DELEGATED-TO", CalendarUser.UriOf(delegates[0]));
        List<ContentLine> lines = [.. mine.Properties.Select(line => ReferenceEquals(line, asked) ? said : line)];
        var fresh = delegates.Where(one => CalendarUser.AttendeeOf(mine, one) is null).ToList();
        lines.AddRange(fresh.Select(one => AttendeeMessages.DelegateLine(from, one)));
        return fresh.Count == 0 && said.ToString() == asked.ToString() ? null : mine.With(lines, mine.Components);
    }

    private static Component Over(Component part, Component told)
    {
        List<ContentLine> lines = [.. part.Properties.Where(line => line.Name is not ("STATUS" or "SEQUENCE"))];
        lines.Add(new ContentLine("STATUS", [], "CANCELLED"));
        lines.AddRange((told.Find("SEQUENCE") ?? part.Find("SEQUENCE")) is { } sequence ? [sequence] : []);
        return part.With(lines, part.Components.Where(one => one.Name != "VALARM"));
    }

    private static Component Excluding(Component root, SchedulingObject known, long id, ContentLine named)
    {
        var exdate = named with
        {
            Name = "EXDATE",
            Parameters = [.. named.Parameters.Where(one => !one.Name.Equals("RANGE", StringComparison.OrdinalIgnoreCase))],
        };
        var kept = root.Components.Where(one => one.Name == "VTIMEZONE" || known.InstanceOf(one) != id);
        return root.With(root.Properties, kept.Select(one =>
            one.Name != "VTIMEZONE" && known.InstanceOf(one) is null ? one.With([.. one.Properties, exdate], one.Components) : one));
    }

    /// <summary>The series without an EXDATE for an instance that is there again.</summary>
    private static Component Including(Component root, long id)
    {
        var now = new SchedulingObject(root);
        if (now.Master is not { } master || !now.Exclusions().ContainsKey(id)) return root;
        var kept = now.Exclusions().Where(one => one.Key != id).Select(one => one.Value);
        return SchedulingObject.Put(
            root, master.With([.. master.Properties.Where(line => line.Name != "EXDATE"), .. kept], master.Components));
    }

    private static bool IsLate(Component? mine, Component told) =>
        mine is not null && ItipMessage.SequenceOf(told) < ItipMessage.SequenceOf(mine);

    /// <summary>With the zones that only the message brought.</summary>
    private static Component WithZones(Component root, Component told)
    {
        var known = root.Components.Where(one => one.Name == "VTIMEZONE").Select(one => one.Find("TZID")?.Text).ToHashSet();
        var needed = root.Components.Where(one => one.Name != "VTIMEZONE").SelectMany(CalendarBundle.ZonesOf).ToHashSet();
        var more = told.Components.Where(one =>
            one.Name == "VTIMEZONE" && one.Find("TZID")?.Text is { } name && needed.Contains(name) && !known.Contains(name));
        return root.With(root.Properties, [.. more, .. root.Components]);
    }
}
