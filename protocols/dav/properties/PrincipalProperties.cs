using System.Xml;
using System.Xml.Linq;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Properties;

/// <summary>Who the client is, and where its things are (RFC 3744, 4791, 5397, 6352).</summary>
internal static class PrincipalProperties
{
    public static IEnumerable<LiveProperty> All() =>
    [
        new(DavNames.Dav + "current-user-principal", _ => true, (xml, one) =>
            xml.Text(DavNames.Dav + "href", DavHref.Root(DavArea.Principal, one.Request.UserAddress))),
        Href(DavNames.Dav + "owner", one => one.Items is not null, DavArea.Principal),
        Href(DavNames.Dav + "principal-URL", IsPrincipal, DavArea.Principal),
        Href(DavNames.CalDav + "calendar-home-set", IsPrincipal, DavArea.Calendars),
        Href(DavNames.CardDav + "addressbook-home-set", IsPrincipal, DavArea.AddressBooks),
        new(DavNames.CardDav + "directory-gateway", one => IsPrincipal(one) && one.Request.Services.Listings is not null, (xml, one) =>
            xml.Text(DavNames.Dav + "href", DavHref.Root(DavArea.Directory, ""))),
        new(DavNames.Dav + "principal-collection-set", _ => true, (xml, _) => xml.Text(DavNames.Dav + "href", "/dav/principals/")),
        new(DavNames.CalDav + "calendar-user-address-set", IsPrincipal, WriteAddresses),
        new(DavNames.CalendarServer + "email-address-set", IsPrincipal, (xml, one) =>
        {
            foreach (var address in AddressesOf(one)) xml.Text(DavNames.CalendarServer + "email-address", address);
        }),
        new(DavNames.Dav + "alternate-URI-set", IsPrincipal, (_, _) => { }),
        new(DavNames.Dav + "current-user-privilege-set", HasPrivileges, WritePrivileges),
    ];

    private static bool IsPrincipal(DavResource resource) => resource.Area == DavArea.Principal && resource.Names.Count == 0;

    private static bool HasPrivileges(DavResource resource) =>
        resource.Items is not null || resource.Area == DavArea.Directory || IsPrincipal(resource);

    private static LiveProperty Href(XName name, Func<DavResource, bool> has, DavArea area) => new(
        name, has, (xml, one) => xml.Text(DavNames.Dav + "href", DavHref.Root(area, one.Request.Address)));

    /// <summary>All of the account that is open; of another that was named, that name.</summary>
    private static IReadOnlyList<string> AddressesOf(DavResource resource) =>
        resource.Request is { Login.Addresses: var all, Address: var named } && all.Contains(named) ? all : [resource.Request.Address];

    private static void WriteAddresses(XmlWriter xml, DavResource resource)
    {
        foreach (var address in AddressesOf(resource)) xml.Text(DavNames.Dav + "href", "mailto:" + address);
        xml.Text(DavNames.Dav + "href", DavHref.Root(DavArea.Principal, resource.Request.Address));
    }

    private static void WritePrivileges(XmlWriter xml, DavResource resource)
    {
        var readOnly = (resource.Items?.ReadOnly ?? true) || resource.IsComputed;
        string[] privileges = readOnly
            ? ["read", "read-current-user-privilege-set"]
            : [.. resource.Request.Guest is null ? (string[])["all"] : [], "read", "write", "write-properties", "write-content", "bind",
                "unbind", "unlock", "read-current-user-privilege-set"];
        foreach (var privilege in privileges)
        {
            xml.Start(DavNames.Dav + "privilege");
            xml.Empty(DavNames.Dav + privilege);
            xml.WriteEndElement();
        }

        string[] scheduling = (readOnly, resource.Collection?.Kind) switch
        {
            (_, Core.Items.CollectionKind.ScheduleInbox) => ["schedule-deliver", "schedule-deliver-invite", "schedule-deliver-reply"],
            (false, Core.Items.CollectionKind.ScheduleOutbox) =>
                ["schedule-send", "schedule-send-invite", "schedule-send-reply", "schedule-send-freebusy"],
            _ => [],
        };
        foreach (var privilege in scheduling)
        {
            xml.Start(DavNames.Dav + "privilege");
            xml.Empty(DavNames.CalDav + privilege);
            xml.WriteEndElement();
        }
    }
}
