using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace CompatBot.Protocols.Net.Http;

/// <summary>What answers with a file that somebody stored, to who has its secret URL, have in common.</summary>
internal static class StoredFile
{
    /// <summary>A secret that goes in clear is none.</summary>
    public static bool IsPrivate(HttpContext http) =>
        http.Request.IsHttps || IPAddress.IsLoopback(http.Connection.RemoteIpAddress ?? IPAddress.None);

    /// <summary>The path is the secret.</summary>
    public static void KeepSecret(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    /// <summary>Says what it is; it is saved, and never runs as this site.</summary>
    public static void Describe(HttpResponse response, string name, string mediaType)
    {
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(name);
        response.Headers.ContentDisposition = disposition.ToString();
        response.ContentType = mediaType.Length > 0 ? mediaType : MediaTypes.Of(name);
    }

    /// <summary>Whether the client has it already: then 304 is the answer.</summary>
    public static bool IsKnown(HttpContext http, string tag)
    {
        http.Response.Headers.ETag = tag;
        http.Response.Headers.CacheControl = "private, no-cache";
        var isKnown = EntityTags.AreKnown(http.Request, tag);
        if (isKnown) http.Response.StatusCode = StatusCodes.Status304NotModified;
        return isKnown;
    }

    /// <returns>What is to be sent, said in the headers; null: 416 is the answer.</returns>
    public static ByteRange? RangeOf(HttpContext http, string tag, long size)
    {
        var (headers, response) = (http.Request.Headers, http.Response);
        response.Headers.AcceptRanges = "bytes";
        var range = new ByteRange(0, size);
        var condition = headers.IfRange.ToString().Trim();
        if (condition.Length == 0 || condition == tag)
        {
            if (!ByteRange.TryRead(headers.Range.ToString(), size, out var wanted))
            {
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.Headers.ContentRange = ByteRange.Unsatisfied(size);
                return null;
            }

            if (wanted is { } part)
            {
                range = part;
                response.StatusCode = StatusCodes.Status206PartialContent;
                response.Headers.ContentRange = part.Of(size);
            }
        }

        response.ContentLength = range.Length;
        return range;
    }
}
