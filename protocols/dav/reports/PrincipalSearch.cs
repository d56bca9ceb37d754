using System.Xml.Linq;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>
/// principal-property-search and principal-match (RFC 3744 section 9): nobody finds out here who else has an account, so what is found is
/// at most the one who asks.
/// </summary>
internal static class PrincipalSearch
{
    public static async ValueTask RunAsync(DavRequest request, XElement body)
    {
        var wanted = body.Elements(DavNames.Dav + "property-search")
            .Select(one => one.Element(DavNames.Dav + "match")?.Value.Trim() ?? "").ToList();
        var isFound = body.Name == DavNames.Dav + "principal-match" || wanted.TrueForAll(
            text => request.Login.Addresses.Any(address => address.Contains(text, StringComparison.OrdinalIgnoreCase)));
        var properties = PropertyList.Of(body);
        if (properties.AsksForBoxes) await request.OpenBoxesAsync();
        var principal = new DavResource(request, DavArea.Principal, DavHref.Root(DavArea.Principal, request.Login.Addresses[0]), []);
        using var answer = XmlAnswer.Begin(request.Response, 207, DavNames.Dav + "multistatus");
        if (isFound) properties.Write(answer.Writer, principal);
        await answer.EndAsync(request.Cancellation);
    }

    /// <summary>principal-search-property-set: what can be searched by.</summary>
    public static async ValueTask SetAsync(DavRequest request)
    {
        using var answer = XmlAnswer.Begin(request.Response, 200, DavNames.Dav + "principal-search-property-set");
        foreach (var name in (XName[])[DavNames.DisplayName, DavNames.CalDav + "calendar-user-address-set"])
        {
            answer.Writer.Start(DavNames.Dav + "principal-search-property");
            answer.Writer.Start(DavNames.Prop);
            answer.Writer.Empty(name);
            answer.Writer.WriteEndElement();
            answer.Writer.WriteEndElement();
        }

        await answer.EndAsync(request.Cancellation);
    }
}
