using System.Text;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;

namespace CompatBot.Core.Calendar;

/// <summary>When an account's user can be reached, as a client wrote it into the scheduling inbox (RFC 7953 section 7.2.4).</summary>
public static class Availabilities
{
    public const string Property = "{urn:ietf:params:xml:ns:caldav}calendar-availability";

    /// <summary>The spans in which the user is busy for no event's sake; none where nothing is said.</summary>
    public static IReadOnlyList<(string Type, long From, long Until)> Busy(ItemState state, long from, long until)
    {
        var stored = ScheduleCalendars.Find(state, CollectionKind.ScheduleInbox)?.Properties.GetValueOrDefault(Property);
        if (stored is null) return [];
        var octets = Encoding.UTF8.GetBytes(XElement.Parse(stored, LoadOptions.PreserveWhitespace).Value);
        return Component.Read(octets, out var roots) is null ? Availability.Busy(roots, from, until) : [];
    }
}
