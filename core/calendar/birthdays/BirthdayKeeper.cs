using CompatBot.Core.Identity;
using CompatBot.Core.Items;
using CompatBot.Core.Journal;
using CompatBot.Core.Journal.Proto;
using CompatBot.Core.Store;
using ItemRow = CompatBot.Core.Items.ItemRow;

namespace CompatBot.Core.Calendar.Birthdays;

/// <summary>
/// Keeps an open account's calendar of birthdays as its contacts are: looked at whenever somebody asks for the calendars while a device
/// is connected that may open both. What it costs is what changed.
/// </summary>
/// <param name="eventsMax">Events of the calendar; contacts beyond it have none.</param>
internal sealed class BirthdayKeeper(AccountId account, IDirectory directory, IVaultLog log, int eventsMax = BirthdayKeeper.EventsMax)
{
    /// <summary>Most events of one calendar of birthdays.</summary>
    public const int EventsMax = 10_000;

    /// <summary>Events in one entry of the journal.</summary>
    private const int Batch = 500;

    /// <summary>So many contacts that were looked at for nothing are not looked at again after a restart.</summary>
    private const int LookedMax = 100;

    private const long Nothing = -1;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private long _seen = Nothing;

    /// <summary>The account's wish has changed.</summary>
    public void Forget() => Volatile.Write(ref _seen, Nothing);

    /// <summary>Brings the calendar up to date. What fails is told to the log, and tried again when the contacts change.</summary>
    public async ValueTask RefreshAsync(ItemRealm calendars, ItemRealm contacts, CancellationToken cancellation)
    {
        if (Volatile.Read(ref _seen) == Newest(contacts.State)) return;
        await _gate.WaitAsync(cancellation);
        try
        {
            var newest = Newest(contacts.State);
            if (Volatile.Read(ref _seen) == newest) return;
            Volatile.Write(ref _seen, newest);
            var refusal = await IsWantedAsync(cancellation)
                ? await BringAsync(calendars, contacts, (ulong)newest, cancellation)
                : await RemoveAsync(calendars, cancellation);
            if (refusal != Refusal.None) log.IntakeFailed(account, refusal, null);
        }
        catch (OperationCanceledException)
        {
            Forget();
            throw;
        }
        catch (Exception error) when (error is IOException or JournalException)
        {
            log.IntakeFailed(account, Refusal.Damaged, error);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async ValueTask<bool> IsWantedAsync(CancellationToken cancellation) =>
        await directory.AccountAsync(account, cancellation) is { } record && BirthdayWishes.AreOn(record);

    /// <summary>The newest entry that changed a contact.</summary>
    private static long Newest(ItemState contacts) =>
        (long)contacts.Subtree(CollectionId.Root).Max(one => Math.Max(one.ChangedAt, one.CreatedAt));

    private async ValueTask<Refusal> BringAsync(ItemRealm calendars, ItemRealm contacts, ulong newest, CancellationToken cancellation)
    {
        var known = BirthdayCalendar.Of(calendars.State);
        var through = known?.Through ?? 0;
        var (all, changed) = await LookAsync(contacts, through, cancellation);
        var events = await EventsAsync(contacts, changed, cancellation);
        if (known is not { Calendar.Value: > 0 } && events.Count == 0)
        {
            return changed.Count < LookedMax ? Refusal.None : await MarkAsync(calendars, new(default, newest), cancellation);
        }

        var made = await calendars.CommitAsync<CollectionId>(null, BirthdayCalendar.Make, [], cancellation);
        if (made.Declined) return made.Refusal;
        if (await calendars.LoadAsync(made.Value, cancellation) is not { } calendar) return Refusal.NotFound;
        var looked = changed.Select(row => row.Id).ToHashSet();
        List<string> gone = [.. calendar.Items.Rows.Select(row => row.Name).Where(name => BirthdayEvents.ContactOf(name) is { } contact
            && (!all.Contains(contact) || (looked.Contains(contact) && !events.ContainsKey(name))))];
        var room = eventsMax - calendar.Count + gone.Count;
        var puts = new List<(string Name, NewItem Item)>();
        foreach (var (name, octets) in events)
        {
            var before = calendar.Items.Find(name);
            if (before is null && room-- <= 0) continue;
            ObjectReader.ReadCalendar(octets, out var facts);
            var item = await ItemWriter.CalendarObjectAsync(calendars.Contents, octets, facts, cancellation);
            if (item.Declined) return item.Refusal;
            if (before is null || !before.Digest.Span.SequenceEqual(item.Value.Digest.Span)) puts.Add((name, item.Value));
            if (puts.Count < Batch) continue;
            var refusal = await PutAsync(calendars, new(made.Value, through), puts, [], cancellation);
            if (refusal != Refusal.None) return refusal;
            puts.Clear();
        }

        if (puts.Count + gone.Count == 0 && changed.Count < LookedMax) return Refusal.None;
        return await PutAsync(calendars, new(made.Value, newest), puts, gone, cancellation);
    }

    /// <summary>The numbers of all contacts, and those that changed, came or came back behind an entry.</summary>
    private static async ValueTask<(HashSet<ulong> All, List<ItemRow> Changed)> LookAsync(
        ItemRealm contacts, ulong through, CancellationToken cancellation)
    {
        var (all, changed) = (new HashSet<ulong>(), new List<ItemRow>());
        foreach (var book in contacts.State.Subtree(CollectionId.Root).Where(one => one.Kind == CollectionKind.AddressBook).ToList())
        {
            if (await contacts.LoadAsync(book.Id, cancellation) is not { Table: { } table } loaded) continue;
            all.UnionWith(table.Rows.Select(row => row.Id));
            changed.AddRange(table.ChangedAfter(loaded.CreatedAt > through ? 0 : through));
        }

        return (all, changed);
    }

    /// <summary>By name: a copied address book has the numbers of the original in it.</summary>
    private async ValueTask<Dictionary<string, byte[]>> EventsAsync(
        ItemRealm contacts, IReadOnlyList<ItemRow> rows, CancellationToken cancellation)
    {
        var events = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var batch in rows.Chunk(Batch))
        {
            var cards = await contacts.ParseAsync(batch, cancellation);
            for (var i = 0; i < batch.Length; i++)
            {
                if (cards[i] is not { } card) continue;
                foreach (var (name, octets) in BirthdayEvents.Of(account, batch[i].Id, card)) events[name] = octets;
            }
        }

        return events;
    }

    private static async ValueTask<Refusal> PutAsync(
        ItemRealm calendars,
        BirthdayCalendar birthdays,
        IReadOnlyList<(string Name, NewItem Item)> puts,
        IReadOnlyList<string> gone,
        CancellationToken cancellation)
    {
        var put = ItemChanges.PutAll(birthdays.Calendar, puts, gone, BirthdayCalendar.Mark(birthdays), null);
        return (await calendars.CommitAsync(null, put, [.. puts.SelectMany(one => one.Item.Content.Blobs)], cancellation)).Refusal;
    }

    private static async ValueTask<Refusal> MarkAsync(ItemRealm calendars, BirthdayCalendar birthdays, CancellationToken cancellation)
    {
        var change = new Change { Operations = { BirthdayCalendar.Mark(birthdays) } };
        return (await calendars.CommitAsync<bool>(
            null, (_, _) => Proposal<bool>.Commit(change.Clone(), true), [], cancellation)).Refusal;
    }

    /// <summary>Removes the calendar of an account that wants none.</summary>
    private static async ValueTask<Refusal> RemoveAsync(ItemRealm calendars, CancellationToken cancellation)
    {
        static Proposal<bool> Build(ItemState state, DateTimeOffset now)
        {
            if (BirthdayCalendar.Of(state) is not { } birthdays) return Proposal<bool>.Nothing(true);
            var change = new Change();
            if (state.Find(birthdays.Calendar) is { } calendar && birthdays.Calendar.Value != 0)
            {
                ItemChanges.Clear(state, new ItemPlace(calendar.Parent, calendar.Name), change);
            }

            change.Operations.Add(BirthdayCalendar.Mark(null));
            return Proposal<bool>.Commit(change, true);
        }

        return (await calendars.CommitAsync<bool>(null, Build, [], cancellation)).Refusal;
    }
}
