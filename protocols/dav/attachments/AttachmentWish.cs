using CompatBot.Formats.Icalendar.Itip;
using CompatBot.Protocols.Dav.Xml;
using Microsoft.AspNetCore.Http;

namespace CompatBot.Protocols.Dav.Attachments;

/// <summary>What the query of a POST to a calendar object asks for (RFC 8607 section 3.3).</summary>
/// <param name="Action">As on the wire.</param>
/// <param name="Instances">"M", and RECURRENCE-IDs; null: all that are there.</param>
/// <param name="Id">Of the attachment that is there; null: a new one.</param>
internal sealed record AttachmentWish(string Action, IReadOnlyList<string>? Instances, string? Id)
{
    private const string AddAction = "attachment-add";
    private const string UpdateAction = "attachment-update";
    private const string RemoveAction = "attachment-remove";

    public bool IsAddition => Action == AddAction;

    /// <summary>Its body is an attachment.</summary>
    public bool HasContent => Action != RemoveAction;

    public static bool IsMeant(HttpRequest request) => request.Query.ContainsKey("action");

    /// <exception cref="DavException">A precondition of RFC 8607 section 3.11 does not hold.</exception>
    public static AttachmentWish Of(HttpRequest request)
    {
        var action = request.Query["action"].ToString();
        if (action is not (AddAction or UpdateAction or RemoveAction)) throw new DavException(403, DavNames.CalDav + "valid-action");
        var instances = request.Query.TryGetValue("rid", out var rid) ? rid.ToString().Split(',', StringSplitOptions.TrimEntries) : null;
        if (instances is not null && (action == UpdateAction || instances.Length > SchedulingObject.InstancesMax))
        {
            throw new DavException(403, DavNames.CalDav + "valid-rid");
        }

        var id = request.Query.TryGetValue("managed-id", out var given) ? given.ToString() : null;
        return (id is null) == (action == AddAction)
            ? new AttachmentWish(action, instances, id)
            : throw new DavException(403, DavNames.CalDav + "valid-managed-id");
    }
}
