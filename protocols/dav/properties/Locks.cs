using System.Globalization;
using System.Xml;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Properties;

/// <summary>Locks as properties (RFC 4918 sections 15.8 and 15.10).</summary>
internal static class Locks
{
    public static void WriteSupported(XmlWriter xml)
    {
        foreach (var scope in (string[])["exclusive", "shared"])
        {
            xml.Start(DavNames.Dav + "lockentry");
            WriteKind(xml, scope);
            xml.WriteEndElement();
        }
    }

    public static void WriteActive(XmlWriter xml, DavResource resource)
    {
        var state = resource.State!;
        if (state.Locks.IsEmpty) return;
        foreach (var taken in ItemLocks.Over(state, resource.Place, resource.Request.Now)) WriteActive(xml, resource, taken);
    }

    /// <summary>One activelock of a resource, or of a collection above it.</summary>
    public static void WriteActive(XmlWriter xml, DavResource resource, ItemLock taken)
    {
        var left = (taken.Until / 1_000_000) - resource.Request.Now.ToUnixTimeSeconds();
        xml.Start(DavNames.Dav + "activelock");
        WriteKind(xml, taken.Shared ? "shared" : "exclusive");
        xml.Text(DavNames.Dav + "depth", taken.Infinite ? "infinity" : "0");
        if (taken.Owner.Length > 0) xml.WriteRaw(taken.Owner);
        xml.Text(DavNames.Dav + "timeout", string.Create(CultureInfo.InvariantCulture, $"Second-{Math.Max(0, left)}"));
        Href(xml, "locktoken", taken.Token);
        Href(xml, "lockroot", RootOf(resource, taken));
        xml.WriteEndElement();
    }

    private static string RootOf(DavResource resource, ItemLock taken)
    {
        if (taken.Place == resource.Place) return resource.Href;
        var level = taken.Place.IsRoot ? 0 : resource.State!.LevelOf(taken.Place.Parent) + 1;
        var path = resource.Request.Path with { Names = [.. resource.Names.Take(level)] };
        return level == 0 ? DavHref.Of(path) : DavHref.Of(path) + "/";
    }

    private static void WriteKind(XmlWriter xml, string scope)
    {
        xml.Start(DavNames.Dav + "lockscope");
        xml.Empty(DavNames.Dav + scope);
        xml.WriteEndElement();
        xml.Start(DavNames.Dav + "locktype");
        xml.Empty(DavNames.Dav + "write");
        xml.WriteEndElement();
    }

    private static void Href(XmlWriter xml, string name, string href)
    {
        xml.Start(DavNames.Dav + name);
        xml.Text(DavNames.Dav + "href", href);
        xml.WriteEndElement();
    }
}
