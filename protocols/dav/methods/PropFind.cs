using System.Xml.Linq;
using CompatBot.Core.Calendar.Birthdays;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Sharing;
using CompatBot.Protocols.Dav.Xml;
using CompatBot.Protocols.Net.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>PROPFIND: the properties of a resource and of what is below it (RFC 4918 section 9.1).</summary>
internal static class PropFind
{
    private const int MultiStatus = 207;

    public static async ValueTask RunAsync(DavRequest request)
    {
        var body = await XmlRequest.ReadAsync(request.Request, request.Services.Limits, request.Cancellation);
        if (body is not null && body.Name != DavNames.Dav + "propfind") throw new DavException(400, null, "The body is no propfind");
        if (body is not null && !body.Elements().Any(IsKnown)) throw new DavException(400, null, "The propfind asks for nothing");
        var properties = PropertyList.Of(body);
        if (body is not null && (properties.Asks(CollectionProperties.Available) || properties.Asks(CollectionProperties.Used)))
        {
            await request.MeasureAsync();
        }

        if (request.Path.Area is DavArea.Principal or DavArea.Above && properties.AsksForBoxes) await request.OpenBoxesAsync();
        var depth = request.Depth;
        var top = await TopAsync(request);
        if (depth == int.MaxValue && top.Collection is { } root) Count(request, top.State!, root);
        using var answer = XmlAnswer.Begin(request.Response, MultiStatus, DavNames.Dav + "multistatus");
        properties.Write(answer.Writer, top);
        if (depth > 0 && top.IsCollection) await MembersAsync(request, top, depth, properties, answer);
        await answer.EndAsync(request.Cancellation);
    }

    /// <summary>The resource at the request's path.</summary>
    public static async ValueTask<DavResource> TopAsync(DavRequest request)
    {
        if (request.Path.Realm is null)
        {
            if (request.Path.Area == DavArea.Principal) return Principal(request);
            var path = HttpTarget.RawPath(request.Http);
            return new DavResource(request, DavArea.Above, path.EndsWith('/') ? path : path + "/", []);
        }

        var (items, found) = await request.FindAsync();
        return DavResource.Of(request, items, found);
    }

    /// <summary>The principal, or one of its groups.</summary>
    private static DavResource Principal(DavRequest request)
    {
        var names = request.Path.Area == DavArea.Principal ? request.Path.Names : [];
        var href = DavHref.Root(DavArea.Principal, request.Address) + string.Concat(names.Select(name => name + "/"));
        return new DavResource(request, DavArea.Principal, href, names);
    }

    /// <summary>A calendar of another account, as it is there; nothing of one that is not shared any more.</summary>
    private static async ValueTask SharedAsync(DavRequest request, CollectionState mount, PropertyList properties, XmlAnswer answer)
    {
        var path = request.Path with { Names = [mount.Name] };
        await using var guest = await Guest.EnterAsync(request.Logins, path, mount, request.Cancellation);
        if (guest is null) return;
        properties.Write(answer.Writer, await TopAsync(request.At(guest)));
        await answer.PauseAsync(request.Cancellation);
    }

    private static bool IsKnown(XElement one) =>
        one.Name == DavNames.Prop || one.Name == DavNames.Dav + "allprop" || one.Name == DavNames.Dav + "propname";

    private static void Count(DavRequest request, ItemState state, CollectionState root)
    {
        var members = 0L;
        foreach (var collection in state.Subtree(root.Id))
        {
            members += 1 + collection.Count;
            if (members > request.Services.Limits.InfiniteMembersMax)
            {
                throw new DavException(403, DavNames.Dav + "propfind-finite-depth");
            }
        }
    }

    /// <summary>By name, but the birthdays last: some programs take the first calendar for what is new.</summary>
    private static IEnumerable<CollectionId> InOrder(DavResource parent, CollectionState collection) =>
        parent.Area == DavArea.Calendars
            ? collection.Children.Values.OrderBy(child => BirthdayCalendar.Is(parent.State!, child))
            : collection.Children.Values;

    private static async ValueTask MembersAsync(
        DavRequest request, DavResource parent, int depth, PropertyList properties, XmlAnswer answer)
    {
        if (parent.Collection is null)
        {
            if (HttpTarget.RawPath(request.Http).TrimEnd('/') == "/dav/principals") properties.Write(answer.Writer, Principal(request));
            return;
        }

        if (await parent.Items!.OpenAsync(parent.Collection.Id, request.Cancellation) is not { Table: { } table } collection) return;
        var loaded = parent with { Collection = collection };
        foreach (var child in InOrder(parent, collection))
        {
            if (parent.State!.Find(child) is not { } state) continue;
            if (state.Kind == CollectionKind.Shared)
            {
                await SharedAsync(request, state, properties, answer);
                continue;
            }

            var resource = loaded.Child(state);
            properties.Write(answer.Writer, resource);
            await answer.PauseAsync(request.Cancellation);
            if (depth == int.MaxValue) await MembersAsync(request, resource, depth, properties, answer);
        }

        foreach (var row in table.Rows)
        {
            properties.Write(answer.Writer, loaded.Child(row));
            await answer.PauseAsync(request.Cancellation);
        }
    }
}
