using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>COPY and MOVE, by reference and in one step, whatever the size (RFC 4918 sections 9.8 and 9.9).</summary>
internal static class Transferring
{
    public static async ValueTask RunAsync(DavRequest request, bool move)
    {
        if (request.Path.Realm is null || request.Path.Names.Count == 0) throw new DavException(403);
        var target = request.Destination();
        var isNear = target.Area == request.Path.Area && target.Address == request.Path.Address;
        if (!isNear) throw new DavException(403, null, "Not from one kind of thing to another");
        if (target.Names.Count == 0) throw new DavException(403);
        var (items, source) = await request.FindAsync();
        var newest = await request.ItemsAsync();
        if (await newest.IsPastAsync(target.Names, request.Cancellation)) throw DavRequest.Past();
        if (await newest.IsPastAsync(request.Path.Names, request.Cancellation))
        {
            if (move) throw DavRequest.Past();
            await BringBackAsync(request, newest, items, source, target);
            return;
        }

        var place = (await items.FindAsync(target.Names, request.Cancellation) ?? throw new DavException(409)).Place;
        var shallow = !move && request.Depth == 0;
        if (move && source.Collection is not null && request.Depth == 0) throw new DavException(400, null, "MOVE has Depth: infinity");
        Objects.CheckTransfer(items.State, source, place, move);
        var conditions = new Preconditions(request, items);
        if (move) conditions.Touching(source.Place, Touch.Member);
        else conditions.Reading(source.Place);
        conditions.Touching(place, Touch.Member);
        await conditions.CheckAsync();
        var how = new Transfer(move, request.Overwrite, shallow);
        var done = await items.TransferAsync(source.Place, place, how, conditions.Guard, request.Cancellation);
        if (done.Refusal == Refusal.AlreadyExists) throw new DavException(412);
        request.Response.StatusCode = conditions.Unless(done) ? StatusCodes.Status201Created : StatusCodes.Status204NoContent;
    }

    /// <summary>COPY out of the past.</summary>
    private static async ValueTask BringBackAsync(DavRequest request, ItemStore newest, ItemStore past, Found source, DavPath target)
    {
        if (source.Collection is not null && request.Depth == 0) throw new DavException(400, null, "A folder is brought back whole");
        var place = (await newest.FindAsync(target.Names, request.Cancellation) ?? throw new DavException(409)).Place;
        var conditions = new Preconditions(request, newest).Touching(place, Touch.Member);
        await conditions.CheckAsync();
        var done = await newest.RestoreAsync(past, source, place, request.Overwrite, conditions.Guard, request.Cancellation);
        if (done.Refusal == Refusal.AlreadyExists) throw new DavException(412);
        request.Response.StatusCode = conditions.Unless(done) ? StatusCodes.Status201Created : StatusCodes.Status204NoContent;
    }
}
