using System.Security.Cryptography;
using CompatBot.Core.Calendar.Attachments;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Conditions;
using CompatBot.Protocols.Dav.Methods;
using CompatBot.Protocols.Dav.Paths;
using CompatBot.Protocols.Dav.Scheduling;
using CompatBot.Protocols.Dav.Xml;
using CompatBot.Protocols.Net.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace CompatBot.Protocols.Dav.Attachments;

/// <summary>
/// POST to a calendar object with action=attachment-add, -update or -remove (RFC 8607 sections 3.4 to 3.6): the attachment and the object
/// that names it change in one step, and who attends hears of it as of any other change.
/// </summary>
internal static class AttachmentPost
{
    private const string TextType = "text/calendar; charset=utf-8";

    public static async ValueTask RunAsync(DavRequest request, ItemStore items, Found found)
    {
        var isObject = found.Item is not null && items.State.Find(found.Place.Parent)?.Kind == CollectionKind.Calendar;
        if (!isObject) throw new DavException(403, DavNames.CalDav + "valid-action");
        var (row, wish) = (found.Item!, AttachmentWish.Of(request.Request));
        var conditions = new Preconditions(request, items).Touching(found.Place, Touch.Change);
        await conditions.CheckAsync();
        var stored = await items.Read(row).ReadAllAsync(request.Cancellation);
        if (Component.Read(stored.Span, out var roots) is not null) throw new DavException(403, DavNames.CalDav + "valid-calendar-data");
        var root = roots[0];
        var parts = ManagedAttachments.Targets(root, wish.Instances) ?? throw new DavException(403, DavNames.CalDav + "valid-rid");
        var isThere = wish.Id is not { } known || ManagedAttachments.IsIn(parts, known);
        if (!isThere) throw new DavException(403, DavNames.CalDav + "valid-managed-id");
        var isFull = wish.IsAddition && ManagedAttachments.IdsOf(root).Count >= request.Services.Limits.AttachmentsMax;
        if (isFull) throw KeptAttachments.TooMany();

        var fresh = wish.HasContent ? await TakeAsync(request, items) : null;
        var changed = wish.IsAddition
            ? ManagedAttachments.With(root, parts, fresh!.Line)
            : ManagedAttachments.Without(root, parts, wish.Id!, fresh?.Line);
        var octets = Scheduler.Octets(changed);
        var plan = await Scheduler.PlanAsync(request, items, row, octets);
        if (plan?.Calendar is { } calendar) octets = Scheduler.Octets(calendar);
        if (octets.Length > request.Services.Limits.ObjectBytesMax) throw new DavException(403, DavNames.CalDav + "max-resource-size");
        var facts = Objects.FactsOf(octets, items.State.Find(found.Place.Parent)!);
        var named = ManagedAttachments.IdsOf(changed);
        using var writer = items.Write();
        Bodies.Demand(await writer.WriteAsync(octets, request.Cancellation));
        var written = DavException.Unless(await writer.CompleteAsync(TextType, request.Cancellation));
        var attachments = row.Attachments.Where(one => named.Contains(one.Id)).ToList();
        if (fresh is not null) attachments.Add(fresh.Attachment);
        var item = written with
        {
            Facts = facts,
            Schedule = plan is null ? ScheduleChange.None : ScheduleChange.Change,
            Attachments = attachments,
            Attached = fresh?.Content.Content,
        };
        using var sending = await Sending.BeginAsync(request, items, plan?.Posts ?? []);
        Refusal Guard(ItemState state) =>
            conditions.Guard(state) is var refusal and not Refusal.None ? refusal
            : state.Has(found.Place, row) ? Refusal.None
            : Refusal.Conflict;
        var done = conditions.Unless(await items.PutTellingAsync(found.Place, item, sending.Kept, Guard, request.Cancellation));
        await sending.SendAsync();
        await AnswerAsync(request, wish, fresh, done.Row, octets);
    }

    /// <summary>Streams the body into the store; nobody sees it before the object names it.</summary>
    private static async ValueTask<Fresh> TakeAsync(DavRequest request, ItemStore items)
    {
        var most = request.Services.Limits.AttachmentBytesMax;
        DavException TooLong() => new(403, DavNames.CalDav + "max-attachment-size");
        Bodies.Admit(request, most, TooLong);
        using var writer = items.Write();
        using var digests = Digests.Digests.OfBody(request.Request, isWhole: true);
        await Bodies.StreamAsync(request, writer, digests, most, TooLong);
        digests.Check();
        var content = DavException.Unless(await writer.CompleteAsync(null, request.Cancellation));
        var name = NameOf(request.Request);
        var type = TypeOf(request.Request, name);
        var attachment = new ItemAttachment(
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), content.Content.Content, content.Content.Length);
        var token = new AttachmentToken(request.Login.Session.Account, attachment.Content, attachment.Size, type);
        var url = AttachmentFiles.UrlOf(request.Request, token, name);
        return new Fresh(attachment, content, ManagedAttachments.Line(attachment.Id, type, attachment.Size, name, url));
    }

    private static string NameOf(HttpRequest request)
    {
        var isRead = ContentDispositionHeaderValue.TryParse(request.Headers.ContentDisposition.ToString(), out var disposition);
        var given = !isRead ? "" : HeaderUtilities.RemoveQuotes(disposition!.FileNameStar.HasValue
            ? disposition.FileNameStar
            : disposition.FileName).ToString();
        var name = ItemNames.Fold(given[(given.LastIndexOfAny(['/', '\\']) + 1)..].Trim());
        return ItemNames.IsValid(name) ? name : "attachment";
    }

    private static string TypeOf(HttpRequest request, string name) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType is { HasValue: true, Length: <= 127 } media
            ? media.ToString().ToLowerInvariant()
            : MediaTypes.Of(name);

    private static async ValueTask AnswerAsync(DavRequest request, AttachmentWish wish, Fresh? fresh, ItemRow row, byte[] octets)
    {
        var response = request.Response;
        var isShown = request.Header("Prefer")?.Contains("return=representation", StringComparison.OrdinalIgnoreCase) ?? false;
        response.StatusCode = wish.IsAddition ? StatusCodes.Status201Created
            : isShown ? StatusCodes.Status200OK
            : StatusCodes.Status204NoContent;
        response.Headers.ETag = ETags.Of(row);
        if (row.Schedule > 0) response.Headers["Schedule-Tag"] = ETags.OfSchedule(row);
        if (fresh is not null) response.Headers["Cal-Managed-ID"] = fresh.Attachment.Id;
        if (wish.IsAddition) response.Headers.Location = fresh!.Line.Value;
        if (!isShown)
        {
            if (wish.IsAddition) response.ContentLength = 0;
            return;
        }

        response.Headers["Preference-Applied"] = "return=representation";
        response.Headers.ContentLocation = DavHref.Of(request.Path);
        response.ContentType = TextType;
        response.ContentLength = octets.Length;
        await response.BodyWriter.WriteAsync(octets, request.Cancellation);
    }

    /// <summary>An attachment that came in.</summary>
    private sealed record Fresh(ItemAttachment Attachment, NewItem Content, ContentLine Line);
}
