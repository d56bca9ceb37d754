using System.Xml;
using System.Xml.Linq;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Sharing;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Reports;

/// <summary>
/// expand-property: properties of a resource, and of those that the properties name (RFC 3253 section 3.8). An href leads where it leads
/// whoever asks; that of another account's principal, to what the href itself says of it.
/// </summary>
internal sealed class ExpandProperty : IAsyncDisposable
{
    private readonly XmlAnswer _answer;
    private readonly List<Guest> _guests = [];
    private int _left;

    private ExpandProperty(XmlAnswer answer, int propertiesMax) => (_answer, _left) = (answer, propertiesMax);

    public static async ValueTask RunAsync(DavRequest request, DavResource top, XElement body)
    {
        var limits = request.Services.Limits;
        var asked = Read(body, limits.ExpandedLevelsMax);
        if (top.Area == DavArea.Principal) await request.OpenBoxesAsync();
        using var answer = XmlAnswer.Begin(request.Response, 207, DavNames.Dav + "multistatus");
        await using var report = new ExpandProperty(answer, limits.ExpandedPropertiesMax);
        await report.WriteAsync(top.Href, top, asked);
        await answer.EndAsync(request.Cancellation);
    }

    private static List<Asked> Read(XElement parent, int levels)
    {
        var elements = parent.Elements(DavNames.Dav + "property").ToList();
        if (elements.Count > 0 && levels == 0) throw new DavException(403, null, "The properties nest too deep");
        return [.. elements.Select(one => new Asked(NameOf(one), Read(one, levels - 1)))];
    }

    private static XName NameOf(XElement property)
    {
        try
        {
            var name = XmlConvert.VerifyNCName(property.Attribute("name")?.Value ?? "");
            return XName.Get(name, property.Attribute("namespace")?.Value ?? DavNames.Dav.NamespaceName);
        }
        catch (Exception error) when (error is XmlException or ArgumentException)
        {
            throw new DavException(400, null, "A property has no name");
        }
    }

    /// <summary>One response element; when the answer has become too long, one that says so.</summary>
    private async ValueTask WriteAsync(string href, DavResource resource, IReadOnlyList<Asked> asked)
    {
        if ((_left -= Math.Max(1, asked.Count)) < 0)
        {
            SyncReport.Status(_answer.Writer, href, "507 Insufficient Storage");
            return;
        }

        var xml = _answer.Writer;
        var missing = new List<XName>();
        xml.Start(DavNames.Dav + "response");
        xml.Text(DavNames.Dav + "href", href);
        xml.Start(DavNames.Dav + "propstat");
        xml.Start(DavNames.Prop);
        foreach (var (name, inner) in asked)
        {
            if (PropertyList.ValueOf(name, resource) is { } value) await WriteAsync(resource.Request, value, inner);
            else missing.Add(name);
        }

        xml.WriteEndElement();
        xml.Text(DavNames.Dav + "status", "HTTP/1.1 200 OK");
        xml.WriteEndElement();
        if (!resource.Request.IsMinimal) PropertyList.WriteMissing(xml, missing);
        xml.WriteEndElement();
        await _answer.PauseAsync(resource.Request.Cancellation);
    }

    /// <summary>A property's value, each href in it replaced by what is there.</summary>
    private async ValueTask WriteAsync(DavRequest request, XElement value, IReadOnlyList<Asked> inner)
    {
        if (inner.Count == 0)
        {
            value.WriteTo(_answer.Writer);
            return;
        }

        if (value.Name == DavNames.Dav + "href")
        {
            await FollowAsync(request, value.Value.Trim(), inner);
            return;
        }

        _answer.Writer.Start(value.Name);
        foreach (var one in value.Attributes().Where(one => !one.IsNamespaceDeclaration))
        {
            _answer.Writer.WriteAttributeString(one.Name.LocalName, one.Name.NamespaceName, one.Value);
        }

        foreach (var node in value.Nodes())
        {
            if (node is XElement element) await WriteAsync(request, element, inner);
            else node.WriteTo(_answer.Writer);
        }

        _answer.Writer.WriteEndElement();
    }

    private async ValueTask FollowAsync(DavRequest request, string href, IReadOnlyList<Asked> asked)
    {
        DavResource there;
        try
        {
            there = await FindAsync(request, href);
        }
        catch (DavException error)
        {
            SyncReport.Status(_answer.Writer, href, $"{error.Status} Refused");
            return;
        }

        await WriteAsync(href, there, asked);
    }

    private async ValueTask<DavResource> FindAsync(DavRequest request, string href)
    {
        var path = DavPath.OfUrl(href, request.Request.Host.Value ?? "", out var elsewhere);
        if (path is null || elsewhere || path.Area == DavArea.Nowhere) throw new DavException(404);
        var there = request.OfUser(path);
        if (path.Area is DavArea.Above or DavArea.Directory) return new DavResource(there, path.Area, href, []);
        var isOwn = request.User.Addresses.Contains(path.Address);
        var guest = isOwn
            ? await Guest.EnterAsync(request.Logins, request.User, path, "REPORT", request.Cancellation)
            : await Guest.DelegateAsync(request.Logins, request.User, path, "REPORT", request.Cancellation);
        if (guest is not null)
        {
            _guests.Add(guest);
            there = there.At(guest);
        }

        if (!isOwn && guest is null && path is not { Area: DavArea.Principal, Names.Count: 0 }) throw new DavException(403);
        if (path.Area == DavArea.Principal && (isOwn || guest is not null)) await there.OpenBoxesAsync();
        return await PropFind.TopAsync(there);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var guest in _guests) await guest.DisposeAsync();
    }

    /// <param name="Inner">Of what its value names; none: the value stays as it is.</param>
    private sealed record Asked(XName Name, IReadOnlyList<Asked> Inner);
}
