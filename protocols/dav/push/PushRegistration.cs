using System.Globalization;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Paths;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Push;

/// <summary>/dav/push/ADDRESS/REALM-COLLECTION-ID: one subscription, which DELETE ends (draft-bitfire-webdav-push section 3.3).</summary>
internal static class PushRegistration
{
    public static Func<DavRequest, ValueTask> Find(string method) => method switch
    {
        "DELETE" => DeleteAsync,
        "OPTIONS" => Options.RunAsync,
        _ => _ => throw new DavException(405),
    };

    public static string PathOf(string address, Realm realm, CollectionId collection, string id) =>
        DavHref.Root(DavArea.Push, address) + string.Create(CultureInfo.InvariantCulture, $"{(int)realm}-{collection.Value}-{id}");

    /// <summary>What a registration's name stands for; null: it is none.</summary>
    public static (Realm Realm, CollectionId Collection, string Id)? Parse(string name)
    {
        if (name.Split('-', 3) is not [var realm, var collection, var id]) return null;
        var isNumber = byte.TryParse(realm, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        if (!isNumber || (Realm)number is not (Realm.Calendar or Realm.Contacts or Realm.Files)) return null;
        return ulong.TryParse(collection, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? ((Realm)number, new CollectionId(value), id)
            : null;
    }

    private static async ValueTask DeleteAsync(DavRequest request)
    {
        if (request.Services.Push is not { } pushes) throw new DavException(404);
        if (request.Path.Names is not [var name] || Parse(name) is not var (realm, collection, id)) throw new DavException(404);
        await request.Login.ItemsAsync(realm, request.Cancellation); // Only who may see the collection.
        var refusal = await pushes.RemoveAsync(request.Login.Session.Account, realm, collection, id, request.Cancellation);
        if (refusal != Refusal.None) throw DavException.Of(refusal);
        request.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
