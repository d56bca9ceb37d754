using System.Globalization;
using CompatBot.Core.Items;
using CompatBot.Core.Shares;
using CompatBot.Core.Shares.Proto;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace CompatBot.Protocols.Shares;

/// <summary>GET and HEAD of what a link shows: a file's octets, or a folder's list.</summary>
internal static class ShareFiles
{
    public static async ValueTask RunAsync(ShareVisit visit, OpenShare share, CancellationToken cancellation)
    {
        if (share.Kind == ShareKind.File)
        {
            var isIt = visit.Names.Count == 0 || visit.Names is [var name] && ItemNames.Fold(name) == share.File?.Name;
            if (share.File is { } only && isIt) await SendAsync(visit, share, only, cancellation);
            else await visit.SayNothingHereAsync();
            return;
        }

        var (folder, file) = Find(await share.ListAsync(cancellation), visit.Names);
        if (file is not null && !visit.EndsWithSlash) await SendAsync(visit, share, file, cancellation);
        else if (folder is null) await visit.SayNothingHereAsync();
        else if (visit.EndsWithSlash) await visit.SayAsync(200, SharePages.Folder(folder, visit.Names.Count == 0));
        else visit.Response.Redirect(HttpTarget.RawPath(visit.Http) + "/", permanent: false, preserveMethod: true);
    }

    private static (LinkedFolder? Folder, LinkedFile? File) Find(LinkedFolder? folder, IReadOnlyList<string> names)
    {
        for (var i = 0; i < names.Count && folder is not null; i++)
        {
            var name = ItemNames.Fold(names[i]);
            if (i + 1 == names.Count && folder.Files.FirstOrDefault(one => one.Name == name) is { } file) return (null, file);
            folder = folder.Folders.FirstOrDefault(one => one.Name == name);
        }

        return (folder, null);
    }

    private static async ValueTask SendAsync(ShareVisit visit, OpenShare share, LinkedFile file, CancellationToken cancellation)
    {
        var (headers, response, size) = (visit.Request.Headers, visit.Response, (long)file.Size);
        var tag = string.Create(CultureInfo.InvariantCulture, $"\"{file.Item}-{file.Version}\"");
        var modified = DateTimeOffset.UnixEpoch.AddSeconds(file.Modified / 1_000_000);
        response.Headers.ETag = tag;
        response.Headers.LastModified = modified.ToString("r", CultureInfo.InvariantCulture);
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'"; // What a user stored must not run as this site.
        if (visit.HasTag(tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(file.Name);
        response.Headers.ContentDisposition = disposition.ToString();
        response.ContentType = file.MediaType.Length > 0 ? file.MediaType : MediaTypes.Of(file.Name);
        if (!file.Digest.IsEmpty) response.Headers["Repr-Digest"] = $"sha-256=:{file.Digest.ToBase64()}:"; // RFC 9530
        var range = new ByteRange(0, size);

        // A download that is counted is one answer with all of it.
        response.Headers.AcceptRanges = share.IsCounted ? "none" : "bytes";
        var condition = headers.IfRange.ToString().Trim();
        if (!share.IsCounted && (condition.Length == 0 || condition == tag))
        {
            if (!ByteRange.TryRead(headers.Range.ToString(), size, out var wanted))
            {
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.Headers.ContentRange = ByteRange.Unsatisfied(size);
                return;
            }

            if (wanted is { } part)
            {
                range = part;
                response.StatusCode = StatusCodes.Status206PartialContent;
                response.Headers.ContentRange = part.Of(size);
            }
        }

        response.ContentLength = range.Length;
        if (visit.IsHead) return;
        var reader = share.Read(file);
        if (range.Length > 0) await reader.ReadAsync(range.Start, cancellation); // A damaged file is an error, and no download.
        if (await share.CountAsync(cancellation) is var refusal and not Refusal.None)
        {
            response.Clear();
            await visit.SayRefusedAsync(refusal);
            return;
        }

        await foreach (var octets in reader.StreamAsync(range.Start, range.Start + range.Length, cancellation))
        {
            await response.BodyWriter.WriteAsync(octets, cancellation);
        }
    }
}
