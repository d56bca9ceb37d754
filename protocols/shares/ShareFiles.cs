using System.Globalization;
using CompatBot.Core.Items;
using CompatBot.Core.Shares;
using CompatBot.Core.Shares.Proto;
using CompatBot.Core.Store;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;

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
        var (response, size) = (visit.Response, (long)file.Size);
        var tag = string.Create(CultureInfo.InvariantCulture, $"\"{file.Item}-{file.Version}\"");
        var modified = DateTimeOffset.UnixEpoch.AddSeconds(file.Modified / 1_000_000);
        response.Headers.LastModified = modified.ToString("r", CultureInfo.InvariantCulture);
        if (StoredFile.IsKnown(visit.Http, tag)) return;
        StoredFile.Describe(response, file.Name, file.MediaType);
        if (!file.Digest.IsEmpty) response.Headers["Repr-Digest"] = $"sha-256=:{file.Digest.ToBase64()}:"; // RFC 9530
        var range = new ByteRange(0, size);
        if (share.IsCounted)
        {
            response.Headers.AcceptRanges = "none"; // A download that is counted is one answer with all of it.
            response.ContentLength = size;
        }
        else if (StoredFile.RangeOf(visit.Http, tag, size) is { } wanted) range = wanted;
        else return;
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
