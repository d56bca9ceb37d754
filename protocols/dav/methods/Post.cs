using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Attachments;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Push;
using CompatBot.Protocols.Dav.Sharing;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>
/// POST: a new member of a calendar or an address book, whose name the server chooses (RFC 5995), or many; when others are busy; and with
/// whom a calendar is shared, or who wants to hear of changes. To a calendar object: its attachments.
/// </summary>
internal static class Post
{
    public static async ValueTask RunAsync(DavRequest request)
    {
        if (request.Path.Realm is null) throw new DavException(405);
        var (items, found) = await request.FindAsync();
        if (found.Collection?.Kind == CollectionKind.ScheduleOutbox && request.Services.Schedules is not null)
        {
            await Scheduling.Outbox.RunAsync(request);
            return;
        }

        if (request.Path.Area == DavArea.Calendars && AttachmentWish.IsMeant(request.Request))
        {
            await AttachmentPost.RunAsync(request, items, found);
            return;
        }

        if (XmlRequest.IsMeant(request.Request) && found.Collection is not null)
        {
            var body = await XmlRequest.ReadAsync(request.Request, request.Services.Limits, request.Cancellation);
            if (PushRegister.IsMeant(body)) await PushRegister.RunAsync(request, items, found.Collection, body);
            else if (request.Path.Area == DavArea.Calendars) await Invite.RunAsync(request, items, found, body);
            else throw new DavException(found.Collection.Kind == CollectionKind.AddressBook ? 415 : 405);
            return;
        }

        if (found.Collection is not { Kind: CollectionKind.Calendar or CollectionKind.AddressBook } many) throw new DavException(405);
        await Import.RunAsync(request, items, many);
    }
}
