using System.Buffers;
using System.Globalization;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>PUT: new content at a place. The old content stays until the new one is whole and durable.</summary>
internal static class Put
{
    private const int ReadBytes = 64 << 10;

    public static async ValueTask RunAsync(DavRequest request)
    {
        if (request.Path.Realm is null || request.Path.Names.Count == 0) throw new DavException(405);
        var (items, found) = await request.FindAsync(toMake: true);
        if (found.Collection is not null || request.Path.EndsWithSlash) throw new DavException(405);
        if (request.Request.Headers.ContentRange.Count > 0) throw new DavException(400, null, "A part of a file can not be put");
        var conditions = new Preconditions(request, items)
            .Touching(found.Place, found.Item is null ? Touch.Member : Touch.Change);
        await conditions.CheckAsync();
        var size = request.Services.Limits.ItemBytesMax;
        if (request.Request.ContentLength > size) throw new DavException(413);
        if (request.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = size;
        var parent = items.State.Find(found.Place.Parent)!;
        using var writer = items.Write();
        var facts = default(ObjectFacts);
        if (request.Path.Area == DavArea.Files) await StreamAsync(request, writer);
        else facts = await Objects.TakeAsync(request, items, parent, found.Place, writer);
        var item = DavException.Unless(await writer.CompleteAsync(MediaTypeOf(request), request.Cancellation)) with
        {
            Facts = facts,
            Modified = Seconds(request.Header("X-OC-Mtime")) is { } modified ? modified * 1_000_000 : null,
            Created = Seconds(request.Header("X-OC-CTime")) is { } created ? created * 1_000_000 : null,
        };
        Refusal Guard(ItemState state) =>
            conditions.Guard(state) is var refusal and not Refusal.None ? refusal : Objects.Guard(state, found.Place, facts);
        var put = await items.PutAsync(found.Place, item, Guard, request.Cancellation);
        if (put.Refusal == Refusal.NotFound) throw new DavException(409);
        var (row, isNew) = conditions.Unless(put);
        var response = request.Response;
        response.StatusCode = isNew ? StatusCodes.Status201Created : StatusCodes.Status204NoContent;
        response.Headers.ETag = ETags.Of(row);
        response.Headers.LastModified = Get.DateOf(row).ToString("r", CultureInfo.InvariantCulture);
        response.Headers["OC-ETag"] = ETags.Of(row);
        response.Headers["OC-FileId"] = row.Id.ToString(CultureInfo.InvariantCulture);
        if (item.Modified is not null) response.Headers["X-OC-MTime"] = "accepted";
    }

    /// <summary>Streams a body of any length into the store.</summary>
    private static async ValueTask StreamAsync(DavRequest request, ItemWriter writer)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            int count;
            while ((count = await request.Request.Body.ReadAsync(buffer, request.Cancellation)) > 0)
            {
                if (writer.Length + count > request.Services.Limits.ItemBytesMax) throw new DavException(413);
                var refusal = await writer.WriteAsync(buffer.AsMemory(0, count), request.Cancellation);
                if (refusal != Refusal.None) throw DavException.Of(refusal);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private static string? MediaTypeOf(DavRequest request) =>
        request.Request.ContentType is { Length: > 0 and <= 255 } type && type != "application/octet-stream" && type.All(char.IsAscii)
            ? type
            : null;

    /// <summary>Whole seconds since 1970, as ownCloud's clients send them.</summary>
    private static long? Seconds(string? header) =>
        double.TryParse(header, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e11
            ? (long)seconds
            : null;
}
