using System.Collections.Frozen;
using System.Globalization;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Methods;

/// <summary>
/// Uploads in parts as Nextcloud's clients do them (chunked upload version 2, and what remains of version 1): MKCOL makes the upload, PUT
/// a part, and MOVE of ".file" in it joins the parts, in the order of their names, to a file: by reference, in one step, at once.
/// </summary>
internal static class Uploads
{
    private const string Whole = ".file";

    private static readonly FrozenDictionary<string, Func<DavRequest, ValueTask>> Known =
        new Dictionary<string, Func<DavRequest, ValueTask>>(StringComparer.Ordinal)
        {
            ["OPTIONS"] = Options.RunAsync,
            ["PROPFIND"] = PropFind.RunAsync,
            ["MKCOL"] = BeginAsync,
            ["PUT"] = PutPartAsync,
            ["HEAD"] = ResumableUploads.ShowAsync,
            ["PATCH"] = ResumableUploads.AppendAsync,
            ["MOVE"] = FinishAsync,
            ["DELETE"] = AbortAsync,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static Func<DavRequest, ValueTask> Find(string method) => Known.GetValueOrDefault(method) ?? throw new DavException(405);

    private static async ValueTask BeginAsync(DavRequest request)
    {
        if (request.Path.Names.Count != 1) throw new DavException(405);
        await DemandRoomAsync(request);
        var items = await request.ItemsAsync();
        DavException.Unless(await items.BeginUploadAsync(request.Path.Names[0], null, request.Cancellation));
        request.Response.StatusCode = StatusCodes.Status201Created;
    }

    private static async ValueTask PutPartAsync(DavRequest request)
    {
        if (request.Path.Names.Count != 2 || request.Path.EndsWithSlash) throw new DavException(405);
        if (request.Path.Names[1] == Whole) throw new DavException(403, null, ".file is what the parts become");
        var (items, found) = await request.FindAsync(toMake: true);
        Bodies.Admit(request);
        await DemandRoomAsync(request);
        using var writer = items.Write();
        using var digests = Digests.Digests.OfBody(request.Request, isWhole: true);
        await Bodies.StreamAsync(request, writer, digests);
        digests.Check();
        var part = DavException.Unless(await writer.CompleteAsync(null, request.Cancellation));
        var put = await items.PutPartAsync(found.Place, part, behind: null, request.Cancellation);
        if (put.Refusal == Refusal.NotFound) throw new DavException(409, null, "The upload is over");
        Bodies.Answer(request.Response, DavException.Unless(put), part);
    }

    private static async ValueTask FinishAsync(DavRequest request)
    {
        if (request.Path.Names.Count != 2 || request.Path.Names[1] != Whole) throw new DavException(403, null, "A part stays where it is");
        var target = request.Destination();
        if (target.Area != DavArea.Files || target.Address != request.Path.Address || target.Names.Count == 0)
        {
            throw new DavException(403, null, "An upload becomes a file of the same account");
        }

        var there = request.At(target);
        var (items, found) = await there.FindAsync(toMake: true);
        if (found.Collection is not null || target.EndsWithSlash) throw new DavException(409, null, "A folder is there");
        if (found.Item is not null && !request.Overwrite) throw new DavException(412);
        var conditions = new Preconditions(there, items).Touching(found.Place, found.Item is null ? Touch.Member : Touch.Change);
        await conditions.CheckAsync();
        var upload = await UploadAsync(items, request);
        await JoinAsync(there, items, found, upload, conditions, item => item);
    }

    /// <summary>Joins an upload's parts, in the order of their names, to a file.</summary>
    /// <param name="request">For the place that the file goes to.</param>
    /// <param name="items">The files.</param>
    /// <param name="found">What is at that place.</param>
    /// <param name="upload">Opened.</param>
    /// <param name="conditions">Of that place.</param>
    /// <param name="describe">What the file is besides.</param>
    internal static async ValueTask JoinAsync(
        DavRequest request,
        ItemStore items,
        Found found,
        CollectionState upload,
        Preconditions conditions,
        Func<NewItem, NewItem> describe)
    {
        var parts = upload.Items.Rows.OrderBy(row => row.Name, PartNames.Order).ToList();
        var octets = parts.Sum(row => row.Size);
        if (octets > request.Services.Limits.ItemBytesMax) throw new DavException(413);
        if (Total(request) is { } said && said != octets)
        {
            throw new DavException(400, null, string.Create(CultureInfo.InvariantCulture, $"The parts have {octets} octets, not {said}"));
        }

        using var digests = Digests.Digests.OfParts(request.Request);
        using var writer = items.Write();
        foreach (var part in parts)
        {
            if (!digests.IsEmpty) await digests.AppendAsync(items.Read(part), request.Cancellation);
            Bodies.Demand(await writer.ShareAsync(part, 0, part.Size, request.Cancellation));
        }

        digests.Check();
        var joined = DavException.Unless(await writer.CompleteAsync(found.Item?.MediaType, request.Cancellation));
        var item = describe(Bodies.WithTimes(request, joined) with { Checksum = digests.Kept });
        var put = await items.FinishUploadAsync(upload, found.Place, item, conditions.Guard, request.Cancellation);
        if (put.Refusal == Refusal.NotFound) throw new DavException(409, null, "The upload, or the folder that it goes to, is gone");
        Bodies.Answer(request.Response, conditions.Unless(put), item);
    }

    private static async ValueTask AbortAsync(DavRequest request)
    {
        if (request.Path.Names.Count == 0) throw new DavException(403);
        var items = await request.ItemsAsync();
        if (request.Path.Names.Count == 1)
        {
            DavException.Unless(await items.AbortUploadAsync(request.Path.Names[0], request.Cancellation));
        }
        else
        {
            var (_, found) = await request.FindAsync();
            DavException.Unless(await items.RemoveAsync(found.Place, null, request.Cancellation));
        }

        request.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    internal static async ValueTask<CollectionState> UploadAsync(ItemStore items, DavRequest request)
    {
        var found = await items.FindAsync(CollectionId.Uploads, [request.Path.Names[0]], request.Cancellation);
        return found?.Collection is { } upload && await items.OpenAsync(upload.Id, request.Cancellation) is { } opened
            ? opened
            : throw new DavException(404);
    }

    /// <summary>How long the whole will be, where the client says it.</summary>
    private static long? Total(DavRequest request) =>
        long.TryParse(request.Header("OC-Total-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var total) ? total : null;

    /// <summary>Refuses at the beginning what can not come to its end.</summary>
    private static async ValueTask DemandRoomAsync(DavRequest request)
    {
        if (Total(request) is not { } total) return;
        if (total > request.Services.Limits.ItemBytesMax) throw new DavException(413);
        await request.MeasureAsync();
        var items = await request.ItemsAsync();
        var upload = (await items.FindAsync(CollectionId.Uploads, [request.Path.Names[0]], request.Cancellation))?.Collection;
        if (request.Room!.Value.Available + (upload?.Bytes ?? 0) < total) throw new DavException(507, DavNames.QuotaNotExceeded);
    }
}
