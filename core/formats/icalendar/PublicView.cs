using System.Collections.Frozen;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar;

/// <summary>
/// What strangers see of a calendar object, by its CLASS (RFC 5545 section 3.8.1.3): of a PRIVATE one nothing, of a CONFIDENTIAL one when
/// it is. Alarms ring for the owner alone.
/// </summary>
public static class PublicView
{
    /// <summary>What says when, and which instance of what it is.</summary>
    private static readonly FrozenSet<string> Times = FrozenSet.Create(
        StringComparer.Ordinal, "UID", "DTSTAMP", "DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID",
        "SEQUENCE", "STATUS", "TRANSP", "CLASS");

    /// <param name="calendar">A VCALENDAR of one object; what is said of one of its instances counts for all.</param>
    /// <returns>Null: nothing of it.</returns>
    public static Component? Of(Component calendar)
    {
        var classes = calendar.Components.Select(one => one.Find("CLASS")?.Text.Trim().ToUpperInvariant()).ToList();
        // A CLASS that is not known is treated as PRIVATE.
        if (classes.Exists(one => one is not (null or "PUBLIC" or "CONFIDENTIAL"))) return null;
        var isHidden = classes.Contains("CONFIDENTIAL");
        return calendar.With(calendar.Properties, calendar.Components.Select(one => one.Name == "VTIMEZONE" ? one : View(one, isHidden)));
    }

    private static Component View(Component part, bool isHidden) => isHidden
        ? part.With([.. part.Properties.Where(one => Times.Contains(one.Name)), new ContentLine("SUMMARY", [], "Busy")], [])
        : part.With(part.Properties, part.Components.Where(one => one.Name != "VALARM"));
}
