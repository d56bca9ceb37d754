using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Attachments;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Scheduling;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>PUT: new content at a place. The old content stays until the new one is whole and durable.</summary>
internal static class Put
{
    public static async ValueTask RunAsync(DavRequest request)
    {
        if (request.Path.Realm is null || request.Path.Names.Count == 0) throw new DavException(405);
        var (items, found) = await request.FindAsync(toMake: true);
        if (found.Collection is { Kind: CollectionKind.Calendar or CollectionKind.AddressBook } many)
        {
            await Import.RunAsync(request, items, many);
            return;
        }

        if (found.Collection is not null || request.Path.EndsWithSlash) throw new DavException(405);
        if (request.Request.Headers.ContentRange.Count > 0)
        {
            await PartialWrites.PutAsync(request, items, found);
            return;
        }

        if (ResumableUploads.Begins(request))
        {
            await ResumableUploads.BeginAsync(request, items, found);
            return;
        }

        var conditions = new Preconditions(request, items)
            .Touching(found.Place, found.Item is null ? Touch.Member : Touch.Change);
        await conditions.CheckAsync();
        Bodies.Admit(request);
        var parent = items.State.Find(found.Place.Parent)!;
        using var writer = items.Write();
        using var digests = Digests.Digests.OfBody(request.Request, isWhole: true);
        var facts = default(ObjectFacts);
        var kept = KeptAttachments.None;
        SchedulePlan? plan = null;
        if (request.Path.Area == DavArea.Files) await Bodies.StreamAsync(request, writer, digests);
        else facts = await Objects.TakeAsync(request, items, parent, found.Place, writer, digests, PlanAsync);
        digests.Check();
        var written = DavException.Unless(await writer.CompleteAsync(Bodies.MediaTypeOf(request), request.Cancellation));
        var isAsItCame = plan?.Calendar is null && !JsonForms.IsBody(request);
        var item = Bodies.WithTimes(request, written) with
        {
            Facts = facts,
            Checksum = isAsItCame ? digests.Kept : "",
            Attachments = kept.Attachments,
            Schedule = plan is null ? ScheduleChange.None : ScheduleChange.Change,
        };
        Refusal Guard(ItemState state) =>
            conditions.Guard(state) is var refusal and not Refusal.None ? refusal
            : plan is not null && state.Item(found.Place)?.Version != found.Item?.Version ? Refusal.Conflict
            : kept.Guard(state) is var gone and not Refusal.None ? gone
            : Objects.Guard(state, found.Place, facts);
        using var sending = await Sending.BeginAsync(request, items, plan?.Posts ?? []);
        var put = await items.PutTellingAsync(found.Place, item, sending.Kept, Guard, request.Cancellation);
        if (put.Refusal == Refusal.NotFound) throw new DavException(409);
        if (put.Refusal == Refusal.Conflict) Objects.Check(request, items.State, found.Place, facts); // Another took the UID meanwhile.
        var done = conditions.Unless(put);
        Bodies.Answer(request.Response, done, item);
        if (!isAsItCame) request.Response.Headers.Remove("ETag"); // RFC 4791 section 5.3.4.
        if (plan is null) return;
        request.Response.Headers["Schedule-Tag"] = ETags.OfSchedule(done.Row);
        await sending.SendAsync();

        async ValueTask<ReadOnlyMemory<byte>> PlanAsync(ReadOnlyMemory<byte> octets)
        {
            if (request.Path.Area != DavArea.Calendars) return octets;
            kept = await KeptAttachments.OfAsync(request, items, found.Place, found.Item, octets, isStrict: true);
            plan = await Scheduler.PlanAsync(request, items, found.Item, octets);
            return plan?.Calendar is { } calendar ? Scheduler.Octets(calendar) : octets;
        }
    }
}
