using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>comp-filter of calendar-query, with what is inside of it (RFC 4791 section 9.7.1).</summary>
internal sealed record CalendarFilter(string Name)
{
    private const int DepthMax = 8;

    /// <summary>Lets every object through, after a look at it.</summary>
    public static CalendarFilter Everything { get; } = new("VCALENDAR") { Components = [], Properties = [], LooksInside = true };

    private bool LooksInside { get; init; }

    private bool IsNotDefined { get; init; }

    private (long From, long Until)? Range { get; init; }

    private IReadOnlyList<CalendarFilter> Components { get; init; } = [];

    private IReadOnlyList<PropertyFilter> Properties { get; init; } = [];

    /// <param name="filter">The comp-filter of VCALENDAR.</param>
    /// <exception cref="DavException">It is none.</exception>
    public static CalendarFilter Read(XElement? filter)
    {
        var isCalendar = "VCALENDAR".Equals(filter?.Attribute("name")?.Value, StringComparison.OrdinalIgnoreCase);
        return isCalendar ? Read(filter!, 0) : throw new DavException(403, DavNames.CalDav + "valid-filter");
    }

    /// <summary>Whether an object can match, as far as is known without opening it.</summary>
    public bool MayHold(ItemRow row)
    {
        foreach (var inner in Components)
        {
            if (inner.IsNotDefined || ComponentSets.Of(inner.Name) is var kind && kind == CalendarComponents.None) continue;
            if (row.Facts.Component != kind) return false;
            var isKnown = row.Facts.From != 0 || row.Facts.Until != 0;
            if (inner.Range is var (from, until) && isKnown && kind == CalendarComponents.Event
                && (row.Facts.From >= until || row.Facts.Until < from)) return false;
        }

        return true;
    }

    /// <summary>Whether nothing of an object has to be looked at but what <see cref="MayHold"/> looks at.</summary>
    public bool IsDecidedByKind =>
        !LooksInside && Properties.Count == 0 && Components.All(one => one.IsOnlyKind);

    private bool IsOnlyKind =>
        !IsNotDefined && Range is null && Components.Count + Properties.Count == 0 && ComponentSets.Of(Name) != CalendarComponents.None;

    public bool Holds(CalendarObject calendar) => Holds(calendar, calendar.Root);

    private static CalendarFilter Read(XElement filter, int depth)
    {
        if (depth == DepthMax) throw new DavException(403, DavNames.CalDav + "valid-filter");
        return new CalendarFilter((filter.Attribute("name")?.Value ?? "").ToUpperInvariant())
        {
            IsNotDefined = filter.Element(DavNames.CalDav + "is-not-defined") is not null,
            Range = TimeSpans.Read(filter.Element(DavNames.CalDav + "time-range")),
            Components = [.. filter.Elements(DavNames.CalDav + "comp-filter").Select(inner => Read(inner, depth + 1))],
            Properties = [.. filter.Elements(DavNames.CalDav + "prop-filter").Select(one => PropertyFilter.Read(one, DavNames.CalDav))],
        };
    }

    /// <summary>Whether a component has what the filter asks of it.</summary>
    private bool Holds(CalendarObject calendar, Component component)
    {
        long? Seconds(ContentLine line) => CalendarTime.Parse(line.Value) is { } time ? calendar.Zones.Seconds(line, time) : null;
        return Properties.All(one => one.Holds(component, Seconds)) && Components.All(inner => inner.HoldsWithin(calendar, component));
    }

    private bool HoldsWithin(CalendarObject calendar, Component parent)
    {
        var found = parent.Components.Where(one => one.Name == Name);
        if (IsNotDefined) return !found.Any();
        if (Range is var (from, until))
        {
            var touches = Name == "VALARM"
                ? CalendarQueries.AlarmTouches(calendar, from, until)
                : CalendarQueries.Touches(calendar, Name, from, until);
            if (!touches) return false;
        }

        return found.Any(one => Holds(calendar, one));
    }
}
