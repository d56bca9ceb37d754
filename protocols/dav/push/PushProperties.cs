using System.Xml;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Push;

/// <summary>What a collection says to clients that want to hear of its changes (draft-bitfire-webdav-push section 2.1).</summary>
internal static class PushProperties
{
    public static readonly XName ContentUpdate = DavNames.Push + "content-update";
    public static readonly XName PropertyUpdate = DavNames.Push + "property-update";
    public static readonly XName Topic = DavNames.Push + "topic";

    public static IEnumerable<LiveProperty> All() =>
    [
        new(DavNames.Push + "transports", IsPushed, (xml, one) =>
        {
            xml.Start(DavNames.Push + "web-push");
            xml.Start(DavNames.Push + "vapid-public-key");
            xml.WriteAttributeString("type", "p256ecdsa");
            xml.WriteString(one.Request.Services.Push!.PublicKey);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }),
        new(Topic, IsPushed, (xml, one) => xml.WriteString(
            one.Request.Services.Push!.TopicOf(one.Request.Login.Session.Account, one.Items!.Realm, one.Collection!.Id))),
        new(DavNames.Push + "supported-triggers", IsPushed, (xml, _) =>
        {
            WriteTrigger(xml, ContentUpdate, "1");
            WriteTrigger(xml, PropertyUpdate, "0");
        }),
    ];

    /// <summary>Calendars, address books and folders of the account's own, as they are now.</summary>
    public static bool CanSubscribe(DavRequest request, ItemStore items, CollectionState collection) =>
        request.Services.Push is not null
        && request.Guest is null
        && request.Path.Area != DavArea.Uploads
        && collection.Kind switch
        {
            CollectionKind.Folder => items.Realm == Realm.Files && !items.IsPast,
            CollectionKind.AddressBook => true,
            _ => collection.Kind.IsCalendar(),
        };

    private static bool IsPushed(DavResource resource) =>
        resource is { Collection: { } collection, Items: { } items } && CanSubscribe(resource.Request, items, collection);

    private static void WriteTrigger(XmlWriter xml, XName name, string depth)
    {
        xml.Start(name);
        xml.Text(DavNames.Dav + "depth", depth);
        xml.WriteEndElement();
    }
}
