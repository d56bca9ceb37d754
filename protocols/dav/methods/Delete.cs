using CompatBot.Protocols.Dav.Conditions;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>DELETE: an item, or a collection with all that is in it, in one step; it can be brought back.</summary>
internal static class Delete
{
    public static async ValueTask RunAsync(DavRequest request)
    {
        if (request.Path.Realm is null || request.Path.Names.Count == 0) throw new DavException(403);
        var (items, found) = await request.FindAsync();
        if (found.Collection is not null && request.Header("Depth") is { } depth and not ("infinity" or "Infinity"))
        {
            throw new DavException(400, null, $"DELETE of a collection has Depth: infinity, not {(depth.Length > 9 ? "that" : depth)}");
        }

        var conditions = new Preconditions(request, items).Touching(found.Place, Touch.Member);
        await conditions.CheckAsync();
        conditions.Unless(await items.RemoveAsync(found.Place, conditions.Guard, request.Cancellation));
        request.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
