using CompatBot.Core.Items;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>GET of a calendar or an address book: all of it as one .ics or .vcf, written as it is read ("?export" or without).</summary>
internal static class Export
{
    private const int Batch = 100;

    public static async ValueTask RunAsync(DavRequest request, ItemStore items, CollectionState collection)
    {
        var isCalendar = collection.Kind.IsCalendar();
        var opened = await items.OpenAsync(collection.Id, request.Cancellation) ?? throw new DavException(404);
        var response = request.Response;
        var tag = $"\"{SyncToken.Of(Math.Max(opened.ChangedAt, opened.CreatedAt))}\"";
        response.Headers.ETag = tag;
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
        if (EntityTags.AreKnown(request.Request, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = isCalendar ? "text/calendar; charset=utf-8" : "text/vcard; charset=utf-8";
        var ending = isCalendar ? "ics" : "vcf";
        response.Headers.ContentDisposition = $"attachment; filename*=UTF-8''{Uri.EscapeDataString(opened.Name)}.{ending}";
        if (HttpMethods.IsHead(request.Request.Method)) return;
        if (isCalendar) await CalendarAsync(request, items, opened);
        else await CardsAsync(request, items, opened);
    }

    private static async ValueTask CalendarAsync(DavRequest request, ItemStore items, CollectionState calendar)
    {
        var wanted = ObjectReader.ComponentOf(request.Request.Query["componentType"].ToString());
        var name = calendar.Properties.GetValueOrDefault(DavNames.DisplayName.ToString());
        var whole = new CalendarJoin(
            name is null ? [] : [new ContentLine("X-WR-CALNAME", [], ContentLine.Escape(DeadProperties.TextOf(name)))]);
        await foreach (var (row, octets) in MembersAsync(request, items, calendar))
        {
            if (wanted != CalendarComponents.None && row.Facts.Component != wanted) continue;
            if (Component.Read(octets.Span, out var roots) is not null) continue; // Was well-formed when it was put.
            whole.Add(roots[0]);
            await request.Response.BodyWriter.WriteAsync(whole.Take(), request.Cancellation);
        }

        whole.End();
        await request.Response.BodyWriter.WriteAsync(whole.Take(), request.Cancellation);
    }

    private static async ValueTask CardsAsync(DavRequest request, ItemStore items, CollectionState book)
    {
        await foreach (var (_, octets) in MembersAsync(request, items, book))
        {
            await request.Response.BodyWriter.WriteAsync(octets, request.Cancellation);
            if (!octets.Span.EndsWith("\n"u8)) await request.Response.BodyWriter.WriteAsync("\r\n"u8.ToArray(), request.Cancellation);
        }
    }

    private static async IAsyncEnumerable<(ItemRow Row, ReadOnlyMemory<byte> Octets)> MembersAsync(
        DavRequest request, ItemStore items, CollectionState collection)
    {
        foreach (var batch in collection.Items.Rows.Chunk(Batch))
        {
            var readers = batch.Select(items.Read).ToList();
            await items.LoadAsync(readers, request.Cancellation);
            for (var i = 0; i < batch.Length; i++) yield return (batch[i], await readers[i].ReadAllAsync(request.Cancellation));
        }
    }
}
