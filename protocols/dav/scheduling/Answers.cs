using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Formats.Vobject;

namespace CompatBot.Protocols.Dav.Scheduling;

/// <summary>What the server, and not the client, says of attendees in a scheduling object. Pure.</summary>
internal static class Answers
{
    /// <summary>
    /// The client's object with the answers that came in since the client looked: it changes the event, not what others said (RFC 6638
    /// section 3.2.10).
    /// </summary>
    public static Component Kept(Component before, Component after, string organizer)
    {
        var (old, now) = (new SchedulingObject(before), new SchedulingObject(after));
        return Map(after, (part, line) =>
        {
            if (line.Name != "ATTENDEE" || CalendarUser.Of(line) is var user && user == organizer) return line;
            var earlier = now.InstanceOf(part) is { } id ? old.Overrides.GetValueOrDefault(id) ?? old.Master : old.Master;
            return earlier is not null && CalendarUser.AttendeeOf(earlier, CalendarUser.Of(line))?["PARTSTAT"] is { } said
                ? CalendarUser.With(line, "PARTSTAT", said)
                : line;
        });
    }

    /// <summary>With how messages fared (RFC 6638 section 7.3), and without the client's wish to send some again.</summary>
    /// <param name="status">Of a user; null: nothing was sent.</param>
    public static Component WithStatus(Component calendar, Func<string, string?> status) => Map(calendar, (_, line) =>
    {
        if (line.Name is not ("ATTENDEE" or "ORGANIZER")) return line;
        var told = line["SCHEDULE-FORCE-SEND"] is null ? line : CalendarUser.With(line, "SCHEDULE-FORCE-SEND", null);
        return status(CalendarUser.Of(line)) is { } fared ? CalendarUser.With(told, "SCHEDULE-STATUS", fared) : told;
    });

    private static Component Map(Component calendar, Func<Component, ContentLine, ContentLine> change) => calendar.With(
        calendar.Properties,
        calendar.Components.Select(part => part.Name == "VTIMEZONE"
            ? part
            : part.With(part.Properties.Select(line => change(part, line)), part.Components)));
}
