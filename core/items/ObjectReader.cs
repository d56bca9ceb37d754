using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;

namespace CompatBot.Core.Items;

/// <summary>Why octets are no member of a calendar or an address book.</summary>
public enum ObjectFault
{
    None,

    /// <summary>No iCalendar, or no vCard, or several.</summary>
    NotData,

    /// <summary>No component, components of several kinds, or of several UIDs (RFC 4791 section 4.1).</summary>
    NotOneObject,
}

/// <summary>Looks what a calendar object or a contact is; the octets stay as they are.</summary>
public static class ObjectReader
{
    /// <summary>Components that may be told apart, with their names in iCalendar.</summary>
    public static IReadOnlyList<(CalendarComponents Component, string Name)> Names { get; } =
    [
        (CalendarComponents.Event, "VEVENT"),
        (CalendarComponents.Task, "VTODO"),
        (CalendarComponents.Journal, "VJOURNAL"),
        (CalendarComponents.FreeBusy, "VFREEBUSY"),
        (CalendarComponents.Availability, "VAVAILABILITY"),
    ];

    public static CalendarComponents ComponentOf(string name)
    {
        foreach (var (component, known) in Names)
        {
            if (known.Equals(name, StringComparison.OrdinalIgnoreCase)) return component;
        }

        return CalendarComponents.None;
    }

    public static ObjectFault ReadCalendar(ReadOnlySpan<byte> octets, out ObjectFacts facts)
    {
        facts = default;
        if (Component.Read(octets, out var roots) is not null || roots is not [{ Name: "VCALENDAR" } root]) return ObjectFault.NotData;
        var parts = root.Components.Where(one => one.Name != "VTIMEZONE").ToList();
        if (parts.Count == 0 || parts.Any(one => one.Name != parts[0].Name) || parts.Select(UidOf).Distinct().Count() > 1)
        {
            return ObjectFault.NotOneObject;
        }

        var (from, until) = CalendarSpan.Of(parts);
        facts = new ObjectFacts(UidOf(parts[0]), ComponentOf(parts[0].Name), from, until);
        return ObjectFault.None;
    }

    public static ObjectFault ReadContact(ReadOnlySpan<byte> octets, out ObjectFacts facts)
    {
        facts = default;
        if (Component.Read(octets, out var roots) is not null || roots is not [{ Name: "VCARD" } card]) return ObjectFault.NotData;
        facts = new ObjectFacts(UidOf(card), CalendarComponents.None, 0, 0);
        return ObjectFault.None;
    }

    private static string? UidOf(Component component) =>
        component.Find("UID") is { } uid && uid.Text.Trim() is { Length: > 0 } text ? text : null;
}
