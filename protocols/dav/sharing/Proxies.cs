using System.Xml;
using System.Xml.Linq;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Sharing;

/// <summary>
/// Who acts for whom in all calendars (Apple's caldav-proxy): below each principal are two groups, whose members read the calendars, or
/// read and write them. A member is a share of the root of the calendars.
/// </summary>
internal static class Proxies
{
    public const string Read = "calendar-proxy-read";
    public const string Write = "calendar-proxy-write";

    public static readonly XName Members = DavNames.Dav + "group-member-set";
    public static readonly XName Memberships = DavNames.Dav + "group-membership";
    public static readonly XName ReadFor = DavNames.CalendarServer + "calendar-proxy-read-for";
    public static readonly XName WriteFor = DavNames.CalendarServer + "calendar-proxy-write-for";

    public static IEnumerable<LiveProperty> All() =>
    [
        new(Members, one => one.Area == DavArea.Principal, WriteMembers),
        new(Memberships, IsPerson, (xml, one) =>
        {
            foreach (var owner in OwnersOf(one, mayWrite: false)) xml.Text(DavNames.Dav + "href", HrefOf(owner) + Read + "/");
            foreach (var owner in OwnersOf(one, mayWrite: true)) xml.Text(DavNames.Dav + "href", HrefOf(owner) + Write + "/");
        }),
        new(ReadFor, IsPerson, (xml, one) => WriteOwners(xml, one, mayWrite: false)),
        new(WriteFor, IsPerson, (xml, one) => WriteOwners(xml, one, mayWrite: true)),
    ];

    /// <summary>PROPPATCH of a group: its members from now on.</summary>
    public static async ValueTask SetAsync(DavRequest request, XElement body)
    {
        var wanted = PropPatch.Instructions(body, DavNames.Dav + "set").FirstOrDefault(one => one.Name == Members);
        if (wanted is null || request.Guest is not null || request.Services.Sharing is not { } sharing)
        {
            throw new DavException(403, DavNames.Dav + "cannot-modify-protected-property");
        }

        var items = await request.Login.ItemsAsync(Realm.Calendar, request.Cancellation);
        var mayWrite = request.Path.Names[0] == Write;
        List<string> addresses = [.. wanted.Elements(DavNames.Dav + "href").Select(one => Invite.AddressIn(one.Value)).Distinct()];
        foreach (var share in CalendarShare.Of(items.State.Root).Where(one => one.MayWrite == mayWrite && !addresses.Contains(one.Address)))
        {
            Check(await sharing.UnshareAsync(request.Login.Session, items, CollectionId.Root, share.Address, request.Cancellation));
        }

        var known = CalendarShare.Of(items.State.Root).Where(one => one.MayWrite == mayWrite && !one.HasLeft).Select(one => one.Address);
        foreach (var address in addresses.Except(known))
        {
            Check(await sharing.ShareAsync(request.Login.Session, items, CollectionId.Root, address, mayWrite, "", request.Cancellation));
        }

        await PropPatch.AnswerAsync(request, await PropFind.TopAsync(request), [Members], [], Refusal.None);
    }

    private static void Check(Refusal refusal)
    {
        if (refusal is Refusal.NotFound or Refusal.Invalid) throw new DavException(403, null, "There is no such account here");
        if (refusal != Refusal.None) throw DavException.Of(refusal);
    }

    private static bool IsPerson(DavResource resource) => resource.Area == DavArea.Principal && resource.Names.Count == 0;

    private static void WriteMembers(XmlWriter xml, DavResource resource)
    {
        if (resource.Names is not [var group] || resource.Request.Boxes is not { } state) return;
        foreach (var share in CalendarShare.Of(state.Root).Where(one => one.MayWrite == (group == Write) && !one.HasLeft))
        {
            xml.Text(DavNames.Dav + "href", HrefOf(share.Address));
        }
    }

    private static void WriteOwners(XmlWriter xml, DavResource resource, bool mayWrite)
    {
        foreach (var owner in OwnersOf(resource, mayWrite)) xml.Text(DavNames.Dav + "href", HrefOf(owner));
    }

    private static IEnumerable<string> OwnersOf(DavResource resource, bool mayWrite) =>
        resource.Request.Guest is not null || resource.Request.Boxes is not { } state ? []
            : SharedCalendar.All(state).Where(one => one.Shared.IsAll && one.Shared.MayWrite == mayWrite).Select(one => one.Shared.Owner);

    private static string HrefOf(string address) => DavHref.Root(DavArea.Principal, address);
}
