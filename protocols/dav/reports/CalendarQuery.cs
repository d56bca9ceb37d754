using System.Text;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>calendar-query: the objects of a calendar, or of all, that a filter lets through (RFC 4791 section 7.8).</summary>
internal static class CalendarQuery
{
    /// <summary>A calendar's zone by its name (RFC 7809 section 5.2).</summary>
    public static readonly XName ZoneId = DavNames.CalDav + "calendar-timezone-id";

    public static async ValueTask RunAsync(DavRequest request, DavResource top, XElement body)
    {
        var filter = CalendarFilter.Read(body.Element(DavNames.CalDav + "filter")?.Element(DavNames.CalDav + "comp-filter"));
        var floating = ZoneOf(body, top);
        var conversion = CalendarConversion.Of(request, body, floating);
        var found = new List<DavResource>();
        await foreach (var (parent, row, root) in MembersAsync(request, top, filter))
        {
            var holds = filter.IsDecidedByKind || (root is not null && filter.Holds(new CalendarObject(root, floating)));
            if (holds) found.Add(parent.Child(row));
        }

        var data = new ObjectData(request, top.Items!, body) { Convert = conversion };
        using var answer = XmlAnswer.Begin(request.Response, 207, DavNames.Dav + "multistatus");
        await data.WriteAsync(answer, found.Select(one => (one.Href, (DavResource?)one)));
        await answer.EndAsync(request.Cancellation);
    }

    /// <summary>A stored object, which was well-formed when it was put.</summary>
    public static CalendarObject? Read(ReadOnlyMemory<byte> octets, ICalendarZone? floating) =>
        Component.Read(octets.Span, out var roots) is null ? new CalendarObject(roots[0], floating) : null;

    /// <summary>Members that may match, with their calendars; with what is in them where that has to decide, and can be read.</summary>
    public static async IAsyncEnumerable<(DavResource Parent, ItemRow Row, Component? Root)> MembersAsync(
        DavRequest request, DavResource top, CalendarFilter filter)
    {
        const int Batch = 100;
        foreach (var collection in Calendars(top))
        {
            if (await top.Items!.OpenAsync(collection.Collection!.Id, request.Cancellation) is not { Table: { } table } loaded) continue;
            var parent = collection with { Collection = loaded };
            foreach (var batch in table.Rows.Where(filter.MayHold).Chunk(Batch))
            {
                request.Cancellation.ThrowIfCancellationRequested();
                var roots = filter.IsDecidedByKind
                    ? new Component?[batch.Length]
                    : await top.Items.ParseAsync(batch, request.Cancellation);
                for (var i = 0; i < batch.Length; i++) yield return (parent, batch[i], roots[i]);
            }
        }
    }

    /// <summary>The zone of times without one: that of the request, else that of the calendar.</summary>
    public static ICalendarZone? ZoneOf(XElement body, DavResource top)
    {
        if (body.Element(DavNames.CalDav + "timezone-id")?.Value.Trim() is { } asked) return ZoneById(asked); // RFC 7809 section 5.2.
        var text = body.Element(DavNames.CalDav + "timezone")?.Value;
        var named = top.Collection?.Properties.GetValueOrDefault(ZoneId.ToString());
        if (text is null && named is not null) return ZoneById(DeadProperties.TextOf(named).Trim());
        var kept = top.Collection?.Properties.GetValueOrDefault((DavNames.CalDav + "calendar-timezone").ToString());
        if (text is null && kept is not null) text = DeadProperties.TextOf(kept);
        if (text is null) return null;
        return Component.Read(Encoding.UTF8.GetBytes(text), out var roots) is null ? CalendarZones.Read(roots[0]) : null;
    }

    private static ICalendarZone ZoneById(string name) =>
        CalendarZones.Find(name) ?? throw new DavException(403, DavNames.CalDav + "valid-timezone");

    /// <summary>The calendar itself; of a home, each calendar in it.</summary>
    private static IEnumerable<DavResource> Calendars(DavResource top) => top.Collection!.Kind != CollectionKind.Folder
        ? [top]
        : top.Collection.Children.Values.Select(id => top.State!.Collections[id]).Where(one => one.Kind.IsCalendar())
            .Select(top.Child);
}
