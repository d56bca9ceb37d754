using System.Xml;
using CompatBot.Core.Content;
using CompatBot.Core.Shares;
using CompatBot.Core.Shares.Proto;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace CompatBot.Protocols.Shares;

/// <summary>
/// GET and HEAD of a calendar as one text/calendar, or of an address book as one text/vcard: what other programs subscribe to. Whoever
/// asks again for what has not changed costs the reading of one record.
/// </summary>
internal static class ShareFeeds
{
    private const int Batch = 100;

    public static async ValueTask RunAsync(ShareVisit visit, OpenShare share, CancellationToken cancellation)
    {
        var isCalendar = share.Kind == ShareKind.Calendar;
        var ending = isCalendar ? ".ics" : ".vcf";
        var isIt = visit.Names.Count == 0 || (visit.Names is [var name] && name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
        if (!isIt || share.ListTag is null)
        {
            await visit.SayNothingHereAsync();
            return;
        }

        var response = visit.Response;
        response.Headers.ETag = $"\"{share.ListTag}\"";
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        if (EntityTags.AreKnown(visit.Request, response.Headers.ETag.ToString()))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var folder = await share.ListAsync(cancellation);
        if (folder is null or { IsCut: true })
        {
            response.Headers.ETag = default;
            await visit.SayAsync(503, "Too much", "There is more than a link can show.");
            return;
        }

        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(share.Name + ending);
        response.Headers.ContentDisposition = disposition.ToString();
        response.ContentType = isCalendar ? "text/calendar; charset=utf-8" : "text/vcard; charset=utf-8";
        if (visit.IsHead) return;
        if (await share.CountAsync(cancellation) is var refusal and not Core.Store.Refusal.None)
        {
            response.Clear();
            await visit.SayRefusedAsync(refusal);
            return;
        }

        if (isCalendar) await CalendarAsync(visit, share, folder, cancellation);
        else await CardsAsync(visit, share, folder, cancellation);
    }

    private static async ValueTask CalendarAsync(ShareVisit visit, OpenShare share, LinkedFolder folder, CancellationToken cancellation)
    {
        var whole = new CalendarJoin(Properties(folder, visit.Services.Limits.FeedRefresh));
        await foreach (var octets in MembersAsync(share, folder, cancellation))
        {
            if (Component.Read(octets.Span, out var roots) is not null) continue; // Was well-formed when it was put.
            if (PublicView.Of(roots[0]) is { } view) whole.Add(view);
            await visit.Response.BodyWriter.WriteAsync(whole.Take(), cancellation);
        }

        whole.End();
        await visit.Response.BodyWriter.WriteAsync(whole.Take(), cancellation);
    }

    /// <summary>Its name, and how often to ask again, as programs of today (RFC 7986) and those before it read them.</summary>
    private static IEnumerable<ContentLine> Properties(LinkedFolder folder, TimeSpan refresh)
    {
        var name = ContentLine.Escape(folder.Title.Length > 0 ? folder.Title : folder.Name);
        var often = XmlConvert.ToString(refresh);
        yield return new ContentLine("NAME", [], name);
        yield return new ContentLine("X-WR-CALNAME", [], name);
        yield return new ContentLine("REFRESH-INTERVAL", [new Parameter("VALUE", ["DURATION"])], often);
        yield return new ContentLine("X-PUBLISHED-TTL", [], often);
        if (folder.Color is ['#', ..] color) yield return new ContentLine("X-APPLE-CALENDAR-COLOR", [], ContentLine.Escape(color));
    }

    private static async ValueTask CardsAsync(ShareVisit visit, OpenShare share, LinkedFolder folder, CancellationToken cancellation)
    {
        await foreach (var octets in MembersAsync(share, folder, cancellation))
        {
            await visit.Response.BodyWriter.WriteAsync(octets, cancellation);
            if (!octets.Span.EndsWith("\n"u8)) await visit.Response.BodyWriter.WriteAsync("\r\n"u8.ToArray(), cancellation);
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> MembersAsync(
        OpenShare share, LinkedFolder folder, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var batch in folder.Files.Chunk(Batch))
        {
            List<ContentReader> readers = [.. batch.Select(share.Read)];
            await share.LoadAsync(readers, cancellation);
            foreach (var reader in readers) yield return await reader.ReadAllAsync(cancellation);
        }
    }
}
