using System.Text;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Json;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Timezones;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>What a calendar-data element asks for: a part of the object, or its instances (RFC 4791 section 9.6).</summary>
internal static class CalendarConversion
{
    /// <summary>Instances of one object in one answer.</summary>
    private const int InstancesMax = 5000;

    /// <returns>Null when the object is wanted as it is.</returns>
    public static Func<ItemRow, string, string>? Of(DavRequest request, XElement body, ICalendarZone? floating)
    {
        var data = body.Element(DavNames.Prop)?.Element(DavNames.CalendarData);
        if (data is null) return null;
        var inJson = IsJson(data);
        var zones = ZoneParts.Of(request);
        if (!data.HasElements && !inJson && zones is null) return null;
        var expand = TimeSpans.Read(data.Element(DavNames.CalDav + "expand"));
        var limit = TimeSpans.Read(data.Element(DavNames.CalDav + "limit-recurrence-set"));
        var busy = TimeSpans.Read(data.Element(DavNames.CalDav + "limit-freebusy-set"));
        var subset = data.Element(DavNames.CalDav + "comp");
        return (_, text) =>
        {
            if (CalendarQuery.Read(Encoding.UTF8.GetBytes(text), floating) is not { } calendar) return text;
            var root = calendar.Root;
            if (expand is var (from, until))
            {
                root = CalendarExpansion.Expand(calendar, from, until, InstancesMax)
                    ?? throw new DavException(403, DavNames.CalDav + "max-instances");
            }
            else if (limit is var (start, end))
            {
                root = CalendarExpansion.Limit(calendar, start, end);
            }

            if (busy is var (first, last)) root = CalendarExpansion.LimitBusy(root, first, last);
            if (subset is not null) root = Subset(root, subset);
            if (zones is not null) root = zones(root);
            if (inJson) return Encoding.UTF8.GetString(JsonObjects.Write(root));
            var written = new StringBuilder(text.Length);
            root.Write(written);
            return written.ToString();
        };
    }

    /// <exception cref="DavException">403: another media type or version than there are (RFC 4791 section 9.6).</exception>
    private static bool IsJson(XElement data)
    {
        var type = data.Attribute("content-type")?.Value ?? "text/calendar";
        var inJson = type.Equals(JsonForms.Calendar, StringComparison.OrdinalIgnoreCase);
        var isKnown = inJson || type.Equals("text/calendar", StringComparison.OrdinalIgnoreCase);
        return isKnown && (data.Attribute("version")?.Value ?? "2.0") == "2.0"
            ? inJson
            : throw new DavException(403, DavNames.CalDav + "supported-calendar-data");
    }

    private static Component Subset(Component component, XElement wanted)
    {
        var properties = wanted.Elements(DavNames.CalDav + "prop").ToDictionary(
            one => (one.Attribute("name")?.Value ?? "").ToUpperInvariant(), one => one.Attribute("novalue")?.Value == "yes");
        var parts = wanted.Elements(DavNames.CalDav + "comp").ToLookup(one => (one.Attribute("name")?.Value ?? "").ToUpperInvariant());
        var allProperties = wanted.Element(DavNames.CalDav + "allprop") is not null;
        var allParts = wanted.Element(DavNames.CalDav + "allcomp") is not null;
        return component.With(
            component.Properties.Where(line => allProperties || properties.ContainsKey(line.Name))
                .Select(line => properties.GetValueOrDefault(line.Name) ? line with { Value = "" } : line),
            from part in component.Components
            where allParts || parts.Contains(part.Name)
            select parts[part.Name].FirstOrDefault() is { } inner ? Subset(part, inner) : part);
    }
}
