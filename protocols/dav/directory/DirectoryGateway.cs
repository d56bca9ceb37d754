using System.Collections.Frozen;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Formats.Vcard;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Reports;
using CompatBot.Protocols.Dav.Xml;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Directory;

/// <summary>
/// The directory (draft-daboo-carddav-directory-gateway): accounts of the user's own domain whose owners agreed to be
/// found, as contacts that nobody changes.
/// </summary>
internal static class DirectoryGateway
{
    private static readonly FrozenDictionary<string, Func<DavRequest, ValueTask>> Known =
        new Dictionary<string, Func<DavRequest, ValueTask>>(StringComparer.Ordinal)
        {
            ["OPTIONS"] = Options.RunAsync,
            ["PROPFIND"] = DescribeAsync,
            ["REPORT"] = ReportAsync,
            ["GET"] = GetAsync,
            ["HEAD"] = GetAsync,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static Func<DavRequest, ValueTask> Find(string method) =>
        Known.GetValueOrDefault(method) ?? throw new DavException(403, DavNames.NeedPrivileges);

    private static async ValueTask DescribeAsync(DavRequest request)
    {
        var body = await XmlRequest.ReadAsync(request.Request, request.Services.Limits, request.Cancellation);
        var cards = await CardsAsync(request);
        var one = request.Path.Names.Count == 0 ? null : Find(request, cards) ?? throw new DavException(404);
        var properties = PropertyList.Of(body, (name, resource) => Extra(name, resource, null));
        using var answer = XmlAnswer.Begin(request.Response, 207, DavNames.Dav + "multistatus");
        properties.Write(answer.Writer, one is null ? Top(request) : Resource(request, one));
        if (one is null && request.Depth > 0) await WriteAsync(request, answer, properties, cards, request.Services.Limits.ListingsMax);
        await answer.EndAsync(request.Cancellation);
    }

    private static async ValueTask ReportAsync(DavRequest request)
    {
        var body = await XmlRequest.ReadAsync(request.Request, request.Services.Limits, request.Cancellation)
            ?? throw new DavException(400, null, "A report has a body");
        var isQuery = body.Name == DavNames.CardDav + "addressbook-query";
        var isMultiget = body.Name == DavNames.CardDav + "addressbook-multiget";
        if ((!isQuery && !isMultiget) || request.Path.Names.Count > 0) throw new DavException(403, DavNames.Dav + "supported-report");
        var convert = AddressBookQuery.CardConversion(body);
        var properties = PropertyList.Of(body, (name, resource) => Extra(name, resource, convert));
        var cards = await CardsAsync(request);
        var filter = CardFilter.Read(body);
        using var answer = XmlAnswer.Begin(request.Response, 207, DavNames.Dav + "multistatus");
        if (isQuery)
        {
            var most = CardFilter.Limit(body, request.Services.Limits.ListingsMax);
            await WriteAsync(request, answer, properties, cards.Where(one => filter.Holds(one.Card)), most);
        }
        else
        {
            await WriteNamedAsync(request, answer, properties, cards, body);
        }

        await answer.EndAsync(request.Cancellation);
    }

    private static async ValueTask GetAsync(DavRequest request)
    {
        var cards = await CardsAsync(request);
        if (request.Path.Names.Count == 0) throw new DavException(405);
        var card = Find(request, cards) ?? throw new DavException(404);
        var response = request.Response;
        response.Headers.ETag = card.ETag;
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
        if (EntityTags.AreKnown(request.Request, card.ETag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var version = CardVersion.Of(request.Request.Headers.Accept.ToString());
        var octets = Encoding.UTF8.GetBytes(card.Text);
        if (version is not null && CardVersions.To(octets, version) is { } other) octets = Encoding.UTF8.GetBytes(other);
        response.ContentType = "text/vcard; charset=utf-8";
        response.ContentLength = octets.Length;
        if (!HttpMethods.IsHead(request.Request.Method)) await response.BodyWriter.WriteAsync(octets, request.Cancellation);
    }

    private static async ValueTask WriteAsync(
        DavRequest request, XmlAnswer answer, PropertyList properties, IEnumerable<ListingCard> cards, int most)
    {
        var left = most;
        foreach (var card in cards)
        {
            if (left-- == 0)
            {
                SyncReport.Cut(answer.Writer, Top(request).Href);
                return;
            }

            properties.Write(answer.Writer, Resource(request, card));
            await answer.PauseAsync(request.Cancellation);
        }
    }

    private static async ValueTask WriteNamedAsync(
        DavRequest request, XmlAnswer answer, PropertyList properties, IReadOnlyList<ListingCard> cards, XElement body)
    {
        var named = cards.ToDictionary(one => one.Name, StringComparer.Ordinal);
        foreach (var href in body.Elements(DavNames.Dav + "href").Select(one => one.Value.Trim()))
        {
            var path = request.PathOf(href, out var elsewhere);
            var isHere = !elsewhere && path is { Area: DavArea.Directory, Names.Count: 1 };
            if (isHere && named.GetValueOrDefault(path!.Names[0]) is { } card) properties.Write(answer.Writer, Resource(request, card));
            else SyncReport.Gone(answer.Writer, href);
            await answer.PauseAsync(request.Cancellation);
        }
    }

    /// <summary>Whom the user may find.</summary>
    /// <exception cref="DavException">403: a device that may not open contacts; 404: there is no directory.</exception>
    private static async ValueTask<IReadOnlyList<ListingCard>> CardsAsync(DavRequest request)
    {
        if (request.Services.Listings is not { } listings) throw new DavException(404);
        await request.Login.ItemsAsync(Realm.Contacts, request.Cancellation);
        var domain = Address.Parse(request.Login.Addresses[0])?.Domain ?? throw new DavException(404);
        return [.. (await listings.OfDomainAsync(domain, request.Cancellation)).Select(ListingCard.Of)];
    }

    private static ListingCard? Find(DavRequest request, IReadOnlyList<ListingCard> cards) =>
        request.Path.Names is [var name] ? cards.FirstOrDefault(one => one.Name == name) : null;

    private static DavResource Top(DavRequest request) => new(request, DavArea.Directory, DavHref.Root(DavArea.Directory, ""), []);

    private static DavResource Resource(DavRequest request, ListingCard card) =>
        new(request, DavArea.Directory, DavHref.Root(DavArea.Directory, "") + DavHref.Encode(card.Name), [card.Name])
        {
            Listing = card,
        };

    /// <summary>What an account in the directory has of the properties that are an item's elsewhere.</summary>
    private static Action<XmlWriter>? Extra(XName name, DavResource resource, Func<string, string>? convert)
    {
        if (resource.Listing is not { } card) return null;
        string? text =
            name == DavNames.GetETag ? card.ETag
            : name == DavNames.Dav + "getcontenttype" ? "text/vcard; charset=utf-8"
            : name == DavNames.AddressData ? convert?.Invoke(card.Text) ?? card.Text
            : null;
        return text is null ? null : xml => xml.Text(name, text);
    }
}
