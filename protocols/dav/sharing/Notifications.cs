using System.Globalization;
using System.Xml;
using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Sharing;

/// <summary>
/// The collection where clients of Apple look what became of shared calendars (calendarserver-sharing): an invitation, that it is over,
/// and for the owner what a member answered. A client takes away what its user saw.
/// </summary>
internal static class Notifications
{
    public static readonly System.Xml.Linq.XName Url = DavNames.CalendarServer + "notification-URL";

    public static IEnumerable<LiveProperty> All() =>
    [
        new(Url, one => one.Area == DavArea.Principal && one.Names.Count == 0 && BoxOf(one) is not null, (xml, one) =>
            xml.Text(DavNames.Dav + "href", DavHref.Root(DavArea.Calendars, one.Request.Address) + DavHref.Encode(BoxOf(one)!.Name) + "/")),
        new(DavNames.CalendarServer + "notificationtype", one => one.Item is { } item && ShareNotice.Of(item) is not null, (xml, one) =>
        {
            StartType(xml, ShareNotice.Of(one.Item!)!);
            xml.WriteEndElement();
        }),
    ];

    /// <summary>Answers a GET of one.</summary>
    public static async ValueTask SendAsync(DavRequest request, ItemState state, ItemRow row, ShareNotice notice)
    {
        request.Response.ContentType = "application/xml; charset=utf-8";
        if (HttpMethods.IsHead(request.Request.Method)) return;
        using var answer = XmlAnswer.Begin(request.Response, StatusCodes.Status200OK, DavNames.CalendarServer + "notification");
        var xml = answer.Writer;
        xml.Text(DavNames.CalendarServer + "dtstamp", Get.DateOf(row).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        StartType(xml, notice);
        if (notice.IsReply) WriteReply(xml, request, state, notice);
        else WriteInvitation(xml, request, notice);
        xml.WriteEndElement();
        await answer.EndAsync(request.Cancellation);
    }

    /// <summary>Takes an invitation away that was answered.</summary>
    public static async ValueTask RemoveAsync(DavRequest request, ItemStore items, string uid)
    {
        if (ShareNotice.PlaceOf(items.State, uid) is not { } place) return;
        var removed = await items.RemoveAsync(place, null, request.Cancellation);
        if (removed.Refusal is not (Refusal.None or Refusal.NotFound)) throw DavException.Of(removed.Refusal);
    }

    private static CollectionState? BoxOf(DavResource principal) => principal.Request.Guest is null && principal.Request.Boxes is { } state
        ? ScheduleCalendars.Find(state, CollectionKind.Notifications)
        : null;

    private static void StartType(XmlWriter xml, ShareNotice notice)
    {
        xml.Start(DavNames.CalendarServer + (notice.IsReply ? "invite-reply" : "invite-notification"));
        xml.WriteAttributeString("shared-type", "calendar");
    }

    private static void WriteInvitation(XmlWriter xml, DavRequest request, ShareNotice notice)
    {
        xml.Text(DavNames.CalendarServer + "uid", notice.Uid);
        xml.Text(DavNames.Dav + "href", "mailto:" + request.Login.Addresses[0]);
        xml.Empty(DavNames.CalendarServer + (notice.News == ShareNews.Over ? "invite-deleted" : "invite-noresponse"));
        xml.Start(DavNames.CalendarServer + "access");
        xml.Empty(DavNames.CalendarServer + (notice.MayWrite ? "read-write" : "read"));
        xml.WriteEndElement();
        WriteHost(xml, DavHref.Root(DavArea.Calendars, request.Address) + $"shared-{notice.Uid}/");
        xml.Start(DavNames.CalendarServer + "organizer");
        xml.Text(DavNames.Dav + "href", DavHref.Root(DavArea.Principal, notice.Other));
        xml.Text(DavNames.CalendarServer + "common-name", notice.Other);
        xml.WriteEndElement();
        xml.Text(DavNames.CalendarServer + "summary", notice.Title);
    }

    private static void WriteReply(XmlWriter xml, DavRequest request, ItemState state, ShareNotice notice)
    {
        xml.Text(DavNames.Dav + "href", "mailto:" + notice.Other);
        xml.Empty(DavNames.CalendarServer + (notice.News == ShareNews.Accepted ? "invite-accepted" : "invite-declined"));
        var name = state.Find(notice.Calendar) is { RemovedAt: 0 } calendar ? DavHref.Encode(calendar.Name) + "/" : "";
        WriteHost(xml, DavHref.Root(DavArea.Calendars, request.Address) + name);
        xml.Text(DavNames.CalendarServer + "in-reply-to", notice.Uid);
        xml.Text(DavNames.CalendarServer + "summary", notice.Title);
    }

    private static void WriteHost(XmlWriter xml, string href)
    {
        xml.Start(DavNames.CalendarServer + "hosturl");
        xml.Text(DavNames.Dav + "href", href);
        xml.WriteEndElement();
    }
}
