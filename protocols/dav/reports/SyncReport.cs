using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>sync-collection: what changed since a token, at the cost of what changed (RFC 6578).</summary>
internal static class SyncReport
{
    public static async ValueTask RunAsync(DavRequest request, DavResource top, XElement body)
    {
        var token = body.Element(DavNames.Dav + "sync-token")?.Value.Trim() ?? "";
        var known = token.Length == 0 ? 0 : SyncToken.Parse(token, top.State!);
        var after = known ?? throw new DavException(403, DavNames.Dav + "valid-sync-token");
        var changes = await top.Items!.ChangesAsync(top.Collection!.Id, after, request.Cancellation) ?? throw new DavException(404);
        var data = new ObjectData(request, top.Items, body);
        var collection = await top.Items.OpenAsync(top.Collection.Id, request.Cancellation) ?? throw new DavException(404);
        var loaded = top with { Collection = collection, State = top.Items.State };
        var limit = Limit(body, request.Services.Limits.ChangesMax);

        // In the order of their changes: what is left out has a change behind the token that is given.
        var members = changes.Items.Select(item => (At: item.ChangedAt, Resource: loaded.Child(item)))
            .Concat(changes.Collections.Where(child => child.Kind != CollectionKind.Shared).Select(child =>
                (At: Math.Max(child.ChangedAt, child.CreatedAt), Resource: loaded.Child(child))))
            .OrderBy(one => one.At)
            .ToList();
        var isCut = members.Count > limit;
        var last = changes.Sequence;
        if (isCut)
        {
            last = members[limit - 1].At;
            while (limit < members.Count && members[limit].At == last) limit++; // One entry is not cut in two.
            isCut = limit < members.Count;
            if (!isCut) last = changes.Sequence;
        }

        using var answer = XmlAnswer.Begin(request.Response, 207, DavNames.Dav + "multistatus");
        await data.WriteAsync(answer, members.Take(limit).Select(one => (one.Resource.Href, (DavResource?)one.Resource)));
        foreach (var name in changes.Gone)
        {
            Gone(answer.Writer, top.Href + DavHref.Encode(name));
            await answer.PauseAsync(request.Cancellation);
        }

        if (isCut) Cut(answer.Writer, top.Href);
        answer.Writer.Text(DavNames.Dav + "sync-token", SyncToken.Of(last));
        await answer.EndAsync(request.Cancellation);
    }

    /// <summary>A response that only says that nothing is there any more.</summary>
    public static void Gone(XmlWriter xml, string href) => Status(xml, href, "404 Not Found");

    /// <summary>A response without properties.</summary>
    /// <param name="xml">Of a multistatus.</param>
    /// <param name="href">Percent-encoded.</param>
    /// <param name="status">Its number and words.</param>
    public static void Status(XmlWriter xml, string href, string status)
    {
        xml.Start(DavNames.Dav + "response");
        xml.Text(DavNames.Dav + "href", href);
        xml.Text(DavNames.Dav + "status", "HTTP/1.1 " + status);
        xml.WriteEndElement();
    }

    /// <summary>A response that says that there is more than this answer has.</summary>
    public static void Cut(XmlWriter xml, string href)
    {
        xml.Start(DavNames.Dav + "response");
        xml.Text(DavNames.Dav + "href", href);
        xml.Text(DavNames.Dav + "status", "HTTP/1.1 507 Insufficient Storage");
        xml.Start(DavNames.Dav + "error");
        xml.Empty(DavNames.Dav + "number-of-matches-within-limits");
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static int Limit(XElement body, int most) =>
        int.TryParse(
            body.Element(DavNames.Dav + "limit")?.Element(DavNames.Dav + "nresults")?.Value,
            NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture,
            out var asked)
            ? Math.Clamp(asked, 1, most)
            : most;
}
