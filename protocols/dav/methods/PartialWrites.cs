using System.Globalization;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>
/// A part of a file is written over, or behind its end: PUT with Content-Range (RFC 9110 section 14.5, as Apache's mod_dav takes it), and
/// PATCH as sabre/dav defined it. What stays of the file is shared with the old content, so a small part of a large file costs little; the
/// old content stays until the new one is whole and durable.
/// </summary>
internal static class PartialWrites
{
    /// <summary>Of a PATCH's body (https://sabre.io/dav/http-patch/).</summary>
    public const string MediaType = "application/x-sabredav-partialupdate";

    /// <summary>PUT with Content-Range: bytes FIRST-LAST/WHOLE, where WHOLE may be "*".</summary>
    public static ValueTask PutAsync(DavRequest request, ItemStore items, Found found)
    {
        if (request.Path.Area != DavArea.Files) throw new DavException(400, null, "A part of an object can not be put");
        var (first, last) = ContentRange(request.Request.Headers.ContentRange.ToString().AsSpan().Trim());
        return WriteAsync(request, items, found, first, last - first + 1);
    }

    public static async ValueTask PatchAsync(DavRequest request)
    {
        if (request.Path.Area != DavArea.Files) throw new DavException(405);
        request.Response.Headers["Accept-Patch"] = MediaType;
        var (items, found) = await request.FindAsync();
        if (found.Item is not { } item) throw new DavException(405);
        var type = (request.Request.ContentType ?? "").Split(';')[0].Trim();
        if (!type.Equals(MediaType, StringComparison.OrdinalIgnoreCase)) throw new DavException(415, null, $"PATCH takes {MediaType}");
        var (start, length) = Target(request.Header("X-Update-Range"), item.Size);
        await WriteAsync(request, items, found, start, length);
    }

    private static (long First, long Last) ContentRange(ReadOnlySpan<char> text)
    {
        var bad = new DavException(400, null, "Content-Range does not read");
        if (!text.StartsWith("bytes ", StringComparison.OrdinalIgnoreCase)) throw bad;
        text = text["bytes ".Length..];
        var (dash, slash) = (text.IndexOf('-'), text.IndexOf('/'));
        if (dash < 0 || slash < dash) throw bad;
        if (!Number(text[..dash], out var first) || !Number(text[(dash + 1)..slash], out var last) || last < first) throw bad;
        var whole = text[(slash + 1)..];
        return whole is "*" || (Number(whole, out var length) && last < length) ? (first, last) : throw bad;
    }

    /// <summary>append; bytes=FIRST-LAST; bytes=FIRST-; or bytes=-COUNT, which begins so many octets before the end.</summary>
    private static (long Start, long? Length) Target(string? header, long size)
    {
        if ("append".Equals(header, StringComparison.OrdinalIgnoreCase)) return (size, null);
        var bad = new DavException(400, null, "X-Update-Range is append, bytes=FIRST-LAST, bytes=FIRST- or bytes=-COUNT");
        if (header is null || !header.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase)) throw bad;
        var text = header.AsSpan("bytes=".Length);
        var dash = text.IndexOf('-');
        if (dash < 0) throw bad;
        var (hasFirst, hasLast) = (Number(text[..dash], out var first), Number(text[(dash + 1)..], out var last));
        if ((!hasFirst && dash > 0) || (!hasLast && dash + 1 < text.Length) || (!hasFirst && !hasLast)) throw bad;
        if (!hasFirst) return last <= size ? (size - last, null) : throw Beyond(size);
        if (!hasLast) return (first, null);
        return first <= last ? (first, last - first + 1) : throw bad;
    }

    /// <param name="request">Whose body is written.</param>
    /// <param name="items">Where to.</param>
    /// <param name="found">The file; for PUT perhaps nothing yet.</param>
    /// <param name="start">At most the file's size: there are no holes.</param>
    /// <param name="length">How long the body must be; null: as long as it is.</param>
    private static async ValueTask WriteAsync(DavRequest request, ItemStore items, Found found, long start, long? length)
    {
        var (before, size) = (found.Item, found.Item?.Size ?? 0);
        var conditions = new Preconditions(request, items).Touching(found.Place, before is null ? Touch.Member : Touch.Change);
        await conditions.CheckAsync();
        if (start > size) throw Beyond(size);
        if (request.Request.ContentLength is { } said && length is { } wanted && said != wanted) throw Mismatch();
        Bodies.Admit(request);
        using var writer = items.Write();
        using var digests = Digests.Digests.OfBody(request.Request, isWhole: false);
        if (before is not null) Bodies.Demand(await writer.ShareAsync(before, 0, start, request.Cancellation));
        var count = await Bodies.StreamAsync(request, writer, digests);
        if (length is { } all && count != all) throw Mismatch();
        digests.Check();
        if (before is not null) Bodies.Demand(await writer.ShareAsync(before, writer.Length, size, request.Cancellation));
        var type = before is null ? Bodies.MediaTypeOf(request) : before.MediaType;
        var item = Bodies.WithTimes(request, DavException.Unless(await writer.CompleteAsync(type, request.Cancellation)));
        var isRaced = false;
        Refusal Guard(ItemState state)
        {
            if (conditions.Guard(state) is var refusal and not Refusal.None) return refusal;
            isRaced = !state.Has(found.Place, before);
            return isRaced ? Refusal.Conflict : Refusal.None;
        }

        var put = await items.PutAsync(found.Place, item, Guard, request.Cancellation);
        if (isRaced) throw new DavException(409, null, "The file was changed by somebody else meanwhile");
        if (put.Refusal == Refusal.NotFound) throw new DavException(409);
        Bodies.Answer(request.Response, conditions.Unless(put), item);
    }

    private static DavException Beyond(long size) =>
        new(416, null, "A part begins within the file, or at its end")
        {
            ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{size}"),
        };

    private static DavException Mismatch() => new(400, null, "The body is not as long as the range");

    private static bool Number(ReadOnlySpan<char> text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
