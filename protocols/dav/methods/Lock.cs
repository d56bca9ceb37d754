using System.Globalization;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>LOCK: takes a lock, making an empty item where nothing is; without a body, refreshes one (RFC 4918 section 9.10).</summary>
internal static class Lock
{
    private const int OwnerCharactersMax = 1024;

    public static async ValueTask RunAsync(DavRequest request)
    {
        if (request.Path.Realm is null) throw new DavException(403);
        var body = await XmlRequest.ReadAsync(request.Request, request.Services.Limits, request.Cancellation);
        if (body is null) await RefreshAsync(request);
        else await TakeAsync(request, body);
    }

    private static async ValueTask TakeAsync(DavRequest request, XElement body)
    {
        var scope = body.Element(DavNames.Dav + "lockscope")?.Elements().FirstOrDefault()?.Name.LocalName;
        if (body.Name != DavNames.Dav + "lockinfo" || scope is not ("exclusive" or "shared"))
        {
            throw new DavException(400, null, "The body is no lockinfo");
        }

        if (body.Element(DavNames.Dav + "locktype")?.Element(DavNames.Dav + "write") is null) throw new DavException(422);
        var depth = request.Depth;
        if (depth == 1) throw new DavException(400, null, "LOCK has Depth: 0 or infinity");
        var (items, found) = await request.FindAsync(toMake: true);
        var isNew = found.IsNothing;
        if (isNew && request.Path.Area != Paths.DavArea.Files) throw new DavException(409);
        var conditions = new Preconditions(request, items);
        if (isNew) conditions.Touching(found.Place, Touch.Member);
        else conditions.Reading(found.Place);
        await conditions.CheckAsync();
        if (isNew)
        {
            using var writer = items.Write();
            var empty = DavException.Unless(await writer.CompleteAsync(null, request.Cancellation));
            var made = await items.PutAsync(found.Place, empty, conditions.Guard, request.Cancellation);
            if (made.Refusal == Refusal.NotFound) throw new DavException(409);
            conditions.Unless(made);
        }

        var owner = body.Element(DavNames.Dav + "owner") is { } given ? DeadProperties.Write(given) : "";
        var taken = new ItemLock(
            $"urn:uuid:{Guid.NewGuid()}",
            found.Place,
            scope == "shared",
            depth != 0,
            Until(request),
            owner.Length <= OwnerCharactersMax ? owner : "");
        DavException? conflict = null;
        Refusal Guard(ItemState state)
        {
            conflict = Conflict(state, taken, request.Now) ? new DavException(423, DavNames.NoConflictingLock) : null;
            return conflict is not null ? Refusal.Conflict : isNew ? Refusal.None : conditions.Guard(state);
        }

        var locked = await items.LockAsync(taken, Guard, request.Cancellation);
        if (conflict is not null) throw conflict;
        conditions.Unless(locked);
        await AnswerAsync(request, items, taken, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK, withToken: true);
    }

    private static async ValueTask RefreshAsync(DavRequest request)
    {
        var (items, found) = await request.FindAsync();
        var tokens = request.If.Tokens.ToHashSet(StringComparer.Ordinal);
        if (tokens.Count == 0) throw new DavException(400, null, "A refresh names its lock in the If header");
        var known = ItemLocks.Over(items.State, found.Place, request.Now).FirstOrDefault(taken => tokens.Contains(taken.Token))
            ?? throw new DavException(412, DavNames.Dav + "lock-token-matches-request-uri");
        var taken = known with { Until = Until(request) };
        DavException.Unless(await items.LockAsync(
            taken,
            state => state.Locks.ContainsKey(taken.Token) ? Refusal.None : Refusal.NotFound,
            request.Cancellation));
        await AnswerAsync(request, items, taken, StatusCodes.Status200OK, withToken: false);
    }

    /// <summary>Whether somebody's lock stands in the way: over the place, or for an infinite one, below it.</summary>
    private static bool Conflict(ItemState state, ItemLock wanted, DateTimeOffset now)
    {
        var others = ItemLocks.Over(state, wanted.Place, now);
        if (wanted.Infinite && state.Collection(wanted.Place) is { } collection)
        {
            others = others.Concat(ItemLocks.Below(state, collection.Id, now));
        }

        return others.Any(taken => !wanted.Shared || !taken.Shared);
    }

    private static long Until(DavRequest request)
    {
        var longest = request.Services.Limits.LockMax;
        var asked = longest;
        foreach (var wish in (request.Header("Timeout") ?? "").Split(','))
        {
            var text = wish.Trim();
            if (!text.StartsWith("Second-", StringComparison.OrdinalIgnoreCase)) continue;
            if (!long.TryParse(text.AsSpan(7), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) continue;
            asked = seconds < longest.TotalSeconds ? TimeSpan.FromSeconds(Math.Max(1, seconds)) : longest;
            break;
        }

        return (request.Now + asked - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    }

    private static async ValueTask AnswerAsync(DavRequest request, ItemStore items, ItemLock taken, int status, bool withToken)
    {
        var found = await items.FindAsync(request.Path.Names, request.Cancellation) ?? throw new DavException(404);
        if (withToken) request.Response.Headers["Lock-Token"] = $"<{taken.Token}>";
        using var answer = XmlAnswer.Begin(request.Response, status, DavNames.Prop);
        answer.Writer.Start(DavNames.Dav + "lockdiscovery");
        Locks.WriteActive(answer.Writer, DavResource.Of(request, items, found), taken);
        answer.Writer.WriteEndElement();
        await answer.EndAsync(request.Cancellation);
    }
}
