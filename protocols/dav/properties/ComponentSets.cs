using System.Xml;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Properties;

/// <summary>CALDAV:supported-calendar-component-set (RFC 4791 section 5.2.3).</summary>
internal static class ComponentSets
{
    public const CalendarComponents All =
        CalendarComponents.Event | CalendarComponents.Task | CalendarComponents.Journal | CalendarComponents.FreeBusy;

    public static CalendarComponents Read(XElement set)
    {
        var components = CalendarComponents.None;
        foreach (var comp in set.Elements(DavNames.CalDav + "comp")) components |= Of(comp.Attribute("name")?.Value ?? "");
        return components;
    }

    public static CalendarComponents Of(string name) => ObjectReader.ComponentOf(name);

    public static void Write(XmlWriter xml, CalendarComponents components)
    {
        foreach (var (component, name) in ObjectReader.Names)
        {
            if ((components & component) == 0) continue;
            xml.Start(DavNames.CalDav + "comp");
            xml.WriteAttributeString("name", name);
            xml.WriteEndElement();
        }
    }
}
