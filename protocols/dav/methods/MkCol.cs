using System.Xml.Linq;
using CompatBot.Core.Calendar.Subscriptions;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Subscriptions;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>MKCOL, plain and extended (RFC 5689), and MKCALENDAR (RFC 4791 section 5.3.1).</summary>
internal static class MkCol
{
    public static async ValueTask RunAsync(DavRequest request)
    {
        if (request.Path.Realm is null || request.Path.Names.Count == 0) throw new DavException(405);
        var body = await ReadAsync(request);
        var (items, found) = await request.FindAsync(toMake: true);
        if (!found.IsNothing)
        {
            throw request.Request.Method == "MKCALENDAR"
                ? new DavException(403, DavNames.Dav + "resource-must-be-null")
                : new DavException(405);
        }

        var set = PropPatch.Instructions(body, DavNames.Dav + "set").ToList();
        var collection = Describe(request, set, items.State.Find(found.Place.Parent)!);
        var conditions = new Preconditions(request, items).Touching(found.Place, Touch.Member);
        await conditions.CheckAsync();
        Refusal Guard(ItemState state) =>
            conditions.Guard(state) is var refusal and not Refusal.None ? refusal
            : collection.Kind == CollectionKind.Subscribed ? Subscription.Room(state)
            : Refusal.None;
        var made = await items.CreateAsync(found.Place, collection, Guard, request.Cancellation);
        if (made.Refusal == Refusal.NotFound) throw new DavException(409);
        conditions.Unless(made);
        request.Response.StatusCode = StatusCodes.Status201Created;
        request.Response.Headers.CacheControl = "no-cache";
        if (collection.Kind == CollectionKind.Subscribed) Subscribing.Fetch(request);
    }

    private static async ValueTask<XElement?> ReadAsync(DavRequest request)
    {
        var type = request.Request.ContentType ?? "";
        var body = await BodyAsync();
        if (body is not null && body.Name.LocalName is not ("mkcol" or "mkcalendar")) throw new DavException(415);
        return body;

        async ValueTask<XElement?> BodyAsync()
        {
            if (type.Length == 0 || type.Contains("xml", StringComparison.OrdinalIgnoreCase))
            {
                return await XmlRequest.ReadAsync(request.Request, request.Services.Limits, request.Cancellation);
            }

            // RFC 4918 section 9.3: a body that is not understood makes nothing.
            return request.Http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
                && request.Request.ContentLength != 0
                    ? throw new DavException(415)
                    : null;
        }
    }

    private static NewCollection Describe(DavRequest request, List<XElement> set, CollectionState parent)
    {
        var types = set.Find(one => one.Name == DavNames.ResourceType)?.Elements().Select(one => one.Name).ToHashSet() ?? [];
        var kind = types.Contains(DavNames.CalendarServer + "subscribed") ? CollectionKind.Subscribed
            : types.Contains(DavNames.Calendar) || request.Request.Method == "MKCALENDAR" ? CollectionKind.Calendar
            : types.Contains(DavNames.AddressBook) ? CollectionKind.AddressBook
            : CollectionKind.Folder;
        var fits = request.Path.Area switch
        {
            DavArea.Calendars => kind.IsCalendar(),
            DavArea.AddressBooks => kind == CollectionKind.AddressBook,
            _ => kind == CollectionKind.Folder,
        };
        var isHome = parent.Id == CollectionId.Root;
        if (!fits || (request.Path.Area != DavArea.Files && !isHome))
        {
            throw new DavException(403, isHome ? DavNames.Dav + "valid-resourcetype" : DavNames.CalDav + "calendar-collection-location-ok");
        }

        var properties = ItemProperties.None.ToBuilder();
        var components = CalendarComponents.None;
        foreach (var one in set)
        {
            if (one.Name == DavNames.ResourceType) continue;
            if (one.Name == DavNames.ComponentSet) components = ComponentSets.Read(one);
            else if (LiveProperties.IsProtected(one.Name)) throw new DavException(403, DavNames.Dav + "cannot-modify-protected-property");
            else properties[one.Name.ToString()] = DeadProperties.Write(one);
        }

        if (kind.IsCalendar() && components == CalendarComponents.None) components = ComponentSets.All;
        if (kind == CollectionKind.Subscribed) Subscribing.Check(properties.GetValueOrDefault(Subscription.SourceProperty));
        return new NewCollection(kind) { Components = components, Properties = properties.ToImmutable() };
    }
}
