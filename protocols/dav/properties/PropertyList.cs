using System.Xml;
using System.Xml.Linq;
using CompatBot.Protocols.Dav.Sharing;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Properties;

/// <summary>Which properties a client asked for, and how a resource answers.</summary>
internal sealed class PropertyList
{
    private readonly bool _namesOnly;
    private readonly IReadOnlyList<XName>? _asked;
    private readonly List<XName> _missing = [];
    private readonly List<(XName Name, DavException Error)> _refused = [];

    private PropertyList(bool namesOnly, IReadOnlyList<XName>? asked) => (_namesOnly, _asked) = (namesOnly, asked);

    /// <summary>
    /// Properties that are not in this house's tables and depend on the request: a report's calendar-data. A DavException becomes the
    /// answer to this property of this resource alone.
    /// </summary>
    public Func<XName, DavResource, Action<XmlWriter>?>? Extra { get; init; }

    /// <summary>Whether a property was asked for by its name.</summary>
    public bool Asks(XName name) => _asked?.Contains(name) ?? false;

    /// <summary>Whether it was asked what only the calendar realm knows: where invitations and news go, who acts for whom.</summary>
    public bool AsksForBoxes => Asks(DavNames.CalDav + "schedule-inbox-URL") || Asks(DavNames.CalDav + "schedule-outbox-URL")
        || Asks(Notifications.Url) || Proxies.All().Any(one => Asks(one.Name));

    /// <param name="body">Of a PROPFIND, or a report that has prop, allprop or propname in it; null asks for all.</param>
    public static PropertyList Of(XElement? body, Func<XName, DavResource, Action<XmlWriter>?>? extra = null)
    {
        if (body?.Element(DavNames.Prop) is { } prop)
        {
            return new PropertyList(false, [.. prop.Elements().Select(one => one.Name).Distinct()]) { Extra = extra };
        }

        var included = body?.Element(DavNames.Dav + "include")?.Elements().Select(one => one.Name).ToList();
        return new PropertyList(body?.Element(DavNames.Dav + "propname") is not null, null) { Extra = extra, Included = included ?? [] };
    }

    private IReadOnlyList<XName> Included { get; init; } = [];

    /// <summary>Writes one response element.</summary>
    public void Write(XmlWriter xml, DavResource resource)
    {
        xml.Start(DavNames.Dav + "response");
        xml.Text(DavNames.Dav + "href", resource.Href);
        _missing.Clear();
        _refused.Clear();
        xml.Start(DavNames.Dav + "propstat");
        xml.Start(DavNames.Prop);
        if (_asked is null) WriteAll(xml, resource);
        else WriteAsked(xml, resource, _asked);
        xml.WriteEndElement();
        xml.Text(DavNames.Dav + "status", "HTTP/1.1 200 OK");
        xml.WriteEndElement();
        foreach (var (name, error) in _refused)
        {
            xml.Start(DavNames.Dav + "propstat");
            xml.Start(DavNames.Prop);
            xml.Empty(name);
            xml.WriteEndElement();
            xml.Text(DavNames.Dav + "status", $"HTTP/1.1 {error.Status} Refused");
            xml.Start(DavNames.Dav + "error");
            xml.Empty(error.Precondition!);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        if (!resource.Request.IsMinimal) WriteMissing(xml, _missing);
        xml.WriteEndElement();
    }

    /// <summary>Says which properties a resource does not have, if there are any.</summary>
    public static void WriteMissing(XmlWriter xml, IReadOnlyList<XName> missing)
    {
        if (missing.Count == 0) return;
        xml.Start(DavNames.Dav + "propstat");
        xml.Start(DavNames.Prop);
        foreach (var name in missing) xml.Empty(name);
        xml.WriteEndElement();
        xml.Text(DavNames.Dav + "status", "HTTP/1.1 404 Not Found");
        xml.WriteEndElement();
    }

    /// <summary>A property's element; null: the resource does not have it.</summary>
    public static XElement? ValueOf(XName name, DavResource resource)
    {
        if (LiveProperties.Find(name) is not { } live || !live.Has(resource))
        {
            var stored = resource.Kept.GetValueOrDefault(name.ToString());
            return stored is null ? null : XElement.Parse(stored, LoadOptions.PreserveWhitespace);
        }

        var value = new XDocument();
        using (var xml = value.CreateWriter()) WriteLive(xml, live, resource);
        return value.Root;
    }

    private void WriteAll(XmlWriter xml, DavResource resource)
    {
        foreach (var live in LiveProperties.All)
        {
            if (!live.Has(resource) || !(live.InAll || _namesOnly || Included.Contains(live.Name))) continue;
            if (_namesOnly) xml.Empty(live.Name);
            else WriteLive(xml, live, resource);
        }

        foreach (var (name, stored) in resource.Kept)
        {
            var parsed = XName.Get(name);
            if (parsed == DavNames.DisplayName) continue;
            if (_namesOnly) xml.Empty(parsed);
            else DeadProperties.WriteTo(xml, stored);
        }
    }

    private void WriteAsked(XmlWriter xml, DavResource resource, IReadOnlyList<XName> asked)
    {
        foreach (var name in asked)
        {
            if (LiveProperties.Find(name) is { } live && live.Has(resource)) WriteLive(xml, live, resource);
            else if (FindExtra(name, resource) is { } extra) extra(xml);
            else if (_refused.Exists(one => one.Name == name)) continue;
            else if (resource.Kept.TryGetValue(name.ToString(), out var stored)) DeadProperties.WriteTo(xml, stored);
            else _missing.Add(name);
        }
    }

    private Action<XmlWriter>? FindExtra(XName name, DavResource resource)
    {
        try
        {
            return Extra?.Invoke(name, resource);
        }
        catch (DavException error) when (error.Precondition is not null)
        {
            _refused.Add((name, error));
            return null;
        }
    }

    private static void WriteLive(XmlWriter xml, LiveProperty live, DavResource resource)
    {
        xml.Start(live.Name);
        live.Write(xml, resource);
        xml.WriteEndElement();
    }
}
