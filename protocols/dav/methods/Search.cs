using System.Globalization;
using System.Xml.Linq;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Reports;
using CompatBot.Protocols.Dav.Searches;
using CompatBot.Protocols.Dav.Xml;
using CompatBot.Protocols.Net.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>SEARCH: basicsearch over files, by their properties (RFC 5323). How much one search looks at and answers is bounded.</summary>
internal static class Search
{
    /// <summary>For OPTIONS.</summary>
    public const string Grammars = "<DAV:basicsearch>";

    public static async ValueTask RunAsync(DavRequest request)
    {
        var body = await XmlRequest.ReadAsync(request.Request, request.Services.Limits, request.Cancellation);
        if (body?.Name != DavNames.Dav + "searchrequest") throw new DavException(400, null, "The body is no searchrequest");
        var query = body.Element(DavNames.Dav + "basicsearch") ?? throw new DavException(422, DavNames.Dav + "search-grammar-supported");
        var (top, depth) = await ScopeAsync(request, query);
        var properties = PropertyList.Of(query.Element(DavNames.Dav + "select") ?? throw new DavException(400, null, "select is missing"));
        var condition = SearchCondition.Read(query.Element(DavNames.Dav + "where"));
        var orders = OrdersOf(query);
        var limit = LimitOf(query, request.Services.Limits.SearchResultsMax);
        var matches = new List<DavResource>();
        var walk = new Walk(request, condition, matches, orders.Count > 0 ? int.MaxValue : limit + 1);
        await walk.RunAsync(top, depth);
        if (orders.Count > 0) matches = [.. matches.Order(Comparer<DavResource>.Create((x, y) => Compare(orders, x, y)))];
        using var answer = XmlAnswer.Begin(request.Response, 207, DavNames.Dav + "multistatus");
        foreach (var match in matches.Take(limit))
        {
            properties.Write(answer.Writer, match);
            await answer.PauseAsync(request.Cancellation);
        }

        if (walk.IsCut || matches.Count > limit) SyncReport.Cut(answer.Writer, HttpTarget.RawPath(request.Http));
        await answer.EndAsync(request.Cancellation);
    }

    /// <summary>Where is searched: in the account's own files, by a path of this server, or as Nextcloud's clients write it.</summary>
    private static async ValueTask<(DavResource Top, int Depth)> ScopeAsync(DavRequest request, XElement query)
    {
        var scopes = query.Elements(DavNames.Dav + "from").Elements(DavNames.Dav + "scope").Take(2).ToList();
        if (scopes.Count != 1) throw new DavException(409, DavNames.Dav + "search-multiple-scope-supported");
        var href = scopes[0].Element(DavNames.Dav + "href")?.Value.Trim() ?? "";
        var isRelative = !href.StartsWith('/') && !href.Contains("://", StringComparison.Ordinal);
        if (isRelative) href = $"{HttpTarget.RawPath(request.Http).TrimEnd('/')}/{href}";
        else if (href.StartsWith("/files/", StringComparison.Ordinal)) href = "/dav" + href;
        var path = DavPath.OfUrl(href, request.Request.Host.Value ?? "", out var elsewhere);
        var isOwn = path is { Area: DavArea.Files } && !elsewhere && request.Login.Addresses.Contains(path.Address);
        if (!isOwn) throw new DavException(409, DavNames.Dav + "search-scope-valid");
        var there = request.At(path!);
        var items = await there.ItemsAsync();
        var found = await items.FindAsync(path!.Names, request.Cancellation);
        if (found is null or { IsNothing: true }) throw new DavException(409, DavNames.Dav + "search-scope-valid");
        var depth = scopes[0].Element(DavNames.Dav + "depth")?.Value.Trim() switch
        {
            "0" => 0,
            "1" => 1,
            null or "infinity" => int.MaxValue,
            _ => throw new DavException(400, null, "depth is 0, 1 or infinity"),
        };
        return (DavResource.Of(there, items, found), depth);
    }

    private static List<(XName Name, bool Descending, bool Caseless)> OrdersOf(XElement query) =>
    [
        .. from order in query.Elements(DavNames.Dav + "orderby").Elements(DavNames.Dav + "order")
           let name = order.Elements(DavNames.Prop).Elements().FirstOrDefault()?.Name
           where name is not null
           select (name, order.Element(DavNames.Dav + "descending") is not null, order.Attribute("caseless")?.Value != "no"),
    ];

    private static int Compare(List<(XName Name, bool Descending, bool Caseless)> orders, DavResource left, DavResource right)
    {
        foreach (var (name, descending, caseless) in orders)
        {
            var order = SearchCondition.Compare(SearchValues.Of(left, name), SearchValues.Of(right, name), caseless);
            if (order != 0) return descending ? -order : order;
        }

        return 0;
    }

    private static int LimitOf(XElement query, int most)
    {
        if (query.Element(DavNames.Dav + "limit")?.Element(DavNames.Dav + "nresults")?.Value is not { } text) return most;
        return int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
            ? Math.Min(asked, most)
            : throw new DavException(400, null, "nresults is no number");
    }

    /// <summary>Goes through a tree, collection after collection.</summary>
    private sealed class Walk(DavRequest request, Func<DavResource, bool?> condition, List<DavResource> matches, int matchesMax)
    {
        private int _seen;

        /// <summary>There is more than was looked at.</summary>
        public bool IsCut { get; private set; }

        public async ValueTask RunAsync(DavResource resource, int depth)
        {
            Look(resource);
            if (depth == 0 || IsCut || resource.Collection is null) return;
            if (await resource.Items!.OpenAsync(resource.Collection.Id, request.Cancellation) is not { Table: { } table } opened) return;
            var loaded = resource with { Collection = opened };
            foreach (var row in table.Rows)
            {
                if (IsCut) return;
                Look(loaded.Child(row));
            }

            foreach (var child in opened.Children.Values)
            {
                if (IsCut) return;
                if (resource.State!.Find(child) is { } state) await RunAsync(loaded.Child(state), depth == 1 ? 0 : depth);
            }
        }

        private void Look(DavResource resource)
        {
            IsCut = ++_seen > request.Services.Limits.SearchedMax;
            if (IsCut || condition(resource) != true) return;
            matches.Add(resource);
            IsCut = matches.Count >= matchesMax;
        }
    }
}
