using CompatBot.Core.Items;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using ItemRow = CompatBot.Core.Items.ItemRow;

namespace CompatBot.Core.Calendar.Subscriptions;

/// <summary>Brings what was fetched into the collection that stands for it: one entry with all that is new, changed or gone.</summary>
internal sealed class SubscriptionIntake(ItemRealm realm, CollectionState collection)
{
    /// <summary>Takes a calendar's objects in; those that are as they were stay untouched.</summary>
    /// <param name="known">From here on.</param>
    public async ValueTask<Refusal> TakeAsync(FetchedObjects fetched, Subscription known, CancellationToken cancellation)
    {
        List<ItemRow> rows = [.. collection.Items.Rows];
        var parsed = await realm.ParseAsync(rows, cancellation);
        var old = new Dictionary<string, (ItemRow Row, string Print)>(StringComparer.Ordinal);
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i].Facts.Uid is { } uid) old[uid] = (rows[i], parsed[i] is { } root ? FetchedObjects.Print(root) : "");
        }

        var puts = new List<(string Name, NewItem Item)>();
        foreach (var one in fetched.Objects)
        {
            var uid = one.Facts.Uid!;
            var isKnown = old.Remove(uid, out var there);
            if (isKnown && there.Print == one.Print) continue;
            var written = await ItemWriter.CalendarObjectAsync(realm.Contents, one.Octets, one.Facts, cancellation);
            if (written.Declined) return written.Refusal;
            var name = isKnown ? there.Row.Name : ItemNames.FreeName(collection, uid, ".ics");
            puts.Add((name, written.Value!));
        }

        return await CommitAsync(puts, [.. old.Values.Select(one => one.Row.Name)], known, cancellation);
    }

    /// <summary>Keeps what is known of the source, and the objects as they are.</summary>
    public ValueTask<Refusal> KeepAsync(Subscription known, CancellationToken cancellation) => CommitAsync([], [], known, cancellation);

    private async ValueTask<Refusal> CommitAsync(
        List<(string Name, NewItem Item)> puts, List<string> gone, Subscription known, CancellationToken cancellation)
    {
        var described = new PropertiesChanged { Collection = collection.Id.Value };
        described.Set.Add(new Property { Name = Subscription.StateProperty, Value = known.Write() });
        var isKnown = collection.Properties.GetValueOrDefault(Subscription.StateProperty) == described.Set[0].Value;
        if (puts.Count + gone.Count == 0 && isKnown) return Refusal.None;
        var put = ItemChanges.PutAll(collection.Id, puts, gone, new Operation { PropertiesChanged = described }, IsAsItWas);
        return (await realm.CommitAsync(null, put, [.. puts.SelectMany(one => one.Item.Blobs)], cancellation)).Refusal;
    }

    /// <summary>Else the next round does it.</summary>
    private Refusal IsAsItWas(ItemState state) =>
        state.Find(collection.Id)?.ChangedAt == collection.ChangedAt && state.IsThere(collection.Id) ? Refusal.None : Refusal.Conflict;
}
