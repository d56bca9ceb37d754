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
    public static async ValueTask RunAsync(DavRequest request, DavResource top, XElement body)
    {
        var filter = CalendarFilter.Read(body.Element(DavNames.CalDav + "filter")?.Element(DavNames.CalDav + "comp-filter"));
        var floating = ZoneOf(body, top);
        var conversion = CalendarConversion.Of(body, floating);
        var found = new List<DavResource>();
        await foreach (var (resource, text) in MembersAsync(request, top, filter))
        {
            if (text is null || (Read(text.Value, floating) is { } calendar && filter.Holds(calendar))) found.Add(resource);
        }

        var data = new ObjectData(request, top.Items!, body) { Convert = conversion };
        using var answer = XmlAnswer.Begin(request.Response, 207, DavNames.Dav + "multistatus");
        await data.WriteAsync(answer, found.Select(one => (one.Href, (DavResource?)one)));
        await answer.EndAsync(request.Cancellation);
    }

    /// <summary>A stored object, which was well-formed when it was put.</summary>
    public static CalendarObject? Read(ReadOnlyMemory<byte> octets, ICalendarZone? floating) =>
        Component.Read(octets.Span, out var roots) is null ? new CalendarObject(roots[0], floating) : null;

    /// <summary>Members that may match; with their octets where those have to decide.</summary>
    public static async IAsyncEnumerable<(DavResource Resource, ReadOnlyMemory<byte>? Octets)> MembersAsync(
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
                var readers = filter.IsDecidedByKind ? [] : batch.Select(top.Items.Read).ToList();
                await top.Items.LoadAsync(readers, request.Cancellation);
                for (var i = 0; i < batch.Length; i++)
                {
                    var octets = readers.Count == 0 ? (ReadOnlyMemory<byte>?)null : await readers[i].ReadAllAsync(request.Cancellation);
                    yield return (parent.Child(batch[i]), octets);
                }
            }
        }
    }

    /// <summary>The zone of times without one: that of the request, else that of the calendar.</summary>
    public static ICalendarZone? ZoneOf(XElement body, DavResource top)
    {
        var text = body.Element(DavNames.CalDav + "timezone")?.Value;
        var kept = top.Collection?.Properties.GetValueOrDefault((DavNames.CalDav + "calendar-timezone").ToString());
        if (text is null && kept is not null) text = DeadProperties.TextOf(kept);
        if (text is null) return null;
        return Component.Read(Encoding.UTF8.GetBytes(text), out var roots) is null ? CalendarZones.Read(roots[0]) : null;
    }

    /// <summary>The calendar itself; of a home, each calendar in it.</summary>
    private static IEnumerable<DavResource> Calendars(DavResource top) => top.Collection!.Kind != CollectionKind.Folder
        ? [top]
        : top.Collection.Children.Values.Select(id => top.State!.Collections[id]).Where(one => one.Kind == CollectionKind.Calendar)
            .Select(top.Child);
}
