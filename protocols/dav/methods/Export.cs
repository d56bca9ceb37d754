using System.Text;
using CompatBot.Core.Items;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Properties;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>GET of a calendar or an address book: all of it as one .ics or .vcf, written as it is read ("?export" or without).</summary>
internal static class Export
{
    private const int Batch = 100;

    public static async ValueTask RunAsync(DavRequest request, ItemStore items, CollectionState collection)
    {
        var isCalendar = collection.Kind == CollectionKind.Calendar;
        var opened = await items.OpenAsync(collection.Id, request.Cancellation) ?? throw new DavException(404);
        var response = request.Response;
        var tag = $"\"{SyncToken.Of(Math.Max(opened.ChangedAt, opened.CreatedAt))}\"";
        response.Headers.ETag = tag;
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
        if (request.Request.Headers.IfNoneMatch.Count > 0
            && ETags.Match(request.Request.Headers.IfNoneMatch.ToString().Trim(), tag, true, weak: true))
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
        var text = new StringBuilder("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//CompatBot//EN\r\nCALSCALE:GREGORIAN\r\n");
        if (calendar.Properties.GetValueOrDefault(DavNames.DisplayName.ToString()) is { } stored)
        {
            var name = DeadProperties.TextOf(stored);
            Component.WriteLine(new ContentLine("X-WR-CALNAME", [], ContentLine.Escape(name)), text);
        }

        var zones = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var (row, octets) in MembersAsync(request, items, calendar))
        {
            if (wanted != CalendarComponents.None && row.Facts.Component != wanted) continue;
            if (Component.Read(octets.Span, out var roots) is not null) continue; // Was well-formed when it was put.
            foreach (var part in roots[0].Components)
            {
                if (part.Name != "VTIMEZONE" || zones.Add(part.Find("TZID")?.Text ?? "")) part.Write(text);
            }

            await SendAsync(request, text);
        }

        text.Append("END:VCALENDAR\r\n");
        await SendAsync(request, text);
    }

    private static async ValueTask CardsAsync(DavRequest request, ItemStore items, CollectionState book)
    {
        await foreach (var (_, octets) in MembersAsync(request, items, book))
        {
            await request.Response.BodyWriter.WriteAsync(octets, request.Cancellation);
            if (!octets.Span.EndsWith("\n"u8)) await request.Response.BodyWriter.WriteAsync("\r\n"u8.ToArray(), request.Cancellation);
        }
    }

    private static async ValueTask SendAsync(DavRequest request, StringBuilder text)
    {
        await request.Response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), request.Cancellation);
        text.Clear();
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
