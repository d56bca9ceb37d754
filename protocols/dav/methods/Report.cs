using System.Collections.Frozen;
using System.Xml.Linq;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Reports;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>REPORT: the questions that each kind of resource answers (RFC 3253 section 3.6).</summary>
internal static class Report
{
    private static readonly XName SyncCollection = DavNames.Dav + "sync-collection";
    private static readonly XName ExpandedProperty = DavNames.Dav + "expand-property";
    private static readonly XName[] ForCalendars =
        [DavNames.CalDav + "calendar-multiget", DavNames.CalDav + "calendar-query", DavNames.CalDav + "free-busy-query"];

    private static readonly XName[] ForAddressBooks = [DavNames.CardDav + "addressbook-multiget", DavNames.CardDav + "addressbook-query"];

    private static readonly XName[] ForPrincipals =
    [
        DavNames.Dav + "principal-match", DavNames.Dav + "principal-property-search", DavNames.Dav + "principal-search-property-set",
    ];

    private static readonly FrozenDictionary<string, Func<DavRequest, DavResource, XElement, ValueTask>> Answers =
        new Dictionary<string, Func<DavRequest, DavResource, XElement, ValueTask>>(StringComparer.Ordinal)
        {
            ["expand-property"] = ExpandProperty.RunAsync,
            ["sync-collection"] = SyncReport.RunAsync,
            ["calendar-multiget"] = MultigetReport.RunAsync,
            ["addressbook-multiget"] = MultigetReport.RunAsync,
            ["calendar-query"] = CalendarQuery.RunAsync,
            ["addressbook-query"] = AddressBookQuery.RunAsync,
            ["free-busy-query"] = FreeBusyQuery.RunAsync,
            ["principal-match"] = (request, _, body) => PrincipalSearch.RunAsync(request, body),
            ["principal-property-search"] = (request, _, body) => PrincipalSearch.RunAsync(request, body),
            ["principal-search-property-set"] = (request, _, _) => PrincipalSearch.SetAsync(request),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static async ValueTask RunAsync(DavRequest request)
    {
        var body = await XmlRequest.ReadAsync(request.Request, request.Services.Limits, request.Cancellation)
            ?? throw new DavException(400, null, "A report has a body");
        var top = await PropFind.TopAsync(request);
        if (!NamesOf(top).Contains(body.Name)) throw new DavException(403, DavNames.Dav + "supported-report");
        await Answers[body.Name.LocalName](request, top, body);
    }

    /// <summary>The reports that a resource answers.</summary>
    public static IEnumerable<XName> NamesOf(DavResource resource) => resource switch
    {
        { Area: DavArea.Above or DavArea.Principal } => [ExpandedProperty, .. ForPrincipals],
        { Area: DavArea.Directory } => ForAddressBooks,
        { Collection: null } => [ExpandedProperty],
        { Area: DavArea.Calendars } => [ExpandedProperty, SyncCollection, .. ForCalendars],
        { Area: DavArea.AddressBooks } => [ExpandedProperty, SyncCollection, .. ForAddressBooks],
        _ => [ExpandedProperty, SyncCollection],
    };
}
