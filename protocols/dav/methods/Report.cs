using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Reports;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>REPORT: the questions that each kind of collection answers (RFC 3253 section 3.6).</summary>
internal static class Report
{
    private static readonly XName SyncCollection = DavNames.Dav + "sync-collection";
    private static readonly XName CalendarMultiget = DavNames.CalDav + "calendar-multiget";
    private static readonly XName AddressBookMultiget = DavNames.CardDav + "addressbook-multiget";

    public static async ValueTask RunAsync(DavRequest request)
    {
        var body = await XmlRequest.ReadAsync(request.Request, request.Services.Limits, request.Cancellation)
            ?? throw new DavException(400, null, "A report has a body");
        var top = await PropFind.TopAsync(request);
        if (!NamesOf(top).Contains(body.Name)) throw new DavException(403, DavNames.Dav + "supported-report");
        if (body.Name == SyncCollection) await SyncReport.RunAsync(request, top, body);
        else if (body.Name == CalendarMultiget || body.Name == AddressBookMultiget) await MultigetReport.RunAsync(request, top, body);
        else throw new DavException(403, DavNames.Dav + "supported-report");
    }

    /// <summary>The reports that a resource answers.</summary>
    public static IEnumerable<XName> NamesOf(DavResource resource)
    {
        if (resource.Collection is not { } collection) return [];
        return collection.Kind switch
        {
            CollectionKind.Calendar => [SyncCollection, CalendarMultiget],
            CollectionKind.AddressBook => [SyncCollection, AddressBookMultiget],
            _ when resource.Area == DavArea.Calendars => [SyncCollection, CalendarMultiget],
            _ when resource.Area == DavArea.AddressBooks => [SyncCollection, AddressBookMultiget],
            _ => [SyncCollection],
        };
    }
}
