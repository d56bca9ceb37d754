using CompatBot.Core.Calendar;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Scheduling;
using CompatBot.Protocols.Dav.Sharing;
using CompatBot.Protocols.Dav.Subscriptions;
using CompatBot.Protocols.Dav.Xml;
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

        Subscribing.Protect(items.State, found.Place);
        if (found.Collection?.Kind.IsFixed() == true)
        {
            throw new DavException(403, DavNames.NeedPrivileges);
        }

        if (found.Collection is { Kind: CollectionKind.Calendar } calendar && ScheduleCalendars.IsNeeded(items.State, calendar))
        {
            throw new DavException(403, DavNames.CalDav + "default-calendar-needed");
        }

        var conditions = new Preconditions(request, items).Touching(found.Place, Touch.Member);
        await conditions.CheckAsync();
        var plans = await PlansAsync(request, items, found);
        using var sending = await Sending.BeginAsync(request, items, plans.SelectMany(plan => plan.Posts));
        var removed = await items.RemoveTellingAsync(found.Place, sending.Kept, conditions.Guard, request.Cancellation);
        if (sending.Kept is not null && removed.Refusal is Refusal.OverQuota or Refusal.StoreFull)
        {
            // Where there is no room for what has to be sent, it is sent all the same: removing is what makes room.
            removed = await items.RemoveAsync(found.Place, conditions.Guard, request.Cancellation);
        }

        conditions.Unless(removed);
        request.Response.StatusCode = StatusCodes.Status204NoContent;
        await sending.SendAsync();
        if (found.Collection is not { } gone || request.Services.Sharing is not { } sharing) return;
        await sharing.EndAsync(request.Login.Session.Account, CalendarShare.Of(gone), CancellationToken.None);
        if (gone.Kind == CollectionKind.Shared) await Invite.TellAsync(request, sharing, gone);
    }

    /// <summary>Who has to hear that events are gone (RFC 6638 section 3.2).</summary>
    private static async ValueTask<List<SchedulePlan>> PlansAsync(DavRequest request, ItemStore items, Found found)
    {
        List<SchedulePlan> plans = [];
        if (request.Path.Area != DavArea.Calendars) return plans;
        IEnumerable<ItemRow> rows = found.Item is { } item ? [item] : [];
        if (found.Collection is { } collection) rows = (await items.OpenAsync(collection.Id, request.Cancellation))?.Items.Rows ?? [];
        foreach (var row in rows)
        {
            if (await Scheduler.PlanRemovalAsync(request, items, row) is { } plan) plans.Add(plan);
        }

        return plans;
    }
}
