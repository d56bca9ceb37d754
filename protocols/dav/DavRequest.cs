using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Sharing;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav;

/// <summary>One request of a client that logged in, with what its headers say in WebDAV's terms.</summary>
internal sealed class DavRequest(HttpContext http, DavServices services, DavLogin login, DavPath path, CancellationToken cancellation)
{
    private IfHeader? _if;

    /// <summary>How much room the account has; null until somebody asked for it.</summary>
    public (long Used, long? Available)? Room { get; private set; }

    /// <summary>The calendar realm, for its scheduling inbox and outbox; null until somebody asked for it.</summary>
    public ItemState? Boxes { get; private set; }

    public HttpContext Http => http;

    public HttpRequest Request => http.Request;

    public HttpResponse Response => http.Response;

    public DavServices Services => services;

    /// <summary>Of the account whose things the path names.</summary>
    public DavLogin Login => login;

    /// <summary>Who asks: another, where a calendar is shared.</summary>
    public required DavLogin User { get; init; }

    public required DavLogins Logins { get; init; }

    /// <summary>The way that the request took into another account's calendar; null: it stays in its own.</summary>
    public Guest? Guest { get; init; }

    public DavPath Path => path;

    public CancellationToken Cancellation => cancellation;

    /// <summary>Of who asks, as clients name it.</summary>
    public string UserAddress => User.Addresses.Contains(Address) ? Address : path.Alias?.Address ?? User.Addresses[0];

    /// <summary>Of the account whose things the path names, as clients name it.</summary>
    public string Address => path.Address.Length > 0 ? path.Address : login.Addresses[0];

    public DateTimeOffset Now => services.Time.GetUtcNow();

    /// <summary>0, 1, or <see cref="int.MaxValue"/>; infinity when the client says nothing (RFC 4918 section 10.2).</summary>
    public int Depth => Header("Depth") switch
    {
        "0" => 0,
        "1" => 1,
        null => int.MaxValue,
        { } text when text.Equals("infinity", StringComparison.OrdinalIgnoreCase) => int.MaxValue,
        _ => throw new DavException(400, null, "Depth is 0, 1 or infinity"),
    };

    /// <summary>Whether the client wants no more than it needs (RFC 8144, and Apple's older Brief).</summary>
    public bool IsMinimal =>
        (Header("Prefer")?.Contains("return=minimal", StringComparison.OrdinalIgnoreCase) ?? false)
        || "t".Equals(Header("Brief"), StringComparison.OrdinalIgnoreCase);

    public bool Overwrite => Header("Overwrite") switch
    {
        null or "T" or "t" => true,
        "F" or "f" => false,
        _ => throw new DavException(400, null, "Overwrite is T or F"),
    };

    /// <summary>The lists of the If header (RFC 4918 section 10.4).</summary>
    public IfHeader If => _if ??= IfHeader.Parse(Header("If")) ?? throw new DavException(400, null, "The If header does not read");

    /// <summary>The same request as one for another path.</summary>
    public DavRequest At(DavPath other) => new(http, services, login, other, cancellation) { User = User, Logins = Logins, Guest = Guest };

    /// <summary>The same request as one of the user for another path, whether or not that is one of the user's own.</summary>
    public DavRequest OfUser(DavPath other) => new(http, services, User, other, cancellation) { User = User, Logins = Logins };

    /// <summary>The same request as one that took a way into another account's calendar.</summary>
    public DavRequest At(Guest guest) =>
        new(http, services, guest.Owner, guest.Path, cancellation) { User = User, Logins = Logins, Guest = guest };

    /// <summary>
    /// The path of a URL in a header or a body. Who is in a shared calendar can name what is in it, and nothing else.
    /// </summary>
    /// <param name="elsewhere">It names another host.</param>
    public DavPath? PathOf(string url, out bool elsewhere)
    {
        var named = DavPath.OfUrl(url, Request.Host.Value ?? "", out elsewhere);
        if (named is null || path.Alias is not { } alias) return named;
        var isInside = named.Area == path.Area && named.Address == alias.Address && named.Names.Count > 0
            && ItemNames.Fold(named.Names[0]) == alias.Name;
        return isInside
            ? path with { Names = [path.Names[0], .. named.Names.Skip(1)], EndsWithSlash = named.EndsWithSlash }
            : named with { Area = DavArea.Nowhere };
    }

    /// <summary>The same request, which is given up for another reason.</summary>
    public DavRequest Until(CancellationToken other) =>
        new(http, services, login, path, other) { User = User, Logins = Logins, Guest = Guest };

    public string? Header(string name) => Request.Headers.TryGetValue(name, out var values) ? values.ToString().Trim() : null;

    /// <summary>The items of the path's realm.</summary>
    public async ValueTask<ItemStore> ItemsAsync()
    {
        var items = await login.ItemsAsync(path.Realm ?? throw new DavException(404), cancellation);
        if (path.Realm == Core.Store.Realm.Calendar)
        {
            await Scheduling.Sending.ResumeAsync(services, login.Session.Account, items, cancellation);
        }

        return items;
    }

    /// <summary>Nothing is made or changed below .history.</summary>
    public static DavException Past() => new(403, Xml.DavNames.NeedPrivileges);

    /// <summary>What is at the path, which may lead into the past: then the store that comes with it is of that moment.</summary>
    /// <exception cref="DavException">404, or 409 where a collection on the way is missing and something is to be made.</exception>
    public async ValueTask<(ItemStore Items, Found Found)> FindAsync(bool toMake = false)
    {
        var items = await ItemsAsync();
        Found? found;
        if (path.Area == DavArea.Uploads) found = await items.FindAsync(CollectionId.Uploads, path.Names, cancellation);
        else if (toMake && await items.IsPastAsync(path.Names, cancellation)) throw Past();
        else (items, found) = await items.LookAsync(path.Names, cancellation);
        if (found is null) throw new DavException(toMake ? 409 : 404);
        return found.IsNothing && !toMake ? throw new DavException(404) : (items, found);
    }

    /// <summary>Looks up how much room the account has (RFC 4331).</summary>
    public async ValueTask MeasureAsync() =>
        Room = await services.Quotas.RoomAsync(services.Accounts, login.Addresses[0], cancellation);

    /// <summary>Looks up where the account's scheduling inbox and outbox are, if its device may see them.</summary>
    public async ValueTask OpenBoxesAsync()
    {
        var items = await login.Session.ItemsAsync(Core.Store.Realm.Calendar, cancellation);
        Boxes = items.Declined ? null : items.Value.State;
    }

    /// <summary>Where COPY and MOVE go to.</summary>
    public DavPath Destination()
    {
        var header = Header("Destination") ?? throw new DavException(400, null, "Destination is missing");
        var target = PathOf(header, out var elsewhere);
        if (elsewhere) throw new DavException(502, null, "The destination is on another server");
        return target ?? throw new DavException(400, null, "The destination is no path");
    }
}
