using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Paths;

namespace CompatBot.Protocols.Dav.Sharing;

/// <summary>
/// A request's way into a calendar that another account shares: the owner's login and path, behind the URL that the member sees. All else
/// works as for the owner, with what the share's device may do.
/// </summary>
/// <param name="Owner">Opened by the share's own device.</param>
/// <param name="Path">In the owner's calendars.</param>
/// <param name="Mount">The collection that stands for it in the member's realm.</param>
internal sealed record Guest(DavLogin Owner, DavPath Path, CollectionState Mount) : IAsyncDisposable
{
    /// <summary>The way that a path leads; null: it leads to something of the account's own.</summary>
    /// <param name="path">One of the user's own paths.</param>
    /// <exception cref="DavException">404: it leads to what is not shared any more.</exception>
    public static async ValueTask<Guest?> EnterAsync(
        DavLogins logins, DavLogin user, DavPath path, string method, CancellationToken cancellation)
    {
        if (path.Area != DavArea.Calendars || path.Names.Count == 0 || await MountAsync(user, path.Names[0], cancellation) is not { } mount)
        {
            return null;
        }

        // What a member removes or describes is what stands for the calendar.
        if (path.Names.Count == 1 && method is "DELETE" or "PROPPATCH") return null;
        return await AdmitAsync(await EnterAsync(logins, path, mount, cancellation) ?? throw new DavException(404), user, method);
    }

    /// <summary>The way of who acts for another in all calendars; null: the user does not.</summary>
    /// <param name="path">Of the other account.</param>
    public static async ValueTask<Guest?> DelegateAsync(
        DavLogins logins, DavLogin user, DavPath path, string method, CancellationToken cancellation)
    {
        if (path.Area is not (DavArea.Calendars or DavArea.Principal)) return null;
        var items = await user.Session.ItemsAsync(Realm.Calendar, cancellation);
        if (items.Declined) return null;
        foreach (var (mount, shared) in SharedCalendar.All(items.Value.State))
        {
            if (!shared.IsAll || shared.Owner != path.Address) continue;
            if (await logins.JoinAsync(shared.Owner, shared.Password, cancellation) is not { } owner) continue;
            if (await SharedAsync(owner, CollectionId.Root, cancellation) is not null)
            {
                return await AdmitAsync(new Guest(owner, path, mount), user, method);
            }

            await owner.DisposeAsync();
        }

        return null;
    }

    private static async ValueTask<Guest> AdmitAsync(Guest guest, DavLogin user, string method)
    {
        if (!user.Session.Scopes.ReadOnly || method is "OPTIONS" or "GET" or "HEAD" or "PROPFIND" or "REPORT" or "SEARCH") return guest;
        await guest.DisposeAsync();
        throw new DavException(403, Xml.DavNames.NeedPrivileges); // The member's own device only reads.
    }

    /// <summary>The way into what a collection stands for; null: it is not shared any more.</summary>
    /// <param name="path">Of the collection, or below it, as the member sees it.</param>
    public static async ValueTask<Guest?> EnterAsync(
        DavLogins logins, DavPath path, CollectionState mount, CancellationToken cancellation)
    {
        if (SharedCalendar.Of(mount) is not { } shared) return null;
        if (await logins.JoinAsync(shared.Owner, shared.Password, cancellation) is not { } owner) return null;
        if (await SharedAsync(owner, shared.Calendar, cancellation) is { Kind: CollectionKind.Calendar } calendar)
        {
            var there = path with
            {
                Address = owner.Addresses[0],
                Names = [calendar.Name, .. path.Names.Skip(1)],
                Alias = new DavAlias(path.Address, mount.Name),
            };
            return new Guest(owner, there, mount);
        }

        await owner.DisposeAsync();
        return null;
    }

    public ValueTask DisposeAsync() => Owner.DisposeAsync();

    /// <summary>What a share's device may see: the owner's realm says it, and not the member's, which is in other hands.</summary>
    private static async ValueTask<CollectionState?> SharedAsync(DavLogin owner, CollectionId calendar, CancellationToken cancellation)
    {
        var items = await owner.Session.ItemsAsync(Realm.Calendar, cancellation);
        if (items.Declined || items.Value.State.Find(calendar) is not { RemovedAt: 0 } shared) return null;
        if (owner.Session.Scopes.IsMember) return calendar == CollectionId.Root ? null : shared; // It opens no other.
        var device = owner.Session.Device;
        return CalendarShare.Of(shared).Any(one => one.Device == device || one.Former == device) ? shared : null;
    }

    private static async ValueTask<CollectionState?> MountAsync(DavLogin user, string name, CancellationToken cancellation)
    {
        var items = await user.Session.ItemsAsync(Realm.Calendar, cancellation);
        if (items.Declined) return null;
        var place = new ItemPlace(CollectionId.Root, ItemNames.Fold(name));
        return items.Value.State.Collection(place) is { Kind: CollectionKind.Shared } mount ? mount : null;
    }
}
