using System.Xml.Linq;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Sharing;

/// <summary>
/// POST of XML to a calendar: with whom it is shared, in the words of Apple (calendarserver-sharing: CS:share) or of the WebDAV draft
/// (draft-pot-webdav-resource-sharing: DAV:share-resource); and to the home of calendars: a member's answer (CS:invite-reply). What is
/// shared with an account is in its home at once; the answer takes it out, or says where it is, and the owner is told.
/// </summary>
internal static class Invite
{
    private static readonly XName Share = DavNames.CalendarServer + "share";
    private static readonly XName ShareResource = DavNames.Dav + "share-resource";
    private static readonly XName Reply = DavNames.CalendarServer + "invite-reply";

    public static async ValueTask RunAsync(DavRequest request, ItemStore items, Found found, XElement? body)
    {
        if (request.Services.Sharing is not { } sharing || body is null) throw new DavException(400, null, "The body is no invitation");
        if (body.Name == Reply && found.Place.IsRoot) await AnswerAsync(request, sharing, items, body);
        else if ((body.Name == Share || body.Name == ShareResource) && found.Collection is { Kind: CollectionKind.Calendar } calendar)
        {
            await ShareAsync(request, sharing, items, calendar, body);
        }
        else
        {
            throw new DavException(403, null, "That is not shared here");
        }
    }

    private static async ValueTask ShareAsync(
        DavRequest request, CalendarSharing sharing, ItemStore items, CollectionState calendar, XElement body)
    {
        if (request.Guest is not null || items.ReadOnly) throw new DavException(403, DavNames.NeedPrivileges);
        var wishes = (body.Name == Share ? OfApple(body) : OfDraft(body)).ToList();
        if (wishes.Count == 0) throw new DavException(400, null, "The invitation names nobody");
        foreach (var (address, mayWrite, name) in wishes)
        {
            var refusal = mayWrite is { } write
                ? await sharing.ShareAsync(request.Login.Session, items, calendar.Id, address, write, name, request.Cancellation)
                : await sharing.UnshareAsync(request.Login.Session, items, calendar.Id, address, request.Cancellation);
            if (refusal is Refusal.NotFound or Refusal.Invalid && mayWrite is not null)
            {
                throw new DavException(403, null, "Calendars are shared with other accounts of this server");
            }

            if (refusal is not (Refusal.None or Refusal.NotFound)) throw DavException.Of(refusal);
        }
    }

    private static async ValueTask AnswerAsync(DavRequest request, CalendarSharing sharing, ItemStore items, XElement body)
    {
        var uid = body.Element(DavNames.CalendarServer + "in-reply-to")?.Value.Trim();
        var mount = SharedCalendar.All(items.State).FirstOrDefault(one => one.Shared.Uid == uid).Mount ?? throw new DavException(404);
        if (body.Element(DavNames.CalendarServer + "invite-declined") is not null)
        {
            await LeaveAsync(request, sharing, items, mount);
            await Notifications.RemoveAsync(request, items, uid!);
            return;
        }

        Bodies.Demand(await sharing.AcceptAsync(SharedCalendar.Of(mount)!, request.Cancellation));
        await Notifications.RemoveAsync(request, items, uid!);
        using var answer = XmlAnswer.Begin(request.Response, 200, DavNames.CalendarServer + "shared-as");
        answer.Writer.Text(DavNames.Dav + "href", DavHref.Root(DavArea.Calendars, request.Address) + DavHref.Encode(mount.Name) + "/");
        await answer.EndAsync(request.Cancellation);
    }

    /// <summary>A member lets a calendar go.</summary>
    private static async ValueTask LeaveAsync(DavRequest request, CalendarSharing sharing, ItemStore items, CollectionState mount)
    {
        var removed = await items.RemoveAsync(new ItemPlace(mount.Parent, mount.Name), null, request.Cancellation);
        if (removed.Declined) throw DavException.Of(removed.Refusal);
        await TellAsync(request, sharing, mount);
    }

    /// <summary>Tells the owner that a member let a calendar go.</summary>
    public static async ValueTask TellAsync(DavRequest request, CalendarSharing sharing, CollectionState mount)
    {
        if (SharedCalendar.Of(mount) is not { } shared) return;
        await using var guest = await Guest.EnterAsync(request.Logins, request.Path, mount, request.Cancellation);
        await sharing.LeaveAsync(shared, guest?.Owner.Session, CancellationToken.None);
    }

    private static IEnumerable<(string Address, bool? MayWrite, string Name)> OfApple(XElement body)
    {
        foreach (var one in body.Elements())
        {
            var address = AddressIn(one.Element(DavNames.Dav + "href")?.Value ?? "");
            var name = one.Element(DavNames.CalendarServer + "common-name")?.Value.Trim() ?? "";
            if (one.Name == DavNames.CalendarServer + "remove") yield return (address, null, name);
            if (one.Name != DavNames.CalendarServer + "set") continue;
            yield return (address, one.Element(DavNames.CalendarServer + "read-write") is not null, name);
        }
    }

    private static IEnumerable<(string Address, bool? MayWrite, string Name)> OfDraft(XElement body)
    {
        foreach (var one in body.Elements(DavNames.Dav + "sharee"))
        {
            var access = one.Element(DavNames.Dav + "share-access");
            bool? mayWrite = access?.Element(DavNames.Dav + "no-access") is not null ? null
                : access?.Element(DavNames.Dav + "read-write") is not null;
            var name = one.Element(DavNames.Prop)?.Element(DavNames.DisplayName)?.Value.Trim() ?? "";
            yield return (AddressIn(one.Element(DavNames.Dav + "href")?.Value ?? ""), mayWrite, name);
        }
    }

    /// <summary>The address that a mailto: URI or a principal's path names.</summary>
    public static string AddressIn(string href) =>
        DavPath.Parse(href.Trim()) is { Area: DavArea.Principal } path ? path.Address : CalendarUser.Of(href);
}
