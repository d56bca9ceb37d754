using System.Collections.Immutable;
using CompatBot.Core.Calendar.Birthdays;
using CompatBot.Core.Items;
using CompatBot.Protocols.Dav.Directory;
using CompatBot.Protocols.Dav.Paths;

namespace CompatBot.Protocols.Dav.Properties;

/// <summary>Something that has properties: a collection, an item, a principal, or what is above the accounts.</summary>
/// <param name="Href">Percent-encoded; collections end with a slash.</param>
/// <param name="Names">Below the account's folder.</param>
internal sealed record DavResource(DavRequest Request, DavArea Area, string Href, IReadOnlyList<string> Names)
{
    /// <summary>Null for a principal, and above the accounts.</summary>
    public ItemStore? Items { get; init; }

    public CollectionState? Collection { get; init; }

    public ItemRow? Item { get; init; }

    public ItemPlace Place { get; init; }

    /// <summary>The state that it was taken from.</summary>
    public ItemState? State { get; init; }

    /// <summary>What clients set of it; of a calendar that another account shares, what the member set comes first.</summary>
    public ImmutableSortedDictionary<string, string> Kept
    {
        get
        {
            var kept = Item?.Properties ?? Collection?.Properties ?? ItemProperties.None;
            var isShared = Collection?.Kind == CollectionKind.Calendar && Request.Path.Alias is not null;
            if (isShared) kept = kept.SetItems(Request.Guest!.Mount.Properties);
            return kept.RemoveRange(kept.Keys.Where(ItemProperties.IsOwn));
        }
    }

    /// <summary>An account in the directory.</summary>
    public ListingCard? Listing { get; init; }

    public bool IsCollection => Item is null && Listing is null;

    /// <summary>Nobody may change it but the server itself: the calendar of birthdays, one that is fetched, and what is in them.</summary>
    public bool IsComputed =>
        Area == DavArea.Calendars && State is { } state && (Collection?.Id ?? Place.Parent) is var id
            && (BirthdayCalendar.Is(state, id) || state.Find(id)?.Kind == CollectionKind.Subscribed);

    /// <summary>A home of calendars or address books, or the folder of all files.</summary>
    public bool IsHome => Collection is { Id: var id } && id == CollectionId.Root;

    public static DavResource Of(DavRequest request, ItemStore items, Found found) => new(
        request,
        request.Path.Area,
        found.Collection is null || request.Path.Names.Count == 0 ? DavHref.Of(request.Path) : DavHref.Of(request.Path) + "/",
        request.Path.Names)
    {
        Items = items, Collection = found.Collection, Item = found.Item, Place = found.Place, State = items.State,
    };

    /// <summary>A member of this collection.</summary>
    public DavResource Child(CollectionState child) => this with
    {
        Href = $"{Href}{DavHref.Encode(child.Name)}/",
        Names = [.. Names, child.Name],
        Collection = child,
        Item = null,
        Place = new ItemPlace(Collection!.Id, child.Name),
    };

    /// <summary>A member of this collection.</summary>
    public DavResource Child(ItemRow item) => this with
    {
        Href = Href + DavHref.Encode(item.Name),
        Names = [.. Names, item.Name],
        Collection = null,
        Item = item,
        Place = new ItemPlace(Collection!.Id, item.Name),
    };
}
