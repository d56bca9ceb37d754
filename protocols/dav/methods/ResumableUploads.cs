using System.Globalization;
using System.Text;
using System.Xml.Linq;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>
/// Resumable uploads (draft-ietf-httpbis-resumable-upload): PUT of a file with Upload-Complete: ?0 begins one, HEAD says how far it has
/// come, PATCH goes on, DELETE ends it. It is an upload in parts, each named by its offset; the last PATCH joins them, by reference.
/// </summary>
/// <remarks>
/// The server under us sends no informational answers, so none says 104: a PUT with Upload-Complete: ?1 is a plain one, and who wants to
/// resume begins with ?0.
/// </remarks>
internal static class ResumableUploads
{
    public const string MediaType = "application/partial-upload";

    private const string Complete = "Upload-Complete";
    private const string Offset = "Upload-Offset";
    private const string Length = "Upload-Length";

    // What is noted with the upload.
    private const string Target = "{urn:compatbot:upload}target";
    private const string Type = "{urn:compatbot:upload}type";
    private const string Total = "{urn:compatbot:upload}length";
    private const string Modified = "{urn:compatbot:upload}modified";

    /// <summary>Upload-Limit: the largest whole, and how long an upload is kept, in seconds.</summary>
    public static string Limits { get; } = string.Create(
        CultureInfo.InvariantCulture, $"max-size={new DavLimits().ItemBytesMax}, max-age={(long)ItemUploads.KeptFor.TotalSeconds}");

    /// <summary>Whether a PUT begins an upload that goes on later.</summary>
    /// <exception cref="DavException">400: the field does not read.</exception>
    public static bool Begins(DavRequest request) =>
        request.Path.Area == DavArea.Files && request.Header(Complete) is not null && !IsComplete(request);

    public static async ValueTask BeginAsync(DavRequest request, ItemStore items, Found found)
    {
        var conditions = new Preconditions(request, items).Touching(found.Place, found.Item is null ? Touch.Member : Touch.Change);
        await conditions.CheckAsync();
        if (!ItemNames.IsValid(found.Place.Name)) throw DavException.Of(Refusal.Invalid);
        var notes = new Dictionary<string, string>();
        Note(notes, Target, DavHref.Of(request.Path));
        if (Bodies.MediaTypeOf(request) is { } type) Note(notes, Type, type);
        if (Number(request, Length) is { } total) Note(notes, Total, Text(total));
        if (Bodies.ModifiedOf(request) is { } modified) Note(notes, Modified, Text(modified));
        await DemandRoomAsync(request, Number(request, Length) ?? 0);
        var name = $"resumable-{Guid.NewGuid():N}";
        DavException.Unless(await items.BeginUploadAsync(name, notes, request.Cancellation));
        var path = new DavPath(DavArea.Uploads, request.Path.Address, [name], EndsWithSlash: false);
        var upload = await Uploads.UploadAsync(items, request.At(path));
        var offset = await TakeAsync(request, items, upload, 0);
        request.Response.StatusCode = StatusCodes.Status201Created;
        request.Response.Headers.Location = DavHref.Of(path);
        Answer(request.Response, offset);
    }

    /// <summary>HEAD: how far it has come.</summary>
    public static async ValueTask ShowAsync(DavRequest request)
    {
        var upload = await OpenAsync(request, await request.ItemsAsync());
        request.Response.StatusCode = StatusCodes.Status204NoContent;
        request.Response.Headers.CacheControl = "no-store";
        if (Noted(upload, Total) is { } total) request.Response.Headers[Length] = total;
        Answer(request.Response, upload.Bytes);
    }

    /// <summary>PATCH: goes on, from where it has come to.</summary>
    public static async ValueTask AppendAsync(DavRequest request)
    {
        var items = await request.ItemsAsync();
        var upload = await OpenAsync(request, items);
        var type = request.Request.ContentType?.Split(';')[0].Trim();
        if (!MediaType.Equals(type, StringComparison.OrdinalIgnoreCase)) throw new DavException(415, null, $"A part is {MediaType}");
        var isLast = IsComplete(request);
        if (Number(request, Offset) is not { } from) throw new DavException(400, null, $"{Offset} is missing");
        var total = NotedNumber(upload, Total);
        if (from != upload.Bytes)
        {
            Answer(request.Response, upload.Bytes);
            await ProblemAsync(request, 409, "mismatching-upload-offset", $"The upload has come to {upload.Bytes}, not to {from}");
            return;
        }

        var announced = Number(request, Length) ?? (isLast && request.Request.ContentLength is { } length ? from + length : null);
        if ((total ?? announced) != (announced ?? total) || from + request.Request.ContentLength > total)
        {
            await ProblemAsync(request, 400, "inconsistent-upload-length", "That is not the length that was announced");
            return;
        }

        var offset = await TakeAsync(request, items, upload, from);
        if (!isLast)
        {
            request.Response.StatusCode = StatusCodes.Status204NoContent;
            Answer(request.Response, offset);
            return;
        }

        if (total is { } whole && whole != offset)
        {
            await ProblemAsync(request, 400, "inconsistent-upload-length", $"The upload has come to {offset}, not to {whole}");
            return;
        }

        var there = request.At(DavPath.Parse(Noted(upload, Target))!);
        var (_, found) = await there.FindAsync(toMake: true);
        if (found.Collection is not null) throw new DavException(409, null, "A folder is there");
        var conditions = new Preconditions(there, items).Touching(found.Place, found.Item is null ? Touch.Member : Touch.Change);
        await conditions.CheckAsync();
        upload = await OpenAsync(request, items);
        await Uploads.JoinAsync(there, items, found, upload, conditions, item => item with
        {
            MediaType = Noted(upload, Type) ?? item.MediaType,
            Modified = NotedNumber(upload, Modified) ?? item.Modified,
        });
        request.Response.Headers[Complete] = "?1";
    }

    /// <summary>Stores the body as the next part. Of one that breaks off, what came is kept: the client goes on behind it.</summary>
    /// <returns>How far the upload has come.</returns>
    private static async ValueTask<long> TakeAsync(DavRequest request, ItemStore items, CollectionState upload, long from)
    {
        Bodies.Admit(request);
        using var writer = items.Write();
        using var digests = Digests.Digests.OfBody(request.Request, isWhole: false);
        var isCut = false;
        try
        {
            // A client that hangs up ends the body, and not the reading of what it has sent.
            await Bodies.StreamAsync(request.Until(request.Login.Session.Revoked), writer, digests);
        }
        catch (Exception error) when (error is IOException and not Core.Content.ContentException or OperationCanceledException)
        {
            if (request.Login.Session.Revoked.IsCancellationRequested) throw;
            isCut = true;
        }

        if (!isCut) digests.Check();
        if (writer.Length == 0) return isCut ? throw new OperationCanceledException() : from;
        if (from + writer.Length > request.Services.Limits.ItemBytesMax) throw new DavException(413);
        var part = DavException.Unless(await writer.CompleteAsync(null, CancellationToken.None));
        var place = new ItemPlace(upload.Id, from.ToString("D20", CultureInfo.InvariantCulture));
        var put = await items.PutPartAsync(place, part, behind: from, CancellationToken.None);
        if (put.Refusal == Refusal.Conflict) throw new DavException(409, null, "Somebody else went on with the upload");
        if (put.Refusal == Refusal.NotFound) throw new DavException(404);
        DavException.Unless(put);
        return isCut ? throw new OperationCanceledException() : from + part.Content.Length;
    }

    /// <exception cref="DavException">404; 405: it is an upload of another kind.</exception>
    private static async ValueTask<CollectionState> OpenAsync(DavRequest request, ItemStore items)
    {
        if (request.Path.Names.Count != 1) throw new DavException(405);
        var upload = await Uploads.UploadAsync(items, request);
        return upload.Properties.ContainsKey(Target) ? upload : throw new DavException(405);
    }

    private static void Answer(HttpResponse response, long offset)
    {
        response.Headers[Complete] = "?0";
        response.Headers[Offset] = Text(offset);
        response.Headers["Upload-Limit"] = Limits;
    }

    /// <summary>An answer by RFC 9457, of a type that IANA has registered for these uploads.</summary>
    private static async ValueTask ProblemAsync(DavRequest request, int status, string type, string title)
    {
        var octets = Encoding.UTF8.GetBytes(
            $$"""{"type":"https://iana.org/assignments/http-problem-types#{{type}}","title":"{{title}}"}""");
        request.Response.StatusCode = status;
        request.Response.ContentType = "application/problem+json";
        request.Response.ContentLength = octets.Length;
        await request.Response.Body.WriteAsync(octets, request.Cancellation);
    }

    private static async ValueTask DemandRoomAsync(DavRequest request, long octets)
    {
        if (octets > request.Services.Limits.ItemBytesMax) throw new DavException(413);
        await request.MeasureAsync();
        if (request.Room!.Value.Available < octets) throw new DavException(507, Xml.DavNames.QuotaNotExceeded);
    }

    /// <summary>A note is a property of the upload, and so an element of XML.</summary>
    private static void Note(Dictionary<string, string> notes, string name, string value) =>
        notes[name] = new XElement(XName.Get(name), value).ToString();

    private static string? Noted(CollectionState upload, string name) =>
        upload.Properties.TryGetValue(name, out var note) ? XElement.Parse(note).Value : null;

    private static long? NotedNumber(CollectionState upload, string name) =>
        Noted(upload, name) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    private static bool IsComplete(DavRequest request) => request.Header(Complete) switch
    {
        "?1" => true,
        "?0" => false,
        _ => throw new DavException(400, null, $"{Complete} is ?0 or ?1"),
    };

    private static long? Number(DavRequest request, string field) => request.Header(field) switch
    {
        null => null,
        { Length: <= 15 } text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new DavException(400, null, $"{field} is a number"),
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
