using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>
/// calendar-multiget and addressbook-multiget: named members with their octets (RFC 4791 section 7.9, RFC 6352 section 8.7).
/// </summary>
internal static class MultigetReport
{
    public static async ValueTask RunAsync(DavRequest request, DavResource top, XElement body)
    {
        var members = new List<(string, DavResource?)>();
        foreach (var href in body.Elements(DavNames.Dav + "href").Select(one => one.Value.Trim()))
        {
            members.Add((href, await FindAsync(request, top.Items!, href)));
        }

        var conversion = body.Name.Namespace == DavNames.CalDav
            ? CalendarConversion.Of(request, body, CalendarQuery.ZoneOf(body, top))
            : AddressBookQuery.Conversion(body);
        var data = new ObjectData(request, top.Items!, body) { Convert = conversion };
        using var answer = XmlAnswer.Begin(request.Response, 207, DavNames.Dav + "multistatus");
        await data.WriteAsync(answer, members);
        await answer.EndAsync(request.Cancellation);
    }

    /// <summary>A member by the href that the client has of it, which is what it is called in the answer.</summary>
    private static async ValueTask<DavResource?> FindAsync(DavRequest request, ItemStore items, string href)
    {
        var path = request.PathOf(href, out var elsewhere);
        if (path is null || elsewhere || path.Area != request.Path.Area || path.Address != request.Path.Address) return null;
        if (await items.FindAsync(path.Names, request.Cancellation) is not { Item: { } item } found) return null;
        return new DavResource(request, path.Area, href, path.Names)
        {
            Items = items, Item = item, Place = found.Place, State = items.State,
        };
    }
}
