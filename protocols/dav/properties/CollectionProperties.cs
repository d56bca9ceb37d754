using System.Xml;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Properties;

/// <summary>What a collection says of itself: its changes, its reports, what it takes, what room there is.</summary>
internal static class CollectionProperties
{
    public static readonly XName Available = DavNames.Dav + "quota-available-bytes";
    public static readonly XName Used = DavNames.Dav + "quota-used-bytes";

    public static IEnumerable<LiveProperty> All() =>
    [
        new(DavNames.Dav + "sync-token", IsCollection, (xml, one) => xml.WriteString(SyncToken.Of(one))),
        new(DavNames.CalendarServer + "getctag", IsCollection, (xml, one) => xml.WriteString(SyncToken.Of(one))),
        new(DavNames.Dav + "supported-report-set", one => one.Items is not null || one.IsCollection, WriteReports),
        new(DavNames.Dav + "supported-query-grammar-set", one => one.Area == Paths.DavArea.Files && IsCollection(one), (xml, _) =>
        {
            xml.Start(DavNames.Dav + "supported-query-grammar");
            xml.Start(DavNames.Dav + "grammar");
            xml.Empty(DavNames.Dav + "basicsearch");
            xml.WriteEndElement();
            xml.WriteEndElement();
        }),
        new(DavNames.CalDav + "timezone-service-set", one => one.Area == Paths.DavArea.Calendars && one.IsHome, (xml, _) =>
            xml.Text(DavNames.Dav + "href", Timezones.ZoneService.Root)),
        new(Available, one => one.Request.Room?.Available is not null && IsCollection(one), (xml, one) =>
            xml.WriteValue(one.Request.Room!.Value.Available!.Value)),
        new(Used, one => one.Request.Room is not null && IsCollection(one), (xml, one) => xml.WriteValue(one.Request.Room!.Value.Used)),
        new(DavNames.Dav + "add-member", Holds, (xml, one) => xml.Text(DavNames.Dav + "href", one.Href)),
        new(DavNames.ComponentSet, IsCalendar, (xml, one) => ComponentSets.Write(xml, one.Collection!.Components)),
        new(DavNames.CalDav + "supported-calendar-data", IsCalendar, (xml, _) =>
        {
            WriteData(xml, DavNames.CalendarData, "text/calendar", "2.0");
            WriteData(xml, DavNames.CalendarData, JsonForms.Calendar, "2.0");
        }),
        new(DavNames.CalDav + "max-resource-size", IsCalendar, WriteSize),
        new(DavNames.CalDav + "max-attachment-size", Is(CollectionKind.Calendar), (xml, one) =>
            xml.WriteValue(one.Request.Services.Limits.AttachmentBytesMax)),
        new(DavNames.CalDav + "max-attachments-per-resource", Is(CollectionKind.Calendar), (xml, one) =>
            xml.WriteValue(one.Request.Services.Limits.AttachmentsMax)),
        new(DavNames.CalDav + "managed-attachments-server-URL", one => one.Area == Paths.DavArea.Calendars && one.IsHome, (xml, one) =>
            xml.Text(DavNames.Dav + "href", $"{one.Request.Request.Scheme}://{one.Request.Request.Host.Value}")),
        new(DavNames.CalDav + "supported-collation-set", IsCalendar, (xml, _) => WriteCollations(xml, DavNames.CalDav)),
        new(DavNames.CardDav + "supported-address-data", Is(CollectionKind.AddressBook), (xml, _) =>
        {
            WriteData(xml, DavNames.CardDav + "address-data-type", "text/vcard", "3.0");
            WriteData(xml, DavNames.CardDav + "address-data-type", "text/vcard", "4.0");
            WriteData(xml, DavNames.CardDav + "address-data-type", JsonForms.Card, "4.0");
        }),
        new(DavNames.CardDav + "max-resource-size", Is(CollectionKind.AddressBook), WriteSize),
        new(DavNames.CardDav + "supported-collation-set", Is(CollectionKind.AddressBook), (xml, _) =>
            WriteCollations(xml, DavNames.CardDav)),
    ];

    private static bool IsCollection(DavResource resource) => resource.Collection is not null;

    private static bool Holds(DavResource resource) =>
        resource.Collection?.Kind is CollectionKind.Calendar or CollectionKind.AddressBook;

    private static bool IsCalendar(DavResource resource) => resource.Collection?.Kind.IsCalendar() == true;

    private static Func<DavResource, bool> Is(CollectionKind kind) => one => one.Collection?.Kind == kind;

    private static void WriteReports(XmlWriter xml, DavResource resource)
    {
        foreach (var name in Report.NamesOf(resource))
        {
            xml.Start(DavNames.Dav + "supported-report");
            xml.Start(DavNames.Dav + "report");
            xml.Empty(name);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }
    }

    private static void WriteData(XmlWriter xml, XName name, string type, string version)
    {
        xml.Start(name);
        xml.WriteAttributeString("content-type", type);
        xml.WriteAttributeString("version", version);
        xml.WriteEndElement();
    }

    private static void WriteSize(XmlWriter xml, DavResource resource) => xml.WriteValue(resource.Request.Services.Limits.ObjectBytesMax);

    private static void WriteCollations(XmlWriter xml, XNamespace space)
    {
        foreach (var collation in (string[])["i;ascii-casemap", "i;unicode-casemap", "i;octet"])
        {
            xml.Text(space + "supported-collation", collation);
        }
    }
}
