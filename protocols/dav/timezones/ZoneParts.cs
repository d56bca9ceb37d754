using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;

namespace CompatBot.Protocols.Dav.Timezones;

/// <summary>Takes VTIMEZONEs that everybody knows out of an object, or puts those in that it only names (RFC 7809).</summary>
internal static class ZoneParts
{
    /// <summary>What a client asks for with CalDAV-Timezones: null when it says nothing, and gets an object as it is stored.</summary>
    public static Func<Component, Component>? Of(DavRequest request) => request.Header("CalDAV-Timezones") switch
    {
        null => null,
        "F" or "f" => Without,
        "T" or "t" => With,
        _ => throw new DavException(400, null, "CalDAV-Timezones is T or F"),
    };

    private static Component Without(Component root) => root.With(
        root.Properties, root.Components.Where(part => part.Name != "VTIMEZONE" || !ZoneData.IsKnown(NameOf(part))));

    private static Component With(Component root)
    {
        var there = root.Components.Where(part => part.Name == "VTIMEZONE").Select(NameOf).ToHashSet(StringComparer.Ordinal);
        var missing = CalendarBundle.ZonesOf(root).Where(name => !there.Contains(name)).Select(ZoneData.Component).OfType<Component>();
        return root.With(root.Properties, [.. missing, .. root.Components]);
    }

    private static string NameOf(Component zone) => zone.Find("TZID")?.Text ?? "";
}
