using System.Text;
using CompatBot.Core.Calendar;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Reports;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Properties;

/// <summary>What a client says with properties of when its user is there, and by what clock.</summary>
internal static class ChosenZones
{
    /// <summary>Refuses values that nobody could work with (RFC 7953 section 7.2.4, RFC 7809 section 5.2).</summary>
    /// <exception cref="DavException">403.</exception>
    public static void Check(IReadOnlyDictionary<string, string?> changes)
    {
        if (changes.GetValueOrDefault(CalendarQuery.ZoneId.ToString()) is { } zone
            && CalendarZones.Find(DeadProperties.TextOf(zone).Trim()) is null)
        {
            throw new DavException(403, DavNames.CalDav + "valid-timezone");
        }

        if (changes.GetValueOrDefault(Availabilities.Property) is not { } stored) return;
        var octets = Encoding.UTF8.GetBytes(DeadProperties.TextOf(stored));
        if (Component.Read(octets, out var roots) is not null || roots is not [{ Name: "VCALENDAR" } root])
        {
            throw new DavException(403, DavNames.CalDav + "valid-calendar-data");
        }

        if (!root.Components.Any(part => part.Name == "VAVAILABILITY")) throw new DavException(403, DavNames.CalDav
            + "valid-calendar-object-resource");
    }
}
