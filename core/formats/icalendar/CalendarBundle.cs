using System.Security.Cryptography;
using System.Text;
using CompatBot.Formats.Vobject;

namespace CompatBot.Formats.Icalendar;

/// <summary>Takes calendars of many objects apart, as people export and import them, into objects of one UID each.</summary>
public static class CalendarBundle
{
    /// <summary>
    /// One VCALENDAR for each UID, in the order in which they come, with the zones that it names and nothing that speaks of the whole
    /// calendar. What has no UID gets one that follows from its text, so that it is the same each time.
    /// </summary>
    /// <param name="calendars">VCALENDARs; others are passed over.</param>
    public static IEnumerable<Component> Split(IReadOnlyList<Component> calendars)
    {
        foreach (var calendar in calendars.Where(one => one.Name == "VCALENDAR"))
        {
            var zones = calendar.Components.Where(one => one.Name == "VTIMEZONE").ToList();
            var parts = calendar.Components.Where(one => one.Name != "VTIMEZONE").Select(Named);
            List<ContentLine> about = [.. calendar.Properties.Where(line => line.Name is "VERSION" or "PRODID" or "CALSCALE")];
            foreach (var same in parts.GroupBy(one => one.Find("UID")!.Text.Trim(), StringComparer.Ordinal))
            {
                var named = same.SelectMany(ZonesOf).ToHashSet(StringComparer.Ordinal);
                var needed = zones.Where(zone => zone.Find("TZID") is { } name && named.Contains(name.Text));
                yield return calendar.With(about, [.. needed, .. same]);
            }
        }
    }

    /// <summary>The TZIDs that a component's properties, and those of components in it, have as parameters.</summary>
    public static IEnumerable<string> ZonesOf(Component component) =>
        component.Properties.Select(line => line["TZID"]).OfType<string>().Concat(component.Components.SelectMany(ZonesOf)).Distinct();

    private static Component Named(Component part)
    {
        if (part.Find("UID") is { } uid && uid.Text.Trim().Length > 0) return part;
        var text = new StringBuilder();
        part.Write(text);
        var made = new ContentLine("UID", [], UidOf(Encoding.UTF8.GetBytes(text.ToString())));
        return part.With([made, .. part.Properties.Where(line => line.Name != "UID")], part.Components);
    }

    /// <summary>A UID for octets that have none: a version 8 UUID (RFC 9562 section 5.8) of their hash.</summary>
    public static string UidOf(ReadOnlySpan<byte> octets)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(octets, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true).ToString();
    }
}
