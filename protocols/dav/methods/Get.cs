using System.Globalization;
using CompatBot.Core.Content;
using System.Text;
using CompatBot.Core.Calendar.Sharing;
using CompatBot.Core.Items;
using CompatBot.Formats.Vcard;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Reports;
using CompatBot.Protocols.Dav.Sharing;
using CompatBot.Protocols.Dav.Timezones;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>GET and HEAD of an item, whole or one range of it (RFC 9110 section 14).</summary>
internal static class Get
{
    public static async ValueTask RunAsync(DavRequest request)
    {
        if (request.Path.Realm is null) throw new DavException(405);
        var (items, found) = await request.FindAsync();
        if (found.Collection is { } many && (many.Kind.IsCalendar() || many.Kind == CollectionKind.AddressBook))
        {
            await Export.RunAsync(request, items, many);
            return;
        }

        if (found.Item is not { } item) throw new DavException(405);
        var (headers, response) = (request.Request.Headers, request.Response);
        var tag = ETags.Of(item);
        response.Headers.ETag = tag;
        if (item.Schedule > 0) response.Headers["Schedule-Tag"] = ETags.OfSchedule(item);
        response.Headers.LastModified = DateOf(item).ToString("r", CultureInfo.InvariantCulture);
        response.Headers.AcceptRanges = "bytes";
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'"; // What a user stored must not run as this site.
        if (!item.Digest.IsEmpty) response.Headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(item.Digest.Span)}:"; // RFC 9530
        if (Checksums(item) is { Length: > 0 } checksums) response.Headers["OC-Checksum"] = checksums;
        var wanted = headers.IfMatch.ToString().Trim();
        if (wanted.Length > 0 && !EntityTags.Match(wanted, tag, true, weak: false)) throw new DavException(412);
        if (IsKnown(request, item, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        if (ShareNotice.Of(item) is { } notice)
        {
            await Notifications.SendAsync(request, items.State, item, notice);
            return;
        }

        if (request.Path.Area is DavArea.Calendars or DavArea.AddressBooks && await ConvertedAsync(request, items, item)) return;
        response.ContentType = item.MediaType ?? MediaTypes.Of(item.Name);
        var range = RangeOf(request, item, tag);
        if (range is { } part)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = part.Of(item.Size);
        }

        var (start, length) = range ?? new ByteRange(0, item.Size);
        response.ContentLength = length;
        var wantsDigest = headers["Want-Content-Digest"].ToString().Contains("sha-256", StringComparison.OrdinalIgnoreCase);
        if (wantsDigest && range is null && !item.Digest.IsEmpty) response.Headers["Content-Digest"] = response.Headers["Repr-Digest"];
        if (HttpMethods.IsHead(request.Request.Method)) return;
        await foreach (var octets in items.Read(item).StreamAsync(start, start + length, request.Cancellation))
        {
            await response.BodyWriter.WriteAsync(octets, request.Cancellation);
        }
    }

    /// <summary>Answers with an object in another form than it has, if the client asks for one (RFC 6352 section 5.1.1).</summary>
    private static async ValueTask<bool> ConvertedAsync(DavRequest request, ItemStore items, ItemRow item)
    {
        var zones = request.Path.Area == DavArea.Calendars ? ZoneParts.Of(request) : null;
        request.Response.Headers.Vary = request.Path.Area == DavArea.Calendars ? "Accept, CalDAV-Timezones" : "Accept";
        var (area, inJson) = (request.Path.Area, JsonForms.IsWanted(request.Request, request.Path.Area));
        var version = area == DavArea.AddressBooks && !inJson ? CardVersion.Of(request.Request.Headers.Accept.ToString()) : null;
        if (!inJson && version is null && zones is null) return false;
        var stored = await items.Read(item).ReadAllAsync(request.Cancellation);
        if (zones is not null && Component.Read(stored.Span, out var roots) is null)
        {
            var changed = new StringBuilder();
            zones(roots[0]).Write(changed);
            stored = Encoding.UTF8.GetBytes(changed.ToString());
        }

        var octets = inJson ? JsonForms.FromText(stored.Span, area)
            : zones is not null ? stored.ToArray()
            : CardVersions.To(stored.Span, version!) is { } text ? Encoding.UTF8.GetBytes(text)
            : null;
        if (octets is null) return false;
        request.Response.ContentType = zones is not null && !inJson ? JsonForms.TextOf(area)
            : !inJson ? $"text/vcard; version={version}; charset=utf-8"
            : area == DavArea.Calendars ? JsonForms.Calendar
            : JsonForms.Card;
        request.Response.ContentLength = octets.Length;
        if (!HttpMethods.IsHead(request.Request.Method)) await request.Response.BodyWriter.WriteAsync(octets, request.Cancellation);
        return true;
    }

    public static DateTimeOffset DateOf(ItemRow item) => DateTimeOffset.UnixEpoch.AddTicks(item.Modified * TimeSpan.TicksPerMicrosecond);

    /// <summary>What is known of an item's octets, as ownCloud writes it: those that the client gave, and the server's own.</summary>
    public static string Checksums(ItemRow item)
    {
        var own = item.Digest.IsEmpty ? "" : Digests.Digests.Text(HashKind.Sha256, item.Digest.Span);
        if (item.Checksum.Contains("SHA256:", StringComparison.Ordinal)) own = "";
        return $"{item.Checksum} {own}".Trim();
    }

    private static bool IsKnown(DavRequest request, ItemRow item, string tag)
    {
        var headers = request.Request.Headers;
        if (headers.IfNoneMatch.Count > 0) return EntityTags.AreKnown(request.Request, tag);
        return Preconditions.Date(headers.IfModifiedSince.ToString()) is { } since && item.Modified / 1_000_000 <= since;
    }

    /// <summary>The range that the client asked for; null: all of it, also where it asked for several.</summary>
    /// <exception cref="DavException">416.</exception>
    private static ByteRange? RangeOf(DavRequest request, ItemRow item, string tag)
    {
        var condition = request.Request.Headers.IfRange.ToString().Trim();
        if (condition.Length > 0 && condition != tag && Preconditions.Date(condition) != item.Modified / 1_000_000) return null;
        return ByteRange.TryRead(request.Request.Headers.Range.ToString(), item.Size, out var range)
            ? range
            : throw new DavException(416) { ContentRange = ByteRange.Unsatisfied(item.Size) };
    }
}
