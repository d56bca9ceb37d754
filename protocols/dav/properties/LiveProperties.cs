using System.Collections.Frozen;
using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Push;
using CompatBot.Protocols.Dav.Sharing;
using CompatBot.Protocols.Dav.Subscriptions;
using CompatBot.Protocols.Dav.Xml;
using CompatBot.Protocols.Net.Http;

namespace CompatBot.Protocols.Dav.Properties;

/// <summary>A property that the server computes.</summary>
/// <param name="Has">Whether a resource has it.</param>
/// <param name="Write">Writes what is inside of its element.</param>
/// <param name="InAll">Whether allprop names it (RFC 4918 section 14.2 and later RFCs, which say no).</param>
internal sealed record LiveProperty(
    XName Name, Func<DavResource, bool> Has, Action<XmlWriter, DavResource> Write, bool InAll = false);

/// <summary>Every property that the server computes.</summary>
internal static class LiveProperties
{
    private static readonly FrozenDictionary<XName, LiveProperty> Known =
        Basic().Concat(PrincipalProperties.All()).Concat(CollectionProperties.All()).Concat(ScheduleProperties.All())
            .Concat(ShareProperties.All()).Concat(Proxies.All()).Concat(Notifications.All()).Concat(Subscribing.All())
            .Concat(PushProperties.All())
            .ToFrozenDictionary(one => one.Name);

    public static IEnumerable<LiveProperty> All => Known.Values;

    public static LiveProperty? Find(XName name) => Known.GetValueOrDefault(name);

    /// <summary>Whether a client may not set it. A name that is shown is computed only until one is set.</summary>
    public static bool IsProtected(XName name) =>
        name.NamespaceName == ItemProperties.OwnNamespace
        || (Known.ContainsKey(name) && name != DavNames.DisplayName && !ScheduleProperties.IsChosen(name));

    private static IEnumerable<LiveProperty> Basic() =>
    [
        new(DavNames.ResourceType, _ => true, WriteType, InAll: true),
        new(DavNames.DisplayName, _ => true, WriteName, InAll: true),
        new(DavNames.Dav + "creationdate", one => CreatedOf(one) is not null, (xml, one) => xml.WriteString(
            Time(CreatedOf(one)!.Value).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)), InAll: true),
        new(DavNames.Dav + "getlastmodified", one => ModifiedOf(one) is not null, (xml, one) => xml.WriteString(
            Time(ModifiedOf(one)!.Value).ToString("r", CultureInfo.InvariantCulture)), InAll: true),
        new(DavNames.Dav + "getcontentlength", one => one.Item is { } item && ShareNotice.Of(item) is null, (xml, one) =>
            xml.WriteValue(one.Item!.Size), InAll: true),
        new(DavNames.Dav + "getcontenttype", one => one.Item is not null, (xml, one) => xml.WriteString(
            one.Item!.MediaType ?? MediaTypes.Of(one.Item.Name)), InAll: true),
        new(DavNames.GetETag, one => one.Item is not null, (xml, one) => xml.WriteString(ETags.Of(one.Item!)), InAll: true),
        new(DavNames.Dav + "supportedlock", one => one.Items is not null, (xml, _) => Locks.WriteSupported(xml), InAll: true),
        new(DavNames.Dav + "lockdiscovery", one => one.Items is not null, Locks.WriteActive, InAll: true),
        new(DavNames.OwnCloud + "fileid", one => one.Items is not null, (xml, one) => xml.WriteValue(NumberOf(one))),
        new(DavNames.OwnCloud + "id", one => one.Items is not null, (xml, one) => xml.WriteValue(NumberOf(one))),
        new(DavNames.OwnCloud + "permissions", one => one.Items is not null, (xml, one) => xml.WriteString(
            one.Items!.ReadOnly ? "" : one.IsCollection ? "DNVCK" : "DNVW")),
        new(DavNames.OwnCloud + "size", one => one.Items is not null, (xml, one) => xml.WriteValue(SizeOf(one))),
        new(DavNames.OwnCloud + "checksums", one => one.Item is { } item && Get.Checksums(item).Length > 0, (xml, one) => xml.Text(
            DavNames.OwnCloud + "checksum", Get.Checksums(one.Item!))),
    ];

    private static void WriteType(XmlWriter xml, DavResource resource)
    {
        if (!resource.IsCollection) return;
        xml.Empty(DavNames.Collection);
        if (resource.Area == DavArea.Principal) xml.Empty(DavNames.Dav + "principal");
        if (resource is { Area: DavArea.Principal, Names: [var group] }) xml.Empty(DavNames.CalendarServer + group);
        if (resource.Area == DavArea.Directory)
        {
            xml.Empty(DavNames.AddressBook);
            xml.Empty(DavNames.CardDav + "directory");
        }

        switch (resource.Collection?.Kind)
        {
            case CollectionKind.Calendar: xml.Empty(DavNames.Calendar); break;
            case CollectionKind.AddressBook: xml.Empty(DavNames.AddressBook); break;
            case CollectionKind.ScheduleInbox: xml.Empty(DavNames.CalDav + "schedule-inbox"); break;
            case CollectionKind.ScheduleOutbox: xml.Empty(DavNames.CalDav + "schedule-outbox"); break;
            case CollectionKind.Subscribed:
                xml.Empty(DavNames.Calendar);
                xml.Empty(DavNames.CalendarServer + "subscribed");
                break;
            case CollectionKind.Notifications: xml.Empty(DavNames.CalendarServer + "notification"); break;
        }

        if (ShareProperties.TypeOf(resource) is { } shared) xml.Empty(DavNames.CalendarServer + shared);
    }

    private static void WriteName(XmlWriter xml, DavResource resource) => xml.Characters(NameOf(resource));

    /// <summary>What the client set, or else the name.</summary>
    public static string NameOf(DavResource resource)
    {
        if (resource.Kept.TryGetValue(DavNames.DisplayName.ToString(), out var stored)) return DeadProperties.TextOf(stored);
        if (resource.Area == DavArea.Directory) return resource.Listing?.Listing.Name ?? "Directory";
        return resource.Names.Count > 0 ? resource.Names[^1] : resource.Request.Address;
    }

    /// <summary>Octets of an item, or of all that is in and below a collection.</summary>
    public static long SizeOf(DavResource resource) =>
        resource.Item?.Size ?? resource.State!.Subtree(resource.Collection!.Id).Sum(collection => collection.Bytes);

    public static long NumberOf(DavResource resource) => (long)(resource.Item?.Id ?? resource.Collection!.Id.Value);

    /// <summary>Microseconds since 1970 UTC; null: not known.</summary>
    public static long? CreatedOf(DavResource resource) =>
        resource.Item?.Created ?? (resource.Collection is { Created: > 0 } collection ? collection.Created : null);

    /// <summary>Microseconds since 1970 UTC; null: not known.</summary>
    public static long? ModifiedOf(DavResource resource) => resource.Item?.Modified ?? CreatedOf(resource);

    private static DateTimeOffset Time(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
