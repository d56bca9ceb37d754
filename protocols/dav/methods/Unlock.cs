using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>UNLOCK: gives a lock back (RFC 4918 section 9.11).</summary>
internal static class Unlock
{
    public static async ValueTask RunAsync(DavRequest request)
    {
        if (request.Header("Lock-Token") is not { Length: > 0 } header) throw new DavException(400, null, "Lock-Token is missing");
        var token = header.Trim('<', '>'); // Windows leaves the brackets out.
        var (items, found) = await request.FindAsync();
        Refusal Guard(ItemState state) =>
            ItemLocks.Over(state, found.Place, request.Now).Any(taken => taken.Token == token) ? Refusal.None : Refusal.NotFound;
        var unlocked = await items.UnlockAsync(token, Guard, request.Cancellation);
        if (unlocked.Refusal == Refusal.NotFound) throw new DavException(409, DavNames.Dav + "lock-token-matches-request-uri");
        DavException.Unless(unlocked);
        request.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
