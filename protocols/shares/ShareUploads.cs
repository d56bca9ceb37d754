using System.Buffers;
using CompatBot.Core.Content;
using CompatBot.Core.Shares;
using CompatBot.Core.Store;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace CompatBot.Protocols.Shares;

/// <summary>A link that takes uploads: a form for browsers, PUT for programs. It shows nothing of what is there.</summary>
internal static class ShareUploads
{
    private const int ReadBytes = 64 << 10;
    private const int BoundaryCharactersMax = 70; // RFC 2046 section 5.1.1

    public static async ValueTask RunAsync(ShareVisit visit, OpenShare share, CancellationToken cancellation)
    {
        if (share.Folder.Value == 0)
        {
            await visit.SayNothingHereAsync(); // The folder is gone.
            return;
        }

        if (visit.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = visit.Services.Limits.UploadBytesMax;
        }

        switch (visit.Request.Method)
        {
            case "PUT":
                await PutAsync(visit, share, cancellation);
                break;
            case "POST":
                await PostAsync(visit, share, cancellation);
                break;
            case var _ when visit.Names.Count > 0:
                await visit.SayNothingHereAsync();
                break;
            default:
                await visit.SayAsync(200, SharePages.Upload(share.Name));
                break;
        }
    }

    private static async ValueTask PutAsync(ShareVisit visit, OpenShare share, CancellationToken cancellation)
    {
        if (visit.Names is not [var name] || visit.EndsWithSlash || visit.Request.Headers.ContentRange.Count > 0)
        {
            await visit.SayRefusedAsync(Refusal.Invalid);
            return;
        }

        var (type, octets) = (visit.Request.ContentType, visit.Request.ContentLength ?? 0);
        var refusal = await TakeAsync(visit, share, name, type, octets, visit.Request.Body, cancellation);
        if (refusal == Refusal.None) visit.Response.StatusCode = StatusCodes.Status201Created;
        else await visit.SayRefusedAsync(refusal);
    }

    /// <summary>A browser's form with any number of files (RFC 7578).</summary>
    private static async ValueTask PostAsync(ShareVisit visit, OpenShare share, CancellationToken cancellation)
    {
        var limits = visit.Services.Limits;
        if (!MediaTypeHeaderValue.TryParse(visit.Request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= BoundaryCharactersMax } boundary)
        {
            await visit.SayAsync(415, "Not taken", "Upload by the form, or with PUT.");
            return;
        }

        var reader = new MultipartReader(boundary.ToString(), visit.Request.Body)
        {
            HeadersCountLimit = limits.PartHeadersMax, HeadersLengthLimit = limits.PartHeaderBytesMax,
        };
        var done = new List<(string Name, string Word)>();
        var first = Refusal.None;
        try
        {
            while (await reader.ReadNextSectionAsync(cancellation) is { } section)
            {
                if (NameOf(section) is not { Length: > 0 } name) continue;
                var refusal = done.Count == limits.FilesPerFormMax ? Refusal.TooMany
                    : await TakeAsync(visit, share, name, section.ContentType, 0, section.Body, cancellation);
                done.Add((name, WordOf(refusal)));
                if (refusal is Refusal.None or Refusal.Invalid) continue;
                first = refusal;
                break;
            }
        }
        catch (Exception error) when (IsNoForm(error))
        {
            await visit.SayAsync(400, "Not taken", "The form does not read.");
            return;
        }

        if (done is [(_, _)] && first != Refusal.None) await visit.SayRefusedAsync(first);
        else if (done.Count == 0) await visit.SayAsync(400, "Not taken", "There was no file in the form.");
        else await visit.SayAsync(200, SharePages.Uploaded(done));
    }

    /// <summary>The reader says so also where the body ends before the form does; a visitor who hangs up is something else.</summary>
    private static bool IsNoForm(Exception error) =>
        error is InvalidDataException or IOException and not (BadHttpRequestException or ConnectionResetException or ContentException);

    private static async ValueTask<Refusal> TakeAsync(
        ShareVisit visit, OpenShare share, string name, string? type, long octets, Stream body, CancellationToken cancellation)
    {
        var opened = await visit.Services.Drops.OpenAsync(share.Account, share.Id, share.Folder, name, type, octets, cancellation);
        if (opened.Declined) return opened.Refusal;
        await using var drop = opened.Value;
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            for (int count; (count = await body.ReadAsync(buffer, cancellation)) > 0;)
            {
                if (await drop.WriteAsync(buffer.AsMemory(0, count), cancellation) is var refusal and not Refusal.None) return refusal;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }

        return await share.CountAsync(cancellation) is var counted and not Refusal.None ? counted : await drop.CommitAsync(cancellation);
    }

    /// <summary>The file's own name: some browsers send the way to it too. Null: that part of the form is no file.</summary>
    private static string? NameOf(MultipartSection section)
    {
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)) return null;
        var name = disposition.FileNameStar.HasValue ? disposition.FileNameStar : HeaderUtilities.RemoveQuotes(disposition.FileName);
        var text = name.ToString();
        return text[(text.LastIndexOfAny(['/', '\\']) + 1)..];
    }

    private static string WordOf(Refusal refusal) => refusal switch
    {
        Refusal.None => "received",
        Refusal.Invalid => "a file can not have that name",
        Refusal.OverQuota or Refusal.StoreFull => "there is no room for it",
        Refusal.TooLarge => "too large",
        Refusal.TooMany => "too many files at once",
        Refusal.NotFound or Refusal.NotPermitted => "the link does not take it any more",
        _ => "not received, try again",
    };
}
