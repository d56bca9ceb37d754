using System.Xml;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Sharing;

/// <summary>With whom a calendar is shared: calendarserver-sharing, and draft-pot-webdav-resource-sharing.</summary>
internal static class ShareProperties
{
    public static IEnumerable<LiveProperty> All() =>
    [
        new(DavNames.CalendarServer + "invite", IsShared, WriteApple),
        new(DavNames.CalendarServer + "allowed-sharing-modes", MayShare, (xml, _) =>
            xml.Empty(DavNames.CalendarServer + "can-be-shared")),
        new(DavNames.CalendarServer + "shared-url", one => IsGuest(one) && IsCalendar(one), (xml, one) =>
            xml.Text(DavNames.Dav + "href", OwnersHref(one))),
        new(DavNames.Dav + "invite", IsShared, WriteDraft),
        new(DavNames.Dav + "share-access", IsCalendar, (xml, one) => xml.Empty(DavNames.Dav + AccessOf(one))),
    ];

    /// <summary>What the type of a calendar says about its being shared; null: nothing.</summary>
    public static string? TypeOf(DavResource resource) =>
        !IsShared(resource) ? null : IsGuest(resource) ? "shared" : "shared-owner";

    private static bool IsCalendar(DavResource resource) => resource.Collection?.Kind == CollectionKind.Calendar;

    private static bool IsGuest(DavResource resource) => resource.Request.Path.Alias is not null;

    private static bool IsShared(DavResource resource) =>
        IsCalendar(resource) && (IsGuest(resource) || CalendarShare.Of(resource.Collection!).Count > 0);

    private static bool MayShare(DavResource resource) => IsCalendar(resource) && resource.Request.Guest is null
        && resource.Request.Services.Sharing is not null && resource.Request.Login.Session.Scopes is { Full: true, ReadOnly: false };

    private static string AccessOf(DavResource resource) =>
        TypeOf(resource) is not { } type ? "not-shared"
        : type == "shared-owner" ? type
        : resource.Items!.ReadOnly ? "read" : "read-write";

    private static string OwnersHref(DavResource resource) =>
        DavHref.Root(DavArea.Calendars, resource.Request.Address) + DavHref.Encode(resource.Collection!.Name) + "/";

    private static void WriteApple(XmlWriter xml, DavResource resource)
    {
        xml.Start(DavNames.CalendarServer + "organizer");
        xml.Text(DavNames.Dav + "href", DavHref.Root(DavArea.Principal, resource.Request.Address));
        xml.Text(DavNames.CalendarServer + "common-name", resource.Request.Address);
        xml.WriteEndElement();
        foreach (var share in CalendarShare.Of(resource.Collection!))
        {
            xml.Start(DavNames.CalendarServer + "user");
            xml.Text(DavNames.Dav + "href", "mailto:" + share.Address);
            xml.Text(DavNames.CalendarServer + "common-name", share.Name.Length > 0 ? share.Name : share.Address);
            xml.Empty(DavNames.CalendarServer + (share.HasLeft ? "invite-declined" : "invite-accepted"));
            xml.Start(DavNames.CalendarServer + "access");
            xml.Empty(DavNames.CalendarServer + (share.MayWrite ? "read-write" : "read"));
            xml.WriteEndElement();
            xml.WriteEndElement();
        }
    }

    private static void WriteDraft(XmlWriter xml, DavResource resource)
    {
        foreach (var share in CalendarShare.Of(resource.Collection!))
        {
            xml.Start(DavNames.Dav + "sharee");
            xml.Text(DavNames.Dav + "href", "mailto:" + share.Address);
            xml.Empty(DavNames.Dav + (share.HasLeft ? "invite-declined" : "invite-accepted"));
            xml.Start(DavNames.Dav + "share-access");
            xml.Empty(DavNames.Dav + (share.MayWrite ? "read-write" : "read"));
            xml.WriteEndElement();
            xml.WriteEndElement();
        }
    }
}
