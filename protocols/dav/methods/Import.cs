using System.Globalization;
using System.Text;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vcard;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Attachments;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>
/// PUT or POST of a .ics or .vcf to a collection: its objects are added to those that are there, in the place of those with the same
/// UID, all in one step. Nothing is removed.
/// </summary>
internal static class Import
{
    public static async ValueTask RunAsync(DavRequest request, ItemStore items, CollectionState collection)
    {
        var isCalendar = collection.Kind == CollectionKind.Calendar;
        var place = new ItemPlace(collection.Parent, collection.Name);
        var conditions = new Preconditions(request, items).Touching(place, Touch.Change);
        await conditions.CheckAsync();
        var most = request.Services.Limits.ImportBytesMax;
        var limits = request.Services.Limits;
        if (request.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body) body.MaxRequestBodySize = most + 1L;
        var objects = Split(request, await Objects.ReadAsync(request, isCalendar, most), isCalendar);
        var opened = await items.OpenAsync(collection.Id, request.Cancellation) ?? throw new DavException(404);
        var wanted = new List<(string Name, NewItem Item)>();
        var known = NamesOf(opened);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var sources = new List<(ItemPlace Place, ItemRow Row)>();
        var same = 0;
        string? only = null;
        foreach (var octets in objects)
        {
            if (octets.Length > limits.ObjectBytesMax) throw new DavException(403, Space(isCalendar) + "max-resource-size");
            var facts = Objects.FactsOf(octets.Span, collection);
            var uid = facts.Uid ?? throw new DavException(403, Space(isCalendar) + "valid-calendar-object-resource");
            if (!taken.Add(uid)) throw new DavException(409, Space(isCalendar) + "no-uid-conflict");
            only = known.GetValueOrDefault(uid) ?? ItemNames.FreeName(opened, uid, isCalendar ? ".ics" : ".vcf");
            using var writer = items.Write();
            if (await writer.WriteAsync(octets, request.Cancellation) is var refusal and not Refusal.None) throw DavException.Of(refusal);
            var item = DavException.Unless(await writer.CompleteAsync(MediaType(isCalendar), request.Cancellation));
            var there = opened.Items.Find(only);
            var kept = isCalendar
                ? await KeptAttachments.OfAsync(request, items, new ItemPlace(collection.Id, only), there, octets, isStrict: false)
                : KeptAttachments.None;
            sources.AddRange(kept.Sources);
            var written = item with { Facts = facts, Attachments = kept.Attachments };
            if (there is not null && there.Digest.Span.SequenceEqual(written.Digest.Span)) same++;
            else wanted.Add((only, written));
        }

        var put = conditions.Unless(await items.PutAllAsync(collection.Id, wanted, Guard, request.Cancellation));
        await AnswerAsync(request, put, same, objects.Count == 1 ? only : null);

        Refusal Guard(ItemState state)
        {
            if (conditions.Guard(state) is var refusal and not Refusal.None) return refusal;
            if (!sources.TrueForAll(one => state.Has(one.Place, one.Row))) return Refusal.Conflict;
            if (state.Find(collection.Id) is not { RemovedAt: 0 } now) return Refusal.NotFound;
            var names = NamesOf(now);
            var fits = wanted.TrueForAll(one => names.GetValueOrDefault(one.Item.Facts.Uid!, one.Name) == one.Name);
            return fits ? Refusal.None : Refusal.Conflict;
        }
    }

    private static Dictionary<string, string> NamesOf(CollectionState collection)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in collection.Items.Rows) if (row.Facts.Uid is { } uid) names.TryAdd(uid, row.Name);
        return names;
    }

    private static List<ReadOnlyMemory<byte>> Split(DavRequest request, ReadOnlyMemory<byte> body, bool isCalendar)
    {
        var most = request.Services.Limits.ImportObjectsMax;
        List<ReadOnlyMemory<byte>> objects = [];
        if (isCalendar)
        {
            if (Component.Read(body.Span, out var roots) is not null || roots.Any(root => root.Name != "VCALENDAR"))
            {
                throw new DavException(403, DavNames.CalDav + "valid-calendar-data");
            }

            foreach (var calendar in CalendarBundle.Split(roots).Take(most + 1))
            {
                var text = new StringBuilder();
                calendar.Write(text);
                objects.Add(Encoding.UTF8.GetBytes(text.ToString()));
            }

            if (objects.Count == 0) throw new DavException(403, DavNames.CalDav + "valid-calendar-object-resource");
        }
        else
        {
            objects.AddRange(CardBundle.Split(body) ?? throw new DavException(403, DavNames.CardDav + "valid-address-data"));
        }

        return objects.Count > most
            ? throw new DavException(403, null, string.Create(CultureInfo.InvariantCulture, $"More than {most} objects at once"))
            : objects;
    }

    private static async ValueTask AnswerAsync(DavRequest request, IReadOnlyList<PutItem> put, int same, string? only)
    {
        var created = put.Count(one => one.Created);
        var response = request.Response;
        response.StatusCode = created > 0 ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        if (only is not null) response.Headers.Location = DavHref.Of(request.Path with { Names = [.. request.Path.Names, only] });
        if (only is not null && put.Count == 1) response.Headers.ETag = ETags.Of(put[0].Row);
        response.ContentType = "text/plain; charset=utf-8";
        var text = string.Create(
            CultureInfo.InvariantCulture, $"{created} added, {put.Count - created} replaced, {same} as they were\n");
        await response.WriteAsync(text, request.Cancellation);
    }

    private static System.Xml.Linq.XNamespace Space(bool isCalendar) => isCalendar ? DavNames.CalDav : DavNames.CardDav;

    private static string MediaType(bool isCalendar) => isCalendar ? "text/calendar; charset=utf-8" : "text/vcard; charset=utf-8";
}
