using CompatBot.Core.Calendar;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Formats.Icalendar;
using CompatBot.Formats.Vobject;
using CompatBot.Protocols.Dav.Xml;

namespace CompatBot.Protocols.Dav.Attachments;

/// <summary>
/// The attachments that a new version of a calendar object keeps (RFC 8607 sections 3.7 and 3.9): those it names that this object had, or
/// another of the account's. What it does not name any more is gone with the version that did.
/// </summary>
/// <param name="Attachments">For the row.</param>
/// <param name="Sources">Rows that have them, which must still do so when the version takes effect.</param>
internal sealed record KeptAttachments(IReadOnlyList<ItemAttachment> Attachments, IReadOnlyList<(ItemPlace Place, ItemRow Row)> Sources)
{
    public static KeptAttachments None { get; } = new([], []);

    /// <summary>Refuses to name what may be garbage by now.</summary>
    public Refusal Guard(ItemState state) => Sources.All(one => state.Has(one.Place, one.Row)) ? Refusal.None : Refusal.Conflict;

    /// <param name="before">What the version takes the place of; null: nothing.</param>
    /// <param name="octets">The version.</param>
    /// <param name="isStrict">What is named must be known: else it is passed over.</param>
    /// <exception cref="DavException">403 valid-managed-id-parameter, max-attachments-per-resource.</exception>
    public static async ValueTask<KeptAttachments> OfAsync(
        DavRequest request, ItemStore items, ItemPlace place, ItemRow? before, ReadOnlyMemory<byte> octets, bool isStrict)
    {
        if (!ManagedAttachments.MayBeIn(octets.Span) || Component.Read(octets.Span, out var roots) is not null) return None;
        var ids = ManagedAttachments.IdsOf(roots[0]);
        if (ids.Count == 0) return None;
        if (ids.Count > request.Services.Limits.AttachmentsMax) throw TooMany();
        var attachments = new List<ItemAttachment>();
        var sources = new List<(ItemPlace Place, ItemRow Row)>();
        Take(place, before);
        List<CollectionId> calendars = [place.Parent];
        var others = ScheduleCalendars.All(items.State, isTransparent: true).Where(one => one != place.Parent);
        if (request.Guest is null) calendars.AddRange(others);
        foreach (var calendar in calendars)
        {
            if (ids.Count == 0) break;
            if (await items.OpenAsync(calendar, request.Cancellation) is not { Table: { } table }) continue;
            foreach (var row in table.Rows) Take(new ItemPlace(calendar, row.Name), row);
        }

        if (ids.Count > 0 && isStrict && !ids.IsSubsetOf(await ForeignAsync(request, items, before)))
        {
            throw new DavException(403, DavNames.CalDav + "valid-managed-id-parameter");
        }

        return new KeptAttachments(attachments, sources);

        void Take(ItemPlace at, ItemRow? row)
        {
            if (row is null || row.Attachments.Count == 0 || ids.Count == 0) return;
            var known = row.Attachments.Where(one => ids.Remove(one.Id)).ToList();
            if (known.Count == 0) return;
            attachments.AddRange(known);
            sources.Add((at, row));
        }
    }

    public static DavException TooMany() => new(403, DavNames.CalDav + "max-attachments-per-resource");

    /// <summary>Ids that an object brought from another server, and has already.</summary>
    private static async ValueTask<HashSet<string>> ForeignAsync(DavRequest request, ItemStore items, ItemRow? before)
    {
        if (before is null) return [];
        var octets = await items.Read(before).ReadAllAsync(request.Cancellation);
        return Component.Read(octets.Span, out var roots) is null ? ManagedAttachments.IdsOf(roots[0]) : [];
    }
}
