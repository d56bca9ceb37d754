using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Paths;

namespace CompatBot.Protocols.Dav.Push;

/// <summary>
/// Push-Dont-Notify (draft-bitfire-webdav-push section 4.2): a client need not hear of what it changes itself. Where somebody else changes
/// the collection at the same moment, it is told all the same.
/// </summary>
internal static class PushDontNotify
{
    private const string Field = "Push-Dont-Notify";

    public static async ValueTask RunAsync(DavRequest request, Func<DavRequest, ValueTask> run)
    {
        if (await BeforeAsync(request) is not var (items, state, collection, place))
        {
            await run(request);
            return;
        }

        await run(request);
        if (request.Response.StatusCode is < 200 or > 299) return;
        var mine = Mine(request.Header(Field)!, items.Realm, collection.Id);
        var account = request.Login.Session.Account;
        await request.Services.Push!.QuietAsync(account, items.Realm, (state, collection), place, mine, request.Cancellation);
    }

    /// <summary>The collection that is about to change, in one item; null: the request is none that is kept quiet.</summary>
    private static async ValueTask<(ItemStore Items, ItemState State, CollectionState Collection, ItemPlace Place)?> BeforeAsync(
        DavRequest request)
    {
        var isMeant = request.Services.Push is not null && request.Header(Field) is not null
            && request.Request.Method is "PUT" or "PATCH" or "DELETE";
        if (!isMeant || request.Path.Area is not (DavArea.Calendars or DavArea.AddressBooks or DavArea.Files)) return null;
        if (request.Path.Names.Count == 0) return null;
        var items = await request.ItemsAsync();
        if (await items.FindAsync(request.Path.Names, request.Cancellation) is not { Collection: null } found) return null;
        if (await items.OpenAsync(found.Place.Parent, request.Cancellation) is null) return null;
        var state = items.State;
        return state.Find(found.Place.Parent) is { Table: not null } collection ? (items, state, collection, found.Place) : null;
    }

    /// <summary>Whether a subscription, by its id, is among those that the field names: "*", or quoted URLs.</summary>
    private static Func<string, bool> Mine(string field, Realm realm, CollectionId collection)
    {
        if (field == "*") return _ => true;
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var url in field.Split(',').Select(one => one.Trim().Trim('"')))
        {
            var name = url[(url.LastIndexOf('/') + 1)..];
            if (PushRegistration.Parse(name) is var (where, which, id) && where == realm && which == collection) named.Add(id);
        }

        return named.Contains;
    }
}
