using System.Collections.Immutable;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;

namespace CompatBot.Core.Items;

/// <summary>
/// Uploads in parts: each is a collection in <see cref="CollectionId.Uploads"/>, on no path, and its items are the parts. So parts are
/// durable, count as the account's octets, and outlive a restart; when all are there they become one item, by reference. Pure.
/// </summary>
public static class ItemUploads
{
    /// <summary>Uploads of one account at once.</summary>
    public const int CountMax = 100;

    /// <summary>Parts of one upload.</summary>
    public const int PartsMax = 10_000;

    /// <summary>How long after its beginning an upload that was not finished is erased.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    /// <summary>Whether a collection is an upload.</summary>
    public static bool Holds(ItemState state, CollectionId id) => state.Find(id)?.Parent == CollectionId.Uploads;

    internal static Func<ItemState, DateTimeOffset, Proposal<CollectionId>> Begin(
        string name, ImmutableSortedDictionary<string, string> notes) => (state, now) =>
    {
        var change = new Change();
        var stale = Stale(state, now).ToHashSet();
        foreach (var id in stale) change.Operations.Add(Erasing(id));
        var isTaken = state.Uploads.Children.TryGetValue(name, out var known) && !stale.Contains(known);
        if (isTaken) return Refusal.AlreadyExists;
        if (!ItemNames.IsValid(name)) return Refusal.Invalid;
        if (!ItemProperties.Fit(notes)) return Refusal.TooLarge;
        if (state.Uploads.Children.Count - stale.Count >= CountMax) return Refusal.TooMany;
        var created = new CollectionCreated
        {
            Collection = state.NextId,
            Parent = CollectionId.Uploads.Value,
            Name = name,
            Created = JournalClock.MicrosecondsOf(now),
        };
        created.Properties.AddRange(ItemProperties.Write(notes));
        change.Operations.Add(new Operation { CollectionCreated = created });
        return Proposal<CollectionId>.Commit(change, new CollectionId(state.NextId));
    };

    /// <summary>Puts a part, if the upload goes on.</summary>
    internal static Func<ItemState, DateTimeOffset, Proposal<PutItem>> PutPart(
        ItemPlace place, NewItem part, long? behind) => ItemChanges.Put(
        place,
        part,
        state => state.Find(place.Parent) is not { } upload ? Refusal.NotFound
            : behind is { } octets && octets != upload.Bytes ? Refusal.Conflict
            : upload.Count >= PartsMax && upload.Items.Find(place.Name) is null ? Refusal.TooMany
            : Refusal.None);

    /// <summary>Ends an upload: its parts, as they were seen when they were joined, become an item.</summary>
    internal static Func<ItemState, DateTimeOffset, Proposal<PutItem>> Finish(
        CollectionState upload, ItemPlace place, NewItem item, ItemGuard? guard) => (state, now) =>
    {
        if (state.Find(upload.Id) is not { } current) return Refusal.NotFound;
        if (current.ChangedAt != upload.ChangedAt) return Refusal.Conflict; // A part came or changed meanwhile.
        var put = ItemChanges.Put(place, item, guard)(state, now);
        put.Change?.Operations.Add(Erasing(upload.Id));
        return put;
    };

    internal static Func<ItemState, DateTimeOffset, Proposal<bool>> Abort(string name) => (state, _) =>
        state.Uploads.Children.TryGetValue(name, out var id)
            ? Proposal<bool>.Commit(new Change { Operations = { Erasing(id) } }, true)
            : Refusal.NotFound;

    /// <summary>Erases what was begun too long ago.</summary>
    internal static Proposal<bool> Expire(ItemState state, DateTimeOffset now)
    {
        var change = new Change();
        change.Operations.AddRange(Stale(state, now).Select(Erasing));
        return change.Operations.Count == 0 ? Proposal<bool>.Nothing(false) : Proposal<bool>.Commit(change, true);
    }

    private static IEnumerable<CollectionId> Stale(ItemState state, DateTimeOffset now) =>
        from id in state.Uploads.Children.Values
        let one = state.Collections[id]
        where one.Kind == CollectionKind.Folder && now - JournalClock.TimeOf(one.Created) > KeptFor
        select id;

    private static Operation Erasing(CollectionId id) => new() { CollectionErased = new CollectionErased { Collection = id.Value } };
}
