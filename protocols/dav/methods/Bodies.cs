using System.Globalization;
using System.IO.Pipelines;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Conditions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>What PUT, PATCH and uploads in parts share: a body of any length on its way into the store, and the answer.</summary>
internal static class Bodies
{
    /// <summary>Lets a body of a file's length come.</summary>
    /// <exception cref="DavException">413: it says itself that it is longer.</exception>
    public static void Admit(DavRequest request) => Admit(request, request.Services.Limits.ItemBytesMax, TooLong);

    /// <summary>Lets a body of at most so many octets come.</summary>
    /// <exception cref="DavException">It says itself that it is longer.</exception>
    public static void Admit(DavRequest request, long most, Func<DavException> tooLong)
    {
        if (request.Request.ContentLength > most) throw tooLong();
        if (request.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is not { IsReadOnly: false } limit) return;
        limit.MaxRequestBodySize = (2 * most) + (64 << 10); // The framing of chunks counts there, and the octets where they are read.
    }

    /// <summary>Streams the body, up to the longest file that there may be.</summary>
    /// <returns>Its octets.</returns>
    /// <exception cref="DavException">413; 507.</exception>
    public static ValueTask<long> StreamAsync(DavRequest request, ItemWriter writer, Digests.Digests digests) =>
        StreamAsync(request, writer, digests, request.Services.Limits.ItemBytesMax, TooLong);

    /// <summary>Streams the body, up to so many octets in all.</summary>
    /// <returns>Its octets.</returns>
    /// <exception cref="DavException">It is longer; 507.</exception>
    public static async ValueTask<long> StreamAsync(
        DavRequest request, ItemWriter writer, Digests.Digests digests, long most, Func<DavException> tooLong)
    {
        var (before, body) = (writer.Length, request.Request.BodyReader);
        ReadResult read;
        do
        {
            read = await body.ReadAsync(request.Cancellation);
            try
            {
                if (writer.Length + read.Buffer.Length > most) throw tooLong();
                foreach (var part in read.Buffer)
                {
                    digests.Append(part.Span);
                    Demand(await writer.WriteAsync(part, request.Cancellation));
                }
            }
            finally
            {
                body.AdvanceTo(read.Buffer.End);
            }
        }
        while (!read.IsCompleted);
        return writer.Length - before;
    }

    private static DavException TooLong() => new(413);

    /// <summary>Throws what core refused.</summary>
    public static void Demand(Refusal refusal)
    {
        if (refusal != Refusal.None) throw DavException.Of(refusal);
    }

    public static string? MediaTypeOf(DavRequest request) =>
        JsonForms.IsBody(request) ? JsonForms.TextOf(request.Path.Area)
        : request.Request.ContentType is { Length: > 0 and <= 255 } type && type != "application/octet-stream" && type.All(char.IsAscii)
            ? type
            : null;

    /// <summary>The item with the times that ownCloud's clients send beside it.</summary>
    public static NewItem WithTimes(DavRequest request, NewItem item) => item with
    {
        Modified = ModifiedOf(request),
        Created = Seconds(request.Header("X-OC-CTime")) is { } created ? created * 1_000_000 : null,
    };

    /// <summary>When the client says that the file was changed, in microseconds since 1970.</summary>
    public static long? ModifiedOf(DavRequest request) =>
        Seconds(request.Header("X-OC-Mtime")) is { } modified ? modified * 1_000_000 : null;

    /// <summary>201 or 204, with all that a client needs to know the new content again.</summary>
    public static void Answer(HttpResponse response, PutItem put, NewItem item)
    {
        var row = put.Row;
        response.StatusCode = put.Created ? StatusCodes.Status201Created : StatusCodes.Status204NoContent;
        response.Headers.ETag = ETags.Of(row);
        response.Headers.LastModified = Get.DateOf(row).ToString("r", CultureInfo.InvariantCulture);
        response.Headers["OC-ETag"] = ETags.Of(row);
        response.Headers["OC-FileId"] = row.Id.ToString(CultureInfo.InvariantCulture);
        if (item.Modified is not null) response.Headers["X-OC-MTime"] = "accepted";
    }

    /// <summary>Whole seconds since 1970, as ownCloud's clients send them.</summary>
    private static long? Seconds(string? header) =>
        double.TryParse(header, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e11
            ? (long)seconds
            : null;
}
